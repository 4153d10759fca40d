package io.replicatedlog.primary;

import io.replicatedlog.protocol.NotConfirmedException;
import io.replicatedlog.protocol.ReadIndex;
import io.replicatedlog.reading.TooManyReadersException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * The linearizable reads that wait until a majority has followed this reign in a call that was begun after the read came in:
 * then no other primary can have committed anything before (ReadIndex; Ongaro, "Consensus: Bridging Theory and Practice", 2014,
 * section 6.4). Reads that come in during a round wait together for the next one.
 *
 * <p>Not thread-safe: guarded by the monitor of the {@link PrimaryLog} that owns it. A read is completed exactly once, by the
 * thread that removes it under the monitor, and never while the monitor is held.
 */
public final class PendingReads {

    private final int most;
    private final Executor completions;

    /** In the order in which they came in, so that neither rounds nor deadlines fall. */
    private final Deque<Read> waiting = new ArrayDeque<>();

    /** @param after the round during which it came in: calls of a later one confirm it */
    private record Read(ReadIndex index, long after, long deadlineMs, CompletableFuture<ReadIndex> answer) {}

    /**
     * @param most how many may wait at one time
     * @param completions runs what depends on a finished wait
     */
    public PendingReads(int most, Executor completions) {
        this.most = most;
        this.completions = completions;
    }

    /**
     * Waits for a round that begins later than the present one.
     *
     * @param index what the read is answered with
     * @param deadlineMs on the clock of {@link #expire}; not before that of any read that waits
     * @throws TooManyReadersException if as many wait as are allowed to
     */
    CompletionStage<ReadIndex> await(ReadIndex index, Rounds rounds, long deadlineMs) {
        if (waiting.size() >= most) {
            throw new TooManyReadersException(most, "wait for a majority", "replicatedlog.max-readers");
        }
        Read read = new Read(index, rounds.current(), deadlineMs, new CompletableFuture<>());
        waiting.add(read);
        return read.answer();
    }

    /** Answers the reads that are confirmed, and begins the next round if the others wait for it. */
    void advance(Rounds rounds) {
        if (waiting.isEmpty()) {
            return; // as nearly always, when an acknowledgement comes
        }
        long confirmed = rounds.confirmed();
        while (!waiting.isEmpty() && waiting.peek().after() < confirmed) {
            Read read = waiting.remove();
            completions.execute(() -> read.answer().complete(read.index()));
        }
        if (!waiting.isEmpty() && waiting.peek().after() == rounds.current()) {
            rounds.next();
        }
    }

    /** Ends every wait whose deadline is not after {@code nowMs}. */
    void expire(long nowMs) {
        while (!waiting.isEmpty() && waiting.peek().deadlineMs() <= nowMs) {
            Read read = waiting.remove();
            completions.execute(() -> read.answer()
                    .completeExceptionally(
                            new NotConfirmedException("No majority of the members has answered the primary in time")));
        }
    }

    /**
     * Takes out every read.
     *
     * @return completes them all with this failure; to be run by the caller once it holds no lock
     */
    Runnable fail(NotConfirmedException failure) {
        List<Read> failed = List.copyOf(waiting);
        waiting.clear();
        return () -> failed.forEach(read -> read.answer().completeExceptionally(failure));
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }
}
