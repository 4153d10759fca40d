package io.replicatedlog.primary;

import io.replicatedlog.log.LogException;

/** An append was refused before anything was stored. The message says why and what helps. */
public final class AppendRefusedException extends LogException {
    private static final long serialVersionUID = 1L;

    /** What stands in the way. */
    public enum Reason {
        /** The primary takes no appends now. */
        READ_ONLY,
        /** As many clients wait as are allowed to. */
        TOO_MANY_WAITING,
        /** The node stops. */
        STOPPING,
        /** The idempotency key stands for another append. */
        KEY_REUSED
    }

    private final Reason reason;

    public AppendRefusedException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
