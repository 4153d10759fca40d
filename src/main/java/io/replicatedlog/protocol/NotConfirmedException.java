package io.replicatedlog.protocol;

import io.replicatedlog.log.LogException;

/** A linearizable read cannot be answered now. The message says why, as a sentence without its full stop. */
public final class NotConfirmedException extends LogException {
    private static final long serialVersionUID = 1L;

    public NotConfirmedException(String message) {
        super(message);
    }
}
