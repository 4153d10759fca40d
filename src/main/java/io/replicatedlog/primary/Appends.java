package io.replicatedlog.primary;

import static java.util.logging.Level.FINE;

import io.replicatedlog.node.Clock;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.Scheduler;
import io.replicatedlog.primary.AppendRefusedException.Reason;
import io.replicatedlog.primary.PendingAppends.Outcome;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.logging.Logger;

/**
 * On the primary: the way of an append from its admission to its answer. A client that waits holds no thread.
 *
 * <p>Thread-safe: the schedule of deadlines is guarded by the monitor.
 */
public final class Appends {

    private static final Logger LOG = Logger.getLogger(Appends.class.getName());

    private final ReadOnlyMode readOnlyMode;
    private final PrimaryLog log;
    private final PendingAppends pending;
    private final Runnable appended;
    private final Scheduler scheduler;
    private final Clock clock;
    private final long maxWaitMs;

    /** When deadlines are checked next; {@code Long.MAX_VALUE} for never. Guarded by the monitor. */
    private long nextCheckMs = Long.MAX_VALUE;

    /** Cancels that check. Guarded by the monitor. */
    private Runnable nextCheck = () -> {};

    /**
     * @param appended run after each append: wakes the group commit, the lanes and readers, in this order
     * @param maxWaitMs how long an append waits at most, in milliseconds
     */
    public Appends(
            ReadOnlyMode readOnlyMode,
            PrimaryLog log,
            PendingAppends pending,
            Runnable appended,
            Scheduler scheduler,
            Clock clock,
            long maxWaitMs) {
        this.readOnlyMode = readOnlyMode;
        this.log = log;
        this.pending = pending;
        this.appended = appended;
        this.scheduler = scheduler;
        this.clock = clock;
        this.maxWaitMs = maxWaitMs;
    }

    /**
     * Appends messages, at consecutive offsets and all of them or none, and waits until enough nodes hold them.
     *
     * @param timeoutMs how long to wait at most, in milliseconds; empty or more than the node's own bound: that bound
     * @return as {@link PrimaryLog#append}; completes exceptionally with {@link OutcomeUnknownException} if the reign ends
     * @throws RuntimeException as {@link PrimaryLog#append} if nothing was stored
     */
    public CompletionStage<Outcome> append(Append append, OptionalInt timeoutMs) {
        readOnlyMode.reason().ifPresent(reason -> {
            throw new AppendRefusedException(Reason.READ_ONLY, "The log is read-only now (" + reason + ")");
        });
        long waitMs = timeoutMs.isPresent() ? Math.min(timeoutMs.getAsInt(), maxWaitMs) : maxWaitMs;
        CompletionStage<Outcome> outcome = log.append(append, clock.nowMs() + waitMs);
        appended.run();
        if (!outcome.toCompletableFuture().isDone()) {
            scheduleCheck();
        }
        LOG.log(
                FINE,
                () -> "Appended " + append.messages().size() + ", w="
                        + append.w().nodes());
        return outcome;
    }

    /** Schedules a check for the earliest deadline, unless one is due by then; one check serves all that wait. */
    private synchronized void scheduleCheck() {
        OptionalLong earliest = pending.nextDeadlineMs();
        if (earliest.isEmpty() || earliest.getAsLong() >= nextCheckMs) {
            return;
        }
        nextCheck.run();
        nextCheckMs = earliest.getAsLong();
        nextCheck = scheduler.after(Math.max(0, nextCheckMs - clock.nowMs()), this::expire);
    }

    private void expire() {
        synchronized (this) {
            nextCheckMs = Long.MAX_VALUE;
            nextCheck = () -> {};
        }
        pending.expire(clock.nowMs());
        scheduleCheck();
    }
}
