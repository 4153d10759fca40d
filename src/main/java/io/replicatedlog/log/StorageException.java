package io.replicatedlog.log;

/**
 * The storage of the log has failed. What was appended and not yet forced may be there or not. The message says where, and
 * what an operator can do.
 */
public final class StorageException extends LogException {
    private static final long serialVersionUID = 1L;

    /** Whether entries that are held are damaged: then they cannot be read, and opening the files again does not help. */
    private final boolean damage;

    private StorageException(String message, boolean damage, Throwable cause) {
        super(message, cause);
        this.damage = damage;
    }

    /** The file system refused something. */
    public static StorageException failed(String what, Throwable cause) {
        return new StorageException(what + " (" + cause.getMessage() + ")", false, cause);
    }

    /** What is held is not what was written. */
    public static StorageException damaged(String what) {
        return new StorageException(what, true, null);
    }

    public boolean isDamage() {
        return damage;
    }
}
