package io.replicatedlog.primary;

import io.replicatedlog.membership.Member;
import io.replicatedlog.membership.Quorum;
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

    /** Each secondary has acknowledged everything below. */
    private final Map<Member, Long> acknowledged = new LinkedHashMap<>();

    /** @param secondaries all that are configured */
    public Acknowledgements(List<Member> secondaries) {
        secondaries.forEach(member -> acknowledged.put(member, 0L));
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

    /** @return what the secondary had acknowledged before */
    synchronized long acknowledged(Member secondary, long end) {
        return acknowledged.put(secondary, end);
    }

    /** Nobody holds anything: the reign is over. */
    synchronized void clear() {
        forced = 0;
        acknowledged.replaceAll((member, end) -> 0L);
    }

    /** What a secondary has acknowledged. */
    public synchronized long of(Member secondary) {
        return acknowledged.get(secondary);
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
        for (long end : acknowledged.values()) {
            holders += offset < end ? 1 : 0;
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
        for (long end : acknowledged.values()) {
            ends[index++] = end;
        }
        Arrays.sort(ends);
        return Math.min(forced, ends[ends.length - (w - 1)]);
    }

    /** A majority of the nodes, the primary among them, holds everything below it. */
    public long heldByMajority() {
        return heldBy(Quorum.majority(nodes()));
    }

    /** All nodes hold everything below it. */
    public long heldByAll() {
        return heldBy(nodes());
    }
}
