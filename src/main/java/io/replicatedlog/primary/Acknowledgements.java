package io.replicatedlog.primary;

import io.replicatedlog.membership.Quorum;
import io.replicatedlog.protocol.Member;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which node holds how much in this reign. The primary is always one of the nodes that are counted: an entry is held by
 * {@code w} nodes when the primary and {@code w - 1} secondaries hold it, whichever secondaries they are.
 *
 * <p>Thread-safe: guarded by its own monitor.
 */
public final class Acknowledgements {

    /** The primary holds everything below, as durably as its storage makes it. */
    private long forced;

    /** What each secondary has acknowledged. */
    private final Map<Member, Held> acknowledged = new LinkedHashMap<>();

    /**
     * What a secondary holds.
     *
     * @param end it has acknowledged everything below
     * @param counts whether it is sure to hold everything that it has ever acknowledged; else it counts for nothing
     */
    private record Held(long end, boolean counts) {

        static final Held NOTHING = new Held(0, false);

        long counted() {
            return counts ? end : 0;
        }
    }

    /** @param secondaries that count */
    public Acknowledgements(List<Member> secondaries) {
        begin(secondaries);
    }

    /** Nobody holds anything yet, and these secondaries count from now on. */
    synchronized void begin(List<Member> secondaries) {
        forced = 0;
        acknowledged.clear();
        secondaries.forEach(member -> acknowledged.put(member, Held.NOTHING));
    }

    /** How many nodes are counted, the primary included. */
    public int nodes() {
        return acknowledged.size() + 1;
    }

    /** @return what the primary held before */
    synchronized long forced(long end) {
        long before = forced;
        forced = end;
        return before;
    }

    /**
     * One that does not belong is not counted.
     *
     * @return what the secondary had acknowledged before
     */
    synchronized long acknowledged(Member secondary, long end, boolean counts) {
        Held before = acknowledged.replace(secondary, new Held(end, counts));
        return before == null ? 0 : before.end();
    }

    /** Nobody holds anything: the reign is over. */
    synchronized void clear() {
        forced = 0;
        acknowledged.replaceAll((member, held) -> Held.NOTHING);
    }

    /** What a secondary has acknowledged. */
    public synchronized long of(Member secondary) {
        return acknowledged.getOrDefault(secondary, Held.NOTHING).end();
    }

    /** A secondary follows no more: it counts for nothing, until it acknowledges again. */
    synchronized void refused(Member secondary) {
        acknowledged.computeIfPresent(secondary, (member, held) -> new Held(held.end(), false));
    }

    /** Whether a secondary follows and counts. */
    public synchronized boolean counts(Member secondary) {
        return acknowledged.getOrDefault(secondary, Held.NOTHING).counts();
    }

    /** How many secondaries that count hold everything below {@code end}. */
    synchronized int holders(long end) {
        return (int) acknowledged.values().stream()
                .filter(held -> held.counts() && held.end() >= end)
                .count();
    }

    /** What the primary itself holds. */
    public synchronized long ofPrimary() {
        return forced;
    }

    /**
     * How many nodes hold the entry at {@code offset}, the primary among them: none until the primary itself does, because a
     * primary that ends before that may go on without the entry.
     */
    public synchronized int count(long offset) {
        if (forced <= offset) {
            return 0;
        }
        int holders = 1;
        for (Held held : acknowledged.values()) {
            holders += offset < held.counted() ? 1 : 0;
        }
        return holders;
    }

    /**
     * Everything below this is held by {@code w} nodes, the primary among them.
     *
     * @param w from 1 to {@link #nodes}
     */
    public synchronized long heldBy(int w) {
        if (w == 1) {
            return forced;
        }
        long[] ends = new long[acknowledged.size()];
        int index = 0;
        for (Held held : acknowledged.values()) {
            ends[index++] = held.counted();
        }
        Arrays.sort(ends);
        return Math.min(forced, ends[ends.length - (w - 1)]);
    }

    /** A majority of the nodes, the primary among them, holds everything below it. */
    public long heldByMajority() {
        return heldBy(Quorum.majority(nodes()));
    }
}
