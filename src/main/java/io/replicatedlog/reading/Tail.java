package io.replicatedlog.reading;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToLongFunction;

/**
 * Readers that have read all there is, and wait for more. Whoever may have moved the end of what is shown says so with
 * {@link #moved}, which costs nearly nothing while nobody waits; one look on the executor then serves all who wait.
 *
 * <p>Thread-safe: guarded by its own monitor. A reader is completed without it.
 */
public final class Tail {

    private record Waiter(long offset, long sequence, CompletableFuture<Void> future) {}

    private final int most;
    private final ToLongFunction<Level> end;
    private final Executor executor;

    /** The lowest offset first. */
    private final Map<Level, TreeSet<Waiter>> waiting = new EnumMap<>(Level.class);

    private final AtomicBoolean lookIsDue = new AtomicBoolean();

    /** How many wait; changes under the monitor. */
    private volatile int size;

    private long sequence;

    private volatile boolean closed;

    /**
     * @param most how many may wait at one time
     * @param end where what is shown at a level ends now; everything below it can be read
     * @param executor runs the looks, and what depends on a finished wait
     */
    public Tail(int most, ToLongFunction<Level> end, Executor executor) {
        this.most = most;
        this.end = end;
        this.executor = executor;
        for (Level level : Level.values()) {
            waiting.put(
                    level,
                    new TreeSet<>(Comparator.comparingLong(Waiter::offset).thenComparing(Waiter::sequence)));
        }
    }

    /**
     * Waits until there is an entry at {@code offset}. Completing the future, by a time-out or because the reader has gone,
     * gives its place back. Once this is closed, nobody waits.
     *
     * @throws TooManyReadersException if as many wait as are allowed to
     */
    public CompletableFuture<Void> await(Level level, long offset) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        synchronized (this) {
            if (closed) {
                return CompletableFuture.completedFuture(null);
            }
            if (size >= most) {
                throw new TooManyReadersException(most, "wait for entries", "replicatedlog.max-readers");
            }
            Waiter waiter = new Waiter(offset, sequence++, future);
            waiting.get(level).add(waiter);
            size++;
            future.whenComplete((done, failure) -> remove(level, waiter));
        }
        // Only now: from here on a move finds the waiter.
        if (end.applyAsLong(level) > offset) {
            future.complete(null);
        }
        return future;
    }

    /** Everything below this is shown at a level. */
    public long end(Level level) {
        return end.applyAsLong(level);
    }

    /** More may be shown than before. */
    public void moved() {
        if (size > 0 && lookIsDue.compareAndSet(false, true)) {
            executor.execute(this::look);
        }
    }

    /** Ends every wait, and lets nobody wait any more: the node stops. */
    public void close() {
        List<Waiter> all = new ArrayList<>();
        synchronized (this) {
            closed = true;
            waiting.values().forEach(all::addAll);
        }
        all.forEach(waiter -> waiter.future().complete(null));
    }

    public boolean isClosed() {
        return closed;
    }

    /** How many wait. */
    public int size() {
        return size;
    }

    private void look() {
        lookIsDue.set(false);
        List<Waiter> served = new ArrayList<>();
        for (Level level : Level.values()) {
            long now = end.applyAsLong(level);
            synchronized (this) {
                for (Waiter waiter : waiting.get(level)) {
                    if (waiter.offset() >= now) {
                        break;
                    }
                    served.add(waiter);
                }
            }
        }
        served.forEach(waiter -> waiter.future().complete(null));
    }

    private synchronized void remove(Level level, Waiter waiter) {
        if (waiting.get(level).remove(waiter)) {
            size--;
        }
    }
}
