package io.replicatedlog.cluster;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/**
 * Whether this node calls itself alive, and if not, why. It is alive from its start on; only what is wrong with this
 * node itself may change that, never another node or a lost quorum. Thread-safe: one volatile reference.
 */
@ApplicationScoped
public class Liveness {

    /** The name of the health check that reports this; heartbeats look for it, so that only a node of this log counts. */
    public static final String CHECK_NAME = "replicated-log";

    private volatile String failure;

    /** Why this node is not alive; empty while it is. */
    public Optional<String> failure() {
        return Optional.ofNullable(failure);
    }

    public void fail(String why) {
        failure = why;
    }

    public void recover() {
        failure = null;
    }
}
