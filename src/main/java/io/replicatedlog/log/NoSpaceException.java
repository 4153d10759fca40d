package io.replicatedlog.log;

import java.io.IOException;

/** The disk has no room for what was to be written. The message names the file. */
public final class NoSpaceException extends IOException {
    private static final long serialVersionUID = 1L;

    public NoSpaceException(String message, Throwable cause) {
        super(message, cause);
    }
}
