package io.replicatedlog.protocol;

import io.replicatedlog.log.LogException;
import java.util.Optional;

/** A secondary takes nothing from this caller; its log is as it was. The message says why and what an operator can do. */
public final class ReplicationRefusedException extends LogException {
    private static final long serialVersionUID = 1L;

    /** What stands in the way. */
    public enum Reason {
        /** This node is a primary. */
        NOT_A_SECONDARY,
        /** The secondary holds entries of another log. */
        FOREIGN_LOG,
        /** The secondary has heard of a higher epoch: the caller's reign is over. */
        FENCED,
        /** What the secondary holds differs from what the caller sends. */
        DIVERGED
    }

    private final Reason reason;
    private final transient Optional<Reign> reign;
    private final long end;

    /**
     * @param reign what the secondary follows; {@code null} if it has never followed any
     * @param end of the secondary's log
     */
    public ReplicationRefusedException(Reason reason, String message, Reign reign, long end) {
        super(message);
        this.reason = reason;
        this.reign = Optional.ofNullable(reign);
        this.end = end;
    }

    public Reason reason() {
        return reason;
    }

    /** What the secondary follows; empty if it has never followed any. */
    public Optional<Reign> reign() {
        return reign;
    }

    /** The end of the secondary's log. */
    public long end() {
        return end;
    }
}
