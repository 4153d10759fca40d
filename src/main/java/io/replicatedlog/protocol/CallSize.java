package io.replicatedlog.protocol;

/**
 * How many bytes of records one call carries: half as many after a call that took too long, twice as many after one that did
 * not. So a slow link still gets something through before the time-out.
 *
 * <p>Thread-safe: guarded by its own monitor.
 */
public final class CallSize {

    /** Repeated time-outs go down to this, in bytes, unless the limit is lower. */
    public static final int MIN_BYTES = 4096;

    private final int limit;
    private int bytes;

    /** @param limit the size that it begins with, and never exceeds; at least 1 */
    public CallSize(int limit) {
        this.limit = limit;
        this.bytes = limit;
    }

    public synchronized int bytes() {
        return bytes;
    }

    /** A call with records took too long, or was refused as too large. */
    public synchronized void tooMuch() {
        bytes = Math.max(Math.min(MIN_BYTES, limit), bytes / 2);
    }

    /** A call with records succeeded. */
    public synchronized void succeeded() {
        bytes = (int) Math.min(limit, bytes * 2L);
    }
}
