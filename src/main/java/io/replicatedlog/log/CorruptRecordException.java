package io.replicatedlog.log;

/** Bytes are not valid records: cut short, altered or out of order. The message says what is wrong. */
public final class CorruptRecordException extends Exception {
    private static final long serialVersionUID = 1L;

    public CorruptRecordException(String message) {
        super(message);
    }
}
