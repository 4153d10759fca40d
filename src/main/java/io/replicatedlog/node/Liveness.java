package io.replicatedlog.node;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/**
 * Whether this node calls itself alive, and if not, why. It is alive from its start on; only what is wrong with this
 * node itself may change that, never another node or a lost quorum. Thread-safe.
 */
@ApplicationScoped
public class Liveness {

    /** The name of the health check that reports this; heartbeats look for it, so that only a node of this log counts. */
    public static final String CHECK_NAME = "replicated-log";

    /** What can be wrong. */
    public enum Cause {
        /** The storage has failed: nothing is stored, and if it is damaged nothing shown. */
        STORAGE,
        /** The disk does not answer. */
        DISK,
        /** The testing API says so. */
        TESTING
    }

    private final Reasons<Cause> reasons = new Reasons<>(Cause.class);

    /** Why this node is not alive; empty while it is. */
    public Optional<String> failure() {
        return reasons.text();
    }

    /** What is wrong in this respect; empty if nothing is. */
    public Optional<String> failure(Cause cause) {
        return reasons.of(cause);
    }

    /** @return whether nothing was wrong in this respect until now */
    public boolean fail(Cause cause, String why) {
        return reasons.put(cause, why);
    }

    /** @return whether something was wrong in this respect until now */
    public boolean recover(Cause cause) {
        return reasons.remove(cause);
    }
}
