package io.replicatedlog.primary;

import io.replicatedlog.reading.CommittedOffset;
import java.util.Map;
import java.util.TreeMap;

/**
 * The commit rule: everything below the committed offset is held by a majority, and by every log that a later primary may take
 * over. What a majority holds of an established reign is both: each of them has matched its log up to where the reign began,
 * and every later primary has the log of one of them, which goes further than any that has not (see {@code docs/leadership.md}).
 * So an established reign commits what it began with at once, and needs no entry of its own for that.
 *
 * <p>What is committed ends with a whole append, so that a later primary, which cuts off an incomplete one, has all entries of
 * an append or none.
 *
 * <p>Not thread-safe: guarded by the monitor of the {@link PrimaryLog} that owns it. The offset itself never falls.
 */
final class Commitment {

    /** How many appends of several messages are told apart; those that follow are committed together, as if they were one. */
    private static final int MOST = 100_000;

    private final Acknowledgements held;
    private final CommittedOffset committed;

    /** The appends of several messages that are not committed: where each ends, by its first offset. */
    private final TreeMap<Long, Long> groups = new TreeMap<>();

    /** Where the reign that is established began; nothing is committed while there is none. */
    private long start = Long.MAX_VALUE;

    Commitment(Acknowledgements held, CommittedOffset committed) {
        this.held = held;
        this.committed = committed;
    }

    /** A reign that began here is established. */
    void established(long at) {
        start = at;
        committed.raise(start);
        advance();
    }

    /** The reign is over. */
    void end() {
        start = Long.MAX_VALUE;
        groups.clear();
    }

    /** One append has stored its entries from {@code first} on, and below {@code end}. */
    void appended(long first, long end) {
        if (end - first > 1) {
            groups.put(groups.size() < MOST ? first : groups.lastKey(), end);
        }
    }

    /** The log is another one. */
    void startOver() {
        committed.startOver();
    }

    /** Applies the rule; to be called whenever a node holds more. */
    void advance() {
        long whole = wholeUntil(held.heldByMajority());
        if (whole > start) {
            committed.raise(whole);
            groups.headMap(whole).clear();
        }
    }

    private long wholeUntil(long offset) {
        Map.Entry<Long, Long> group = groups.lowerEntry(offset);
        return group != null && offset < group.getValue() ? group.getKey() : offset;
    }

    long offset() {
        return committed.get();
    }
}
