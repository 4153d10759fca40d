package io.replicatedlog.leadership;

import io.replicatedlog.log.LogException;

/** The log of another node could not be taken over. The message says why. */
public final class NotTakenOverException extends LogException {
    private static final long serialVersionUID = 1L;

    NotTakenOverException(String why, Throwable cause) {
        super(why, cause);
    }
}
