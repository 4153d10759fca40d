package io.replicatedlog.primary;

import io.replicatedlog.log.LogException;

/** An entry was stored, and then its node stopped or its log was replaced: whether it will be kept is unknown. */
public final class OutcomeUnknownException extends LogException {
    private static final long serialVersionUID = 1L;

    public OutcomeUnknownException(String message) {
        super(message);
    }
}
