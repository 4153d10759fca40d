package io.replicatedlog.primary;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.logging.Level.FINE;

import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.primary.AppendRefusedException.Reason;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.reading.TailBean;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.logging.Logger;

/** On the primary: the way of an append from its admission to its answer. A client that waits holds no thread. */
@ApplicationScoped
public class AppendBean {

    private static final Logger LOG = Logger.getLogger(AppendBean.class.getName());

    @Inject
    private NodeConfig config;

    @Inject
    private ReadOnlyMode readOnlyMode;

    @Inject
    private ReplicationBean replication;

    @Inject
    private GroupCommitBean groupCommit;

    @Inject
    private TailBean tail;

    @Resource(lookup = "concurrent/scheduler")
    private ManagedScheduledExecutorService scheduler;

    /** When the next look at deadlines is scheduled for; {@code Long.MAX_VALUE} for never. Guarded by the monitor. */
    private long nextLookMs = Long.MAX_VALUE;

    /** That look, or {@code null}. Guarded by the monitor. */
    private Future<?> nextLook;

    /**
     * Appends messages, at consecutive offsets and all of them or none, and waits until enough nodes hold them.
     *
     * @param timeoutMs how long to wait at most, in milliseconds; empty or more than the node's own bound: that bound
     * @return as {@link PrimaryLog#append}; completes exceptionally with {@link OutcomeUnknownException} if the node stops
     * @throws RuntimeException as {@link PrimaryLog#append} if nothing was stored
     */
    public CompletionStage<Outcome> append(Append append, OptionalInt timeoutMs) {
        readOnlyMode.reason().ifPresent(reason -> {
            throw new AppendRefusedException(Reason.READ_ONLY, "The log is read-only now (" + reason + ")");
        });
        long deadlineMs = ReplicationBean.nowMs()
                + Math.min(timeoutMs.orElse(Integer.MAX_VALUE), config.bounds().maxWaitMs());
        CompletionStage<Outcome> outcome =
                replication.primaryLog().append(System.currentTimeMillis(), append, deadlineMs);
        groupCommit.wake();
        replication.wake();
        tail.moved(); // in memory it is as durable as it gets
        if (!outcome.toCompletableFuture().isDone()) {
            lookAtDeadlines();
        }
        LOG.log(
                FINE,
                () -> "Appended " + append.messages().size() + ", w="
                        + append.w().nodes());
        return outcome;
    }

    /** Sees to it that the next deadline is looked at in time; one scheduled look serves all that wait. */
    private synchronized void lookAtDeadlines() {
        OptionalLong next = replication.pending().nextDeadlineMs();
        if (next.isEmpty() || next.getAsLong() >= nextLookMs) {
            return;
        }
        if (nextLook != null) {
            nextLook.cancel(false);
        }
        nextLookMs = next.getAsLong();
        try {
            long delayMs = Math.max(0, nextLookMs - ReplicationBean.nowMs());
            nextLook = scheduler.schedule(this::expire, delayMs, MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(FINE, "The node stops; whoever waits is told so", e);
        }
    }

    private void expire() {
        synchronized (this) {
            nextLookMs = Long.MAX_VALUE;
            nextLook = null;
        }
        replication.pending().expire(ReplicationBean.nowMs());
        lookAtDeadlines();
    }
}
