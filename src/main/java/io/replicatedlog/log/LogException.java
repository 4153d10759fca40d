package io.replicatedlog.log;

/**
 * The base of every unchecked exception of this project. Its message is written for people: it names the fault and the
 * remedy, and may be shown to clients and operators. The message of any other exception may not.
 */
public abstract class LogException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    protected LogException(String message) {
        super(message);
    }

    protected LogException(String message, Throwable cause) {
        super(message, cause);
    }
}
