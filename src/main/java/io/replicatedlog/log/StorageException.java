package io.replicatedlog.log;

/**
 * The storage of the log has failed. What was appended and not yet forced may survive a restart or not. The message names
 * the file and what an operator can do.
 */
public final class StorageException extends LogException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    private enum Kind {
        FAILED,
        OUTCOME_UNKNOWN,
        DAMAGED
    }

    private StorageException(String message, Kind kind, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** The file system refused an operation. */
    public static StorageException failed(String what, Throwable cause) {
        return new StorageException(describe(what, cause), Kind.FAILED, cause);
    }

    /** The file system refused to store something, and refused to remove the part that it had stored. */
    public static StorageException outcomeUnknown(String what, Throwable cause) {
        return new StorageException(
                describe(what, cause) + "; the append may have been stored all the same, and appear after a restart",
                Kind.OUTCOME_UNKNOWN,
                cause);
    }

    /** Stored entries are not what was written. */
    public static StorageException damaged(String what) {
        return new StorageException(what, Kind.DAMAGED, null);
    }

    /** Whether stored entries are damaged: they cannot be read, and opening the files again does not help. */
    public boolean isDamage() {
        return kind == Kind.DAMAGED;
    }

    /** Whether what was to be stored may be there after a restart all the same. */
    public boolean isOutcomeUnknown() {
        return kind == Kind.OUTCOME_UNKNOWN;
    }

    private static String describe(String what, Throwable cause) {
        return what + " (" + cause.getMessage() + ")";
    }
}
