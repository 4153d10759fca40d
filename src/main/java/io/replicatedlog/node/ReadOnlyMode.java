package io.replicatedlog.node;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/**
 * The flag that refuses appends, as long as one cause or another asks for it. Reads, replication and waiting clients are
 * not touched by it. Each cause is judged by one bean; every append reads the flag. Thread-safe.
 */
@ApplicationScoped
public class ReadOnlyMode {

    /** What can demand it. */
    public enum Cause {
        /** The storage of this node has failed. */
        STORAGE,
        /** The disk of this node does not answer. */
        DISK,
        /** This primary has no reign that is established. */
        RECOVERY,
        /** Too few nodes are well. */
        QUORUM,
        /** This primary hands over to another node. */
        TRANSFER
    }

    private final Reasons<Cause> reasons = new Reasons<>(Cause.class);

    public ReadOnlyMode() {
        reasons.put(Cause.RECOVERY, "recovering: the node starts");
        reasons.put(Cause.QUORUM, "no quorum: none has been seen yet");
    }

    /** Why appends are refused; empty while they are taken. */
    public Optional<String> reason() {
        return reasons.text();
    }

    /** Whether this cause refuses appends. */
    public boolean isFor(Cause cause) {
        return reasons.of(cause).isPresent();
    }

    /**
     * Refuses appends from now on.
     *
     * @param why shown to clients and operators
     * @return whether this cause did not ask for it until now
     */
    public boolean enter(Cause cause, String why) {
        return reasons.put(cause, why);
    }

    /**
     * Takes appends from now on, as far as this cause is concerned.
     *
     * @return whether this cause asked for it until now
     */
    public boolean leave(Cause cause) {
        return reasons.remove(cause);
    }
}
