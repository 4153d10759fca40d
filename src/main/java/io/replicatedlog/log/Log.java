package io.replicatedlog.log;

import java.util.OptionalLong;

/**
 * The ordered entries of one node, exactly {@code [0, end)}: no gaps, and epochs that never fall.
 *
 * <p>Thread-safe. One caller at a time appends (two concurrent appends are put in an order); any number read beside it
 * and see only whole entries. An entry never changes once it is there, until {@link #clear()}.
 */
public interface Log {

    /** The offset that the next entry will get. */
    long end();

    /** The epoch of the entry at {@code offset}; empty if there is no such entry. */
    OptionalLong epochAt(long offset);

    /**
     * Appends one entry at the end and decides its offset: this is where the order of all entries is made.
     *
     * @param epoch of the primary that appends; not below the epoch of the last entry
     * @param timestamp milliseconds since 1970
     * @param key UTF-8, empty for none
     * @param message UTF-8; not copied, the caller leaves it alone
     * @return the entry's offset
     * @throws LogFullException if there is no room; nothing was stored
     * @throws IllegalArgumentException if the epoch falls
     */
    long append(long epoch, long timestamp, byte[] key, byte[] message);

    /**
     * Appends records that another node encoded, as they are: all of them or none.
     *
     * @throws LogFullException if there is no room; nothing was stored
     * @throws IllegalArgumentException if they do not start at the end or the epoch falls
     */
    void append(Records records);

    /**
     * Entries from {@code from} on, as many as there are, within the limits. At least one if there is one, however large.
     *
     * @param from the first offset, from 0; at or past the end nothing is returned
     * @param maxEntries at least 1
     * @param maxBytes of encoded records; at least 1
     */
    Records read(long from, int maxEntries, int maxBytes);

    /** Forgets every entry. A reader that goes on at an offset finds there what was appended since, if anything. */
    void clear();
}
