package io.replicatedlog.log;

/** The log takes no more entries. Nothing was stored and no offset was given out. */
public final class LogFullException extends LogException {
    private static final long serialVersionUID = 1L;

    public LogFullException(String message) {
        super(message);
    }
}
