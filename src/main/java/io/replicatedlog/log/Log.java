package io.replicatedlog.log;

import java.util.List;
import java.util.OptionalLong;

/**
 * The ordered entries of one node, exactly {@code [0, end)}: no gaps, and epochs that never fall.
 *
 * <p>The entries of one append are a group. A log may end inside one: a group can be larger than what another node sends at
 * once. What is committed, taken over or shown to readers ends at a boundary, {@link #wholeUntil}.
 *
 * <p>Thread-safe. Appends are serialized; any number of threads read beside them and see only whole entries. An entry is
 * immutable until it is cut off.
 */
public interface Log {

    /** The offset that the next entry will get. */
    long end();

    /**
     * Everything below this is as durable as the storage makes it; at most {@link #end}. A node counts as a holder of
     * these entries only, and shows only these, as far as their groups are whole.
     */
    long durable();

    /**
     * The greatest offset up to {@code offset}, and up to the end, that is not inside a group. In files, one record is read,
     * except for the durable offset: to be called without a lock that must not wait for the disk.
     *
     * @param offset from 0
     * @throws StorageException if that record cannot be read, or is damaged
     */
    long wholeUntil(long offset);

    /** The size of all records in bytes. */
    long sizeInBytes();

    /**
     * Which opening of the storage this is: rises with each reopen and {@link #clear}. What was appended in an earlier one
     * and not forced may be gone.
     */
    long incarnation();

    /** The epoch of the entry at {@code offset}; empty if there is no such entry. */
    OptionalLong epochAt(long offset);

    /** The epoch of the entry before {@code offset}; 0 where there is none. */
    default long epochBefore(long offset) {
        return epochAt(offset - 1).orElse(0);
    }

    /**
     * An upper bound for the common prefix with another log, whose entry before {@code limit} is of {@code epoch}: the
     * largest offset, not above {@code limit}, whose entry before is of that epoch or an earlier one; 0 if there is none.
     * Two logs step back in turn, each by the epoch that the other returns, until their epochs agree; each step skips a
     * whole epoch.
     */
    default long stepBack(long limit, long epoch) {
        long low = 0;
        for (long high = Math.min(limit, end()); low < high; ) {
            long middle = (low + high + 1) >>> 1;
            if (epochAt(middle - 1).orElse(Long.MAX_VALUE) <= epoch) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /**
     * Appends entries at the end, all of them or none, and assigns their offsets: here the order of all entries is
     * decided.
     *
     * @param epoch of the primary that appends; not below the epoch of the last entry
     * @param timestamp milliseconds since 1970
     * @param key of each of them, UTF-8, empty for none
     * @param messages UTF-8, at least one
     * @return the offset of the first; the others follow it
     * @throws LogFullException if there is no room; nothing was stored
     * @throws StorageException if the storage has failed; no offset was given out, and nothing was stored unless {@link
     *     StorageException#isOutcomeUnknown} says otherwise
     * @throws IllegalArgumentException if the epoch falls
     */
    long append(long epoch, long timestamp, byte[] key, List<byte[]> messages);

    /**
     * Appends records that another node encoded, as they are: all of them or none.
     *
     * @throws LogFullException if there is no room; nothing was stored
     * @throws StorageException if the storage has failed; nothing was stored unless {@link
     *     StorageException#isOutcomeUnknown} says otherwise
     * @throws IllegalArgumentException if they do not start at the end or the epoch falls
     */
    void append(Records records);

    /**
     * Makes everything durable that was appended before this call, and returns {@link #durable}. Concurrent calls are
     * served together.
     *
     * @throws StorageException if that failed: entries that were not durable before may survive a restart or not
     */
    long force();

    /**
     * Entries from {@code from} on, as many as the limits allow; at least one if there is one, however large.
     *
     * @param from the first offset, from 0; at or past the end nothing is returned
     * @param maxEntries at least 1
     * @param maxBytes of encoded records; at least 1
     * @throws StorageException if they cannot be read, or are damaged
     */
    Records read(long from, int maxEntries, int maxBytes);

    /**
     * Cuts off every entry from {@code end} on. Storage that outlives the process keeps them aside.
     *
     * @param end from 0; at or past the end nothing is cut
     * @throws LogFullException if there is no room to keep them aside; nothing was cut
     * @throws StorageException if that failed, and the log may be cut in part
     */
    void truncate(long end);

    /** Removes every entry; durable on return. A reader that continues at its offset may find another entry there. */
    void clear();
}
