package io.replicatedlog.primary;

import io.replicatedlog.membership.Quorum;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Which node holds how much, and the clients that wait for enough nodes to hold their entry. The primary is always one of
 * the nodes that a write concern counts: the entry at {@code o} meets {@code w} when the primary and {@code w - 1}
 * secondaries hold everything below {@code o + 1}, whichever secondaries they are.
 *
 * <p>Thread-safe: guarded by its own monitor. A waiter is completed exactly once, by whoever removes it under the
 * monitor, and never while the monitor is held: the futures are handed to the executor.
 */
public final class PendingAppends {

    /** The primary's place among the nodes; secondaries follow from 1 on. */
    public static final int PRIMARY = 0;

    /**
     * What became of the wait for a write concern.
     *
     * @param acks how many nodes held the entry when the wait ended, as {@link #acks} counts them
     * @param satisfied whether those were enough; if not, time had run out
     */
    public record Outcome(long offset, int w, int acks, boolean satisfied) {}

    private record Order(long first, long sequence) implements Comparable<Order> {
        @Override
        public int compareTo(Order other) {
            int byFirst = Long.compare(first, other.first);
            return byFirst != 0 ? byFirst : Long.compare(sequence, other.sequence);
        }
    }

    private record Waiter(long offset, int w, Order byDeadline, CompletableFuture<Outcome> future) {}

    private final Executor completions;

    /** Node {@code i} holds everything below {@code acknowledged[i]}. */
    private final long[] acknowledged;

    /** {@code waiting.get(w - 1)}: those who wait for {@code w} nodes, the lowest offset first. */
    private final List<TreeMap<Order, Waiter>> waiting = new ArrayList<>();

    /** The same waiters, the earliest deadline first. */
    private final TreeMap<Order, Waiter> deadlines = new TreeMap<>();

    private long sequence;

    /**
     * @param nodes configured nodes, at least 1
     * @param completions runs what depends on a finished wait
     */
    public PendingAppends(int nodes, Executor completions) {
        this.completions = completions;
        this.acknowledged = new long[nodes];
        for (int w = 1; w <= nodes; w++) {
            waiting.add(new TreeMap<>());
        }
    }

    /**
     * Waits until {@code w} nodes hold the entry at {@code offset}, or the time is up.
     *
     * @param deadlineMs on the clock of {@link #expire}
     */
    public synchronized CompletionStage<Outcome> await(long offset, WriteConcern w, long deadlineMs) {
        if (offset < heldBy(w.nodes())) {
            return CompletableFuture.completedFuture(new Outcome(offset, w.nodes(), acks(offset), true));
        }
        Order byDeadline = new Order(deadlineMs, sequence++);
        Waiter waiter = new Waiter(offset, w.nodes(), byDeadline, new CompletableFuture<>());
        waiting.get(w.nodes() - 1).put(byOffset(waiter), waiter);
        deadlines.put(byDeadline, waiter);
        return waiter.future();
    }

    /**
     * A node says that it holds everything below {@code end}. Less than before means that it lost entries: it counts for
     * less from now on; answers that were given stay given.
     *
     * @param node {@link #PRIMARY}, or a secondary from 1 on
     * @return what it held before
     */
    public long acknowledge(int node, long end) {
        List<Waiter> met = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        long before;
        synchronized (this) {
            before = acknowledged[node];
            acknowledged[node] = end;
            if (end > before) {
                takeMet(met, outcomes);
            }
        }
        complete(met, outcomes);
        return before;
    }

    /** Ends the wait of everyone whose deadline is not after {@code nowMs}. */
    public void expire(long nowMs) {
        List<Waiter> expired = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        synchronized (this) {
            while (!deadlines.isEmpty() && deadlines.firstKey().first() <= nowMs) {
                Waiter waiter = deadlines.pollFirstEntry().getValue();
                waiting.get(waiter.w() - 1).remove(byOffset(waiter));
                expired.add(waiter);
                outcomes.add(new Outcome(waiter.offset(), waiter.w(), acks(waiter.offset()), false));
            }
        }
        complete(expired, outcomes);
    }

