package io.replicatedlog.cluster;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/**
 * The flag that refuses appends. Reads, replication and waiting clients are not touched by it. Set only by the one who
 * judges the quorum; read by every append. Thread-safe: one volatile reference.
 */
@ApplicationScoped
public class ReadOnlyMode {

    /** Why appends are refused, or {@code null} while they are taken. */
    private volatile String reason = "starting: no quorum has been seen yet";

    /** Why appends are refused; empty while they are taken. */
    public Optional<String> reason() {
        return Optional.ofNullable(reason);
    }

    /**
     * Refuses appends from now on.
     *
     * @param why shown to clients and operators
     * @return whether appends were taken until now
     */
    boolean enter(String why) {
        boolean changed = reason == null;
        reason = why;
        return changed;
    }

    /**
     * Takes appends from now on.
     *
     * @return whether appends were refused until now
     */
    boolean leave() {
        boolean changed = reason != null;
        reason = null;
        return changed;
    }
}
