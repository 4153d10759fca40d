package io.replicatedlog.protocol;

import io.replicatedlog.log.LogException;
import java.util.Locale;
import java.util.Optional;

/** A node takes nothing from this caller; its log is as it was. The message says why and what an operator can do. */
public final class ReplicationRefusedException extends LogException {
    private static final long serialVersionUID = 1L;

    /** What stands in the way. */
    public enum Reason {
        /** The node holds entries of another log. */
        FOREIGN_LOG,
        /** The node has promised or followed a higher epoch, or this one to another candidate: the caller's reign is over. */
        FENCED,
        /** The caller is no member of the log that the node holds. */
        NOT_A_MEMBER,
        /** The node hears from a primary, or is one: nobody else need stand. */
        LED,
        /** The node's own log goes further than the candidate's. */
        FURTHER,
        /** What the node holds differs from what the caller sends, and must not be cut off. */
        DIVERGED;

        /** As it is written in an answer. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final Reason reason;
    private final transient Optional<Reign> reign;
    private final long epoch;
    private final long end;

    /**
     * @param reign that the node follows; empty if it has never followed any
     * @param epoch the highest that the node has promised or followed
     * @param end of the node's log
     */
    public ReplicationRefusedException(Reason reason, String message, Optional<Reign> reign, long epoch, long end) {
        super(message);
        this.reason = reason;
        this.reign = reign;
        this.epoch = epoch;
        this.end = end;
    }

    public Reason reason() {
        return reason;
    }

    /** That the node follows; empty if it has never followed any. */
    public Optional<Reign> reign() {
        return reign;
    }

    /** The highest that the node has promised or followed; 0 for none. */
    public long epoch() {
        return epoch;
    }

    /** The end of the node's log. */
    public long end() {
        return end;
    }
}
