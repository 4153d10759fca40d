package io.replicatedlog.protocol;

import io.replicatedlog.log.LogException;

/**
 * The log that was asked does not have the entry that should come before. It may be the same up to {@link #end}, of which
 * the entry before is of {@link #epoch}: the caller looks there next, or further back.
 */
public final class MismatchException extends LogException {
    private static final long serialVersionUID = 1L;

    private final long end;
    private final long epoch;

    /** @param epoch of the entry before {@code end}; 0 where there is none */
    public MismatchException(long end, long epoch) {
        super("The logs differ before this offset; look at " + end + ", after an entry of epoch " + epoch);
        this.end = end;
        this.epoch = epoch;
    }

    public long end() {
        return end;
    }

    public long epoch() {
        return epoch;
    }
}
