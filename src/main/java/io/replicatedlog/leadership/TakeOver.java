package io.replicatedlog.leadership;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.CallSize;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.secondary.Replica;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * Makes the log of a candidate the same as that of a member whose log goes further: one page after the other, each a task of
 * its own. May be broken off anywhere, and begun again.
 *
 * <p>No entry is cut before there is another to put in its place: a source that has lost its log must not take this one with
 * it.
 *
 * <p>Not thread-safe: one step follows the other.
 */
public final class TakeOver {

    private final long epoch;
    private final Log log;
    private final Replica replica;
    private final Source source;
    private final Position position;
    private final CallSize size;
    private final Executor executor;
    private final BooleanSupplier isWanted;
    private final LongConsumer progress;
    private final CompletableFuture<Boolean> done = new CompletableFuture<>();

    /** The offset that is fetched next: up to here the logs may be the same. */
    private long from;

    /** A log on another node. */
    @FunctionalInterface
    public interface Source {

        /** As {@link io.replicatedlog.protocol.Peer#records}. */
        CompletionStage<Records> read(long from, long previousEpoch, int maxBytes);
    }

    /**
     * @param epoch in which this node is a candidate
     * @param log only read here
     * @param replica what writes to it
     * @param position how far the source's log goes
     * @param size of a page: halves when one takes too long, as it would on a slow link each time
     * @param isWanted asked before each page; once it says no, nothing more is done
     * @param progress told before each page how many entries are missing
     */
    public TakeOver(
            long epoch,
            Log log,
            Replica replica,
            Source source,
            Position position,
            CallSize size,
            Executor executor,
            BooleanSupplier isWanted,
            LongConsumer progress) {
        this.epoch = epoch;
        this.log = log;
        this.replica = replica;
        this.source = source;
        this.position = position;
        this.size = size;
        this.executor = executor;
        this.isWanted = isWanted;
        this.progress = progress;
        this.from = Math.min(log.end(), position.end());
    }

    /**
     * Fetches what the source holds beyond this log, after cutting off what it does not hold, and makes it durable. Begins on
     * the calling thread.
     *
     * @return whether all of it is there; {@code false} if it was not wanted any more. Fails with what broke it off: an
     *     {@link IllegalStateException} if the source does not hold as much as it said, or another candidate came first
     */
    public CompletionStage<Boolean> run() {
        step();
        return done;
    }

    private void step() {
        try {
            if (!isWanted.getAsBoolean()) {
                done.complete(false);
            } else if (from >= position.end() && log.epochBefore(from) == position.lastEpoch()) {
                replica.cutBehind(epoch, from);
                log.force();
                done.complete(true);
            } else {
                progress.accept(position.end() - from);
                Failure.staged(() -> source.read(from, log.epochBefore(from), size.bytes()))
                        .whenComplete(this::fetched);
            }
        } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
        }
    }

    private void fetched(Records records, Throwable failure) {
        try {
            if (failure != null) {
                failed(Failure.unwrap(failure));
            } else if (isWanted.getAsBoolean()) {
                append(records);
            }
            executor.execute(this::step);
        } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
        }
    }

    /** After its promise the log of the source changes only if it has promised a higher epoch. */
    private void append(Records records) {
        if (records.isEmpty() || records.end() > position.end()) {
            throw new IllegalStateException("it held " + position.end() + " entries, and now has "
                    + (records.isEmpty() ? "none from offset " + from + " on" : "at least " + records.end()));
        }
        from = replica.adopt(epoch, records);
        size.succeeded();
    }

    private void failed(Throwable failure) {
        if (failure instanceof MismatchException differs) {
            if (from == 0) {
                throw new IllegalStateException("it refuses to begin at the beginning", differs);
            }
            from = log.stepBack(Math.min(differs.end(), from - 1), differs.epoch());
        } else if (Failure.isTimeout(failure) && size.bytes() > CallSize.MIN_BYTES) {
            size.tooMuch();
        } else {
            throw new NotTakenOverException(Failure.describe(failure), failure);
        }
    }
}