    /**
     * Takes out everyone who waits, and forgets what nodes hold.
     *
     * @return tells them all of this failure; to be run by the caller, once it holds no lock (not by the executor, which
     *     may be closing, too)
     */
    public synchronized Runnable fail(RuntimeException failure) {
        List<Waiter> failed = List.copyOf(deadlines.values());
        deadlines.clear();
        waiting.forEach(TreeMap::clear);
        Arrays.fill(acknowledged, 0);
        return () -> failed.forEach(waiter -> waiter.future().completeExceptionally(failure));
    }

    /** Nobody waits any more for what {@link #await} gave; takes as long as there are waiters. */
    synchronized void abandon(CompletionStage<Outcome> wait) {
        List<Waiter> abandoned = deadlines.values().stream()
                .filter(waiter -> waiter.future() == wait)
                .toList();
        for (Waiter waiter : abandoned) {
            deadlines.remove(waiter.byDeadline());
            waiting.get(waiter.w() - 1).remove(byOffset(waiter));
        }
    }

    /** The next time for {@link #expire} to find somebody; empty while nobody waits. */
    public synchronized OptionalLong nextDeadlineMs() {
        return deadlines.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(deadlines.firstKey().first());
    }

    /** How many are waiting. */
    public synchronized int size() {
        return deadlines.size();
    }

    /** How many are waiting for this write concern. */
    public synchronized int size(WriteConcern w) {
        return waiting.get(w.nodes() - 1).size();
    }

    /**
     * How many nodes hold the entry at {@code offset}, the primary among them: none until the primary itself does, because
     * a primary that ends before that may go on without the entry.
     */
    public synchronized int acks(long offset) {
        if (acknowledged[PRIMARY] <= offset) {
            return 0;
        }
        int acks = 0;
        for (long end : acknowledged) {
            acks += offset < end ? 1 : 0;
        }
        return acks;
    }

    /** How many nodes there are. */
    int nodes() {
        return acknowledged.length;
    }

    /** What the node said that it holds. */
    public synchronized long acknowledged(int node) {
        return acknowledged[node];
    }

    /** A majority of the configured nodes, the primary among them, holds everything below it. */
    public synchronized long heldByMajority() {
        return heldBy(Quorum.majority(acknowledged.length));
    }

    /** All nodes hold everything below it. */
    public synchronized long heldByAll() {
        return heldBy(acknowledged.length);
    }

    /** Everything below this is held by {@code w} nodes, the primary among them. */
    private long heldBy(int w) {
        long primary = acknowledged[PRIMARY];
        if (w == 1) {
            return primary;
        }
        long[] secondaries = Arrays.copyOfRange(acknowledged, 1, acknowledged.length);
        Arrays.sort(secondaries);
        return Math.min(primary, secondaries[secondaries.length - (w - 1)]);
    }

    private void takeMet(Collection<Waiter> met, Collection<Outcome> outcomes) {
        for (int w = 1; w <= acknowledged.length; w++) {
            TreeMap<Order, Waiter> queue = waiting.get(w - 1);
            if (queue.isEmpty()) {
                continue;
            }
            long held = heldBy(w);
            while (!queue.isEmpty() && queue.firstKey().first() < held) {
                Waiter waiter = queue.pollFirstEntry().getValue();
                deadlines.remove(waiter.byDeadline());
                met.add(waiter);
                outcomes.add(new Outcome(waiter.offset(), w, acks(waiter.offset()), true));
            }
        }
    }

    private static Order byOffset(Waiter waiter) {
        return new Order(waiter.offset(), waiter.byDeadline().sequence());
    }

    private void complete(List<Waiter> waiters, List<Outcome> outcomes) {
        if (!waiters.isEmpty()) {
            completions.execute(() -> {
                for (int i = 0; i < waiters.size(); i++) {
                    waiters.get(i).future().complete(outcomes.get(i));
                }
            });
        }
    }
}
