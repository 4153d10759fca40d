package io.replicatedlog.leadership;

import io.replicatedlog.node.Scheduler;
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.Replication;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.NotConfirmedException;
import io.replicatedlog.protocol.Peer;
import io.replicatedlog.protocol.ReadIndex;
import io.replicatedlog.reading.Level;
import io.replicatedlog.reading.Tail;
import io.replicatedlog.reading.TooManyReadersException;
import io.replicatedlog.storage.IdentityStore;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Linearizable reads on any node: it asks the primary what was committed (the read index), and waits until it shows that
 * itself. It asks one question at a time; reads that come in meanwhile wait together for the next one.
 *
 * <p>Thread-safe: guarded by its own monitor, under which nobody else is called.
 */
public final class LinearizableReads {

    private final Settings settings;
    private final Parts parts;
    private final Executor executor;
    private final Scheduler scheduler;

    /** For the reads that came in while a question was under way; {@code null} if none did. Guarded by the monitor. */
    private CompletableFuture<ReadIndex> next;

    /** Whether a question is under way. Guarded by the monitor. */
    private boolean isAsking;

    /** How many reads wait. Guarded by the monitor. */
    private int waiting;

    /**
     * What does not change.
     *
     * @param self where this node is called
     * @param most how many reads may wait at one time
     * @param timeoutMs how long one question may take, in milliseconds; a read waits twice as long at most
     */
    public record Settings(Member self, int most, long timeoutMs) {}

    /**
     * The parts of this node that these reads need.
     *
     * @param primary who leads, as far as this node knows
     */
    public record Parts(
            Supplier<Optional<Member>> primary,
            PrimaryLog primaryLog,
            Replication replication,
            Function<Member, Peer> peers,
            Tail tail,
            IdentityStore identity) {}

    public LinearizableReads(Settings settings, Parts parts, Executor executor, Scheduler scheduler) {
        this.settings = settings;
        this.parts = parts;
        this.executor = executor;
        this.scheduler = scheduler;
    }

    /**
     * Waits until this node shows, at {@link Level#COMMITTED}, everything that was committed when this was called.
     *
     * @return fails with a {@link NotConfirmedException} if that cannot be told in time
     * @throws TooManyReadersException if as many wait as are allowed to
     */
    public CompletionStage<Void> await() {
        take();
        CompletableFuture<Void> shown = new CompletableFuture<>();
        Runnable deadline = scheduler.after(
                2 * settings.timeoutMs(), () -> fail(shown, "What is committed is not known to this node in time"));
        shown.whenComplete((nothing, failure) -> {
            deadline.run();
            giveBack();
        });
        question().whenComplete((index, failure) -> {
            if (failure == null) {
                awaitShown(index, shown);
            } else {
                fail(shown, Failure.describe(failure));
            }
        });
        return shown;
    }

    private synchronized void take() {
        if (waiting >= settings.most()) {
            throw new TooManyReadersException(
                    settings.most(), "wait for what is committed", "replicatedlog.max-readers");
        }
        waiting++;
    }

    private synchronized void giveBack() {
        waiting--;
    }

    private static void fail(CompletableFuture<Void> read, String why) {
        read.completeExceptionally(new NotConfirmedException(why));
    }

    private void awaitShown(ReadIndex index, CompletableFuture<Void> read) {
        try {
            CompletableFuture<Void> place = parts.tail().await(Level.COMMITTED, index.offset() - 1);
            read.whenComplete((nothing, failure) -> place.cancel(false));
            place.whenComplete((nothing, failure) -> answer(index, read));
        } catch (TooManyReadersException e) {
            read.completeExceptionally(e);
        }
    }

    /** The wait may have ended because the node stops, and the log may be another one than the primary's. */
    private void answer(ReadIndex index, CompletableFuture<Void> read) {
        boolean isShown = parts.tail().end(Level.COMMITTED) >= index.offset()
                && parts.identity().load().isOf(index.reign().logId());
        if (isShown) {
            read.complete(null);
        } else {
            fail(read, "This node stops, or holds another log than the primary");
        }
    }

    /** The answer to a question that is asked from now on. */
    private CompletableFuture<ReadIndex> question() {
        CompletableFuture<ReadIndex> answer;
        synchronized (this) {
            next = next == null ? new CompletableFuture<>() : next;
            answer = next;
        }
        askNext();
        return answer;
    }

    private void askNext() {
        CompletableFuture<ReadIndex> answer;
        synchronized (this) {
            if (isAsking || next == null) {
                return;
            }
            isAsking = true;
            answer = next;
            next = null;
        }
        executor.execute(() -> Failure.staged(this::ask).whenComplete((index, failure) -> {
            synchronized (this) {
                isAsking = false;
            }
            askNext();
            if (failure == null) {
                answer.complete(index);
            } else {
                answer.completeExceptionally(Failure.unwrap(failure));
            }
        }));
    }

    private CompletionStage<ReadIndex> ask() {
        Member primary = parts.primary()
                .get()
                .orElseThrow(() -> new NotConfirmedException("No primary is known to this node now"));
        return primary.equals(settings.self()) ? index() : ask(primary);
    }

    private CompletionStage<ReadIndex> ask(Member primary) {
        return Failure.staged(() -> parts.peers().apply(primary).readIndex()).exceptionally(failure -> {
            throw new NotConfirmedException(
                    "The primary " + primary + " has not said what is committed: " + Failure.describe(failure));
        });
    }

    /**
     * The read index, of this node as the primary: what other nodes ask for.
     *
     * @return as {@link PrimaryLog#readIndex}
     */
    public CompletionStage<ReadIndex> index() {
        CompletionStage<ReadIndex> index = parts.primaryLog().readIndex(settings.timeoutMs());
        parts.replication().wake();
        Runnable deadline = scheduler.after(settings.timeoutMs(), this::expire);
        index.whenComplete((found, failure) -> deadline.run());
        return index;
    }

    private void expire() {
        parts.primaryLog().expireReads();
        parts.replication().wake();
    }
}
