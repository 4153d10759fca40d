package io.replicatedlog.reading;

import io.replicatedlog.log.Log;

/**
 * The committed offset as this node knows it: a majority holds everything below it, and so will every later primary. It never
 * falls while the log is the same. Raised by the commit rule of the primary, or by what a secondary is told.
 *
 * <p>Thread-safe: written under its own monitor, read without.
 */
public final class CommittedOffset {

    private volatile long offset;

    /** @param known from before, from 0 */
    public CommittedOffset(long known) {
        this.offset = known;
    }

    public long get() {
        return offset;
    }

    /**
     * What a log has of what is committed: where it ends before that, it may end inside an append.
     *
     * @param end how far the log goes
     */
    public static long within(Log log, long end, long committed) {
        return committed <= end ? committed : log.wholeUntil(end);
    }

    /** More is committed; less than before changes nothing. */
    public synchronized void raise(long committed) {
        offset = Math.max(offset, committed);
    }

    /** The log is another one, of which nothing is known to be committed. */
    public synchronized void startOver() {
        offset = 0;
    }
}
