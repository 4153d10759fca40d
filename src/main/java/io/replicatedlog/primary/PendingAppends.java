package io.replicatedlog.primary;

import io.replicatedlog.protocol.Member;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * The clients that wait for enough nodes to hold their entry. The entry at {@code o} meets {@code w} when {@code w} nodes
 * hold everything below {@code o + 1}, as {@link Acknowledgements} counts them.
 *
 * <p>Thread-safe: guarded by its own monitor, under which the acknowledgements change. A waiter is completed exactly once, by
 * the thread that removes it under the monitor, and never while the monitor is held: the futures are handed to the executor.
 */
public final class PendingAppends {

    /**
     * What became of the wait for a write concern.
     *
     * @param acks how many nodes held the entry when the wait ended, as {@link Acknowledgements#count} counts them
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

    private static final class Waiter extends CompletableFuture<Outcome> {
        private final long offset;
        private final int w;
        private final Order byDeadline;

        private Waiter(long offset, int w, Order byDeadline) {
            this.offset = offset;
            this.w = w;
            this.byDeadline = byDeadline;
        }

        private Order byOffset() {
            return new Order(offset, byDeadline.sequence());
        }
    }

    private final Acknowledgements held;
    private final Executor completions;

    /** {@code waiting.get(w - 1)}: those who wait for {@code w} nodes, the lowest offset first. */
    private final List<TreeMap<Order, Waiter>> waiting = new ArrayList<>();

    /** The same waiters, the earliest deadline first. */
    private final TreeMap<Order, Waiter> deadlines = new TreeMap<>();

    private long sequence;

    /**
     * @param held changed by this object alone
     * @param completions runs what depends on a finished wait
     */
    public PendingAppends(Acknowledgements held, Executor completions) {
        this.held = held;
        this.completions = completions;
        prepare();
    }

    /** A reign begins, in which these secondaries count; nobody waits. */
    synchronized void begin(List<Member> secondaries) {
        assert deadlines.isEmpty() : "appends wait that were made in another reign";
        held.begin(secondaries);
        prepare();
    }

    private void prepare() {
        waiting.clear();
        for (int w = 1; w <= held.nodes(); w++) {
            waiting.add(new TreeMap<>());
        }
    }

    /** What nodes hold. */
    public Acknowledgements held() {
        return held;
    }

    /**
     * Waits until {@code w} nodes hold the entry at {@code offset}, or the time is up.
     *
     * @param deadlineMs on the clock of {@link #expire}
     */
    public synchronized CompletionStage<Outcome> await(long offset, WriteConcern w, long deadlineMs) {
        if (offset < held.heldBy(w.nodes())) {
            return CompletableFuture.completedFuture(new Outcome(offset, w.nodes(), held.count(offset), true));
        }
        Waiter waiter = new Waiter(offset, w.nodes(), new Order(deadlineMs, sequence++));
        waiting.get(w.nodes() - 1).put(waiter.byOffset(), waiter);
        deadlines.put(waiter.byDeadline, waiter);
        return waiter;
    }

    /**
     * The primary holds everything below {@code end}.
     *
     * @return what it held before
     */
    public long forced(long end) {
        List<Waiter> met = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        long before;
        synchronized (this) {
            before = held.forced(end);
            takeMet(end > before, met, outcomes);
        }
        complete(met, outcomes);
        return before;
    }

    /**
     * A secondary says that it holds everything below {@code end}. Less than before means that it lost entries: it counts
     * for less from now on; answers that were given stay given.
     *
     * @param counts whether it is sure to hold everything that it has ever acknowledged; else it counts for nothing
     * @return what it had acknowledged before
     */
    public long acknowledge(Member secondary, long end, boolean counts) {
        List<Waiter> met = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        long before;
        synchronized (this) {
            boolean countedBefore = held.counts(secondary);
            before = held.acknowledged(secondary, end, counts);
            takeMet(counts && (end > before || !countedBefore), met, outcomes);
        }
        complete(met, outcomes);
        return before;
    }

    /** A secondary follows no more. */
    synchronized void refused(Member secondary) {
        held.refused(secondary);
    }

    /** Ends every wait whose deadline is not after {@code nowMs}. */
    public void expire(long nowMs) {
        List<Waiter> expired = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        synchronized (this) {
            while (!deadlines.isEmpty() && deadlines.firstKey().first() <= nowMs) {
                Waiter waiter = deadlines.pollFirstEntry().getValue();
                waiting.get(waiter.w - 1).remove(waiter.byOffset());
                expired.add(waiter);
                outcomes.add(new Outcome(waiter.offset, waiter.w, held.count(waiter.offset), false));
            }
        }
        complete(expired, outcomes);
    }

    /**
     * Takes out every waiter, and forgets what nodes hold.
     *
     * @return completes them all with this failure; to be run by the caller once it holds no lock (not by the executor, which
     *     may be closing, too)
     */
    public synchronized Runnable fail(RuntimeException failure) {
        List<Waiter> failed = List.copyOf(deadlines.values());
        deadlines.clear();
        waiting.forEach(TreeMap::clear);
        held.clear();
        return () -> failed.forEach(waiter -> waiter.completeExceptionally(failure));
    }

    /** The next time at which {@link #expire} ends a wait; empty while there is none. */
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

    private void takeMet(boolean isMore, Collection<Waiter> met, Collection<Outcome> outcomes) {
        for (int w = 1; isMore && w <= held.nodes(); w++) {
            TreeMap<Order, Waiter> queue = waiting.get(w - 1);
            if (queue.isEmpty()) {
                continue;
            }
            long end = held.heldBy(w);
            while (!queue.isEmpty() && queue.firstKey().first() < end) {
                Waiter waiter = queue.pollFirstEntry().getValue();
                deadlines.remove(waiter.byDeadline);
                met.add(waiter);
                outcomes.add(new Outcome(waiter.offset, w, held.count(waiter.offset), true));
            }
        }
    }

    private void complete(List<Waiter> waiters, List<Outcome> outcomes) {
        if (!waiters.isEmpty()) {
            completions.execute(() -> {
                for (int i = 0; i < waiters.size(); i++) {
                    waiters.get(i).complete(outcomes.get(i));
                }
            });
        }
    }
}
