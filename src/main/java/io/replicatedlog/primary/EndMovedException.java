package io.replicatedlog.primary;

import io.replicatedlog.log.LogException;

/** The log does not end where the client expected it to; nothing was stored. */
public final class EndMovedException extends LogException {
    private static final long serialVersionUID = 1L;

    private final long end;

    EndMovedException(long expected, long end) {
        super("The log ends at " + end + ", not at " + expected + "; read what was appended, and decide again");
        this.end = end;
    }

    public long end() {
        return end;
    }
}
