package io.replicatedlog.protocol;

import io.replicatedlog.log.LogException;

/** A node answered with something other than what was asked for. The message says what. */
public final class NotAcknowledgedException extends LogException {
    private static final long serialVersionUID = 1L;

    private final boolean tooLarge;

    /** @param tooLarge whether the call was larger than the node accepts */
    public NotAcknowledgedException(String message, boolean tooLarge) {
        super(message);
        this.tooLarge = tooLarge;
    }

    /** Whether the call was larger than the node accepts: a smaller one may be accepted. */
    public boolean isTooLarge() {
        return tooLarge;
    }
}
