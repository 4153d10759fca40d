package io.replicatedlog.primary;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.logging.Level.FINE;
import static java.util.logging.Level.WARNING;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.membership.Health;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.membership.HeartbeatMonitor;
import io.replicatedlog.node.ExitHook;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.Progress;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.ReadOnlyMode.Cause;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.PeerConnection;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.TailBean;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.tracing.Tracing;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;

/**
 * On the primary: drives one {@link Sender} to each secondary. It has at most one task on the executor; a task makes one
 * call, hands in the answer, and asks what is next.
 */
@ApplicationScoped
public class ReplicationBean {

    private static final Logger LOG = Logger.getLogger(ReplicationBean.class.getName());
    private static final long COMMITTED_EVERY_MS = 10_000;

    /** More than a few clients that do not read their answers can hold up. */
    private static final int ANSWERING_THREADS = 16;

    @Inject
    private NodeConfig config;

    @Inject
    private Log log;

    @Inject
    private IdentityStore identity;

    @Inject
    private HeartbeatMonitor heartbeats;

    @Inject
    private ReadOnlyMode readOnlyMode;

    @Inject
    private TailBean tail;

    @Inject
    private ReplicationMeters meters;

    @Inject
    private Tracing tracing;

    @Resource
    private ManagedExecutorService executor;

    @Resource(lookup = "concurrent/scheduler")
    private ManagedScheduledExecutorService scheduler;

    @Resource
    private ManagedThreadFactory threads;

    /** When what is committed was last noted for the next start. */
    private final AtomicLong committedNotedMs = new AtomicLong(nowMs());

    /** Clients that wait are answered here. */
    private ExecutorService answers;

    private PendingAppends pending;
    private PrimaryLog primaryLog;
    private List<Secondary> secondaries;
    private ExitHook onExit;

    /** @param retry the next try after a failure, so that it can be cancelled; {@code null} before the first */
    private record Secondary(
            int node,
            URI url,
            Sender sender,
            Gathering gathering,
            PeerConnection connection,
            ReplicationMeters.OfLane meters,
            Progress catchUp,
            AtomicReference<Future<?>> retry) {

        Lane lane() {
            return sender.lane();
        }
    }

    /**
     * What the primary knows of one secondary.
     *
     * @param acknowledged it holds everything below this
     * @param lag how many entries it lacks
     * @param remainingSeconds until it lacks none, where that takes long and can be told
     */
    public record SecondaryStatus(
            URI url, Health health, long acknowledged, long lag, OptionalLong remainingSeconds, Lane.Status lane) {}

    @PostConstruct
    void build() {
        NodeConfig.Bounds bounds = config.bounds();
        answers = Executors.newFixedThreadPool(ANSWERING_THREADS, threads);
        pending = new PendingAppends(config.nodes(), this::complete);
        primaryLog = new PrimaryLog(
                log,
                pending,
                identity,
                bounds.maxWaitingAppends(),
                config.url(),
                new IdempotencyWindow.Limits(bounds.idempotencyEntries(), bounds.idempotencyMs()));
        Backoff backoff = new Backoff(bounds.backoffBaseMs(), bounds.backoffCapMs());
        // A call has a connect, a write and a read in it, each with the time-out; longer than that it hangs.
        Lane.Limits limits = new Lane.Limits(
                bounds.maxBatchEntries(), bounds.maxBatchBytes(), bounds.idleProbeMs(), 3L * config.requestTimeoutMs());
        List<Secondary> built = new ArrayList<>();
        for (URI url : config.secondaries()) {
            int node = built.size() + 1;
            Lane lane = new Lane(limits, backoff, RandomGenerator.getDefault());
            built.add(new Secondary(
                    node,
                    url,
                    new Sender(node, lane, primaryLog),
                    new Gathering(Gathering.MOST_NS),
                    new PeerConnection(
                            url, config.requestTimeoutMs(), config.access().clusterSecret()),
                    meters.lane(url),
                    new Progress("entries", 2L * bounds.maxBatchEntries()),
                    new AtomicReference<>()));
        }
        secondaries = List.copyOf(built);
        onExit = new ExitHook("answer-waiting-appends", this::closeOnExit);
    }

    private void closeOnExit() {
        int waiting = primaryLog.close();
        System.out.println("Node stops; clients that waited and were told that their outcome is unknown: " + waiting);
    }

    @PreDestroy
    void stop() {
        onExit.remove();
        noteCommitted();
        for (Secondary secondary : secondaries) {
            Future<?> retry = secondary.retry().get();
            if (retry != null) {
                retry.cancel(false);
            }
            secondary.connection().close();
        }
        answers.shutdown();
        primaryLog.close();
    }

    /** The log that appends go to. */
    public PrimaryLog primaryLog() {
        return primaryLog;
    }

    /** What nodes hold, and who waits. */
    public PendingAppends pending() {
        return pending;
    }

    /** Where a secondary is called, by its place in the configuration. */
    public PeerConnection connection(int secondary) {
        return secondaries.get(secondary).connection();
    }

    /** Begins a reign over what the log holds. Entries are taken once enough secondaries follow it. */
    public void begin(Reign reign, int followersNeeded) {
        primaryLog.begin(reign, followersNeeded);
        restartLanes();
    }

    /** Begins a new log, empty, and lets every lane start again. */
    public Reign reset(UUID logId) {
        Reign reign = primaryLog.reset(logId);
        restartLanes();
        return reign;
    }

    private void restartLanes() {
        tail.moved();
        secondaries.forEach(secondary -> secondary.lane().reset());
        openIfEstablished();
        wake();
    }

    private void openIfEstablished() {
        Reign reign = primaryLog.reign();
        if (primaryLog.isEstablished() && readOnlyMode.leave(Cause.RECOVERY)) {
            LOG.info("Recovered: log " + reign.logId() + ", epoch " + reign.epoch() + ", from offset "
                    + primaryLog.end() + " on; "
                    + readOnlyMode
                            .reason()
                            .map(why -> "still read-only: " + why)
                            .orElse("appends are taken"));
        }
    }

    /** Lets every lane look whether there is something to send. Call it after each append. */
    public void wake() {
        secondaries.forEach(this::pump);
    }

    /** One for each secondary, in the order of the configuration. */
    public List<SecondaryStatus> status() {
        return secondaries.stream().map(this::status).toList();
    }

    /** Of one secondary, by its place in the configuration. */
    public SecondaryStatus status(int secondary) {
        return status(secondaries.get(secondary));
    }

    private SecondaryStatus status(Secondary secondary) {
        long acknowledged = pending.acknowledged(secondary.node());
        Lane.Status lane = secondary.sender().status();
        return new SecondaryStatus(
                secondary.url(),
                heartbeats.health(secondary.node() - 1),
                acknowledged,
                Math.max(0, primaryLog.end() - acknowledged),
                lane.state() == Lane.State.SENDING ? secondary.catchUp().remainingSeconds() : OptionalLong.empty(),
                lane);
    }

    /** Now, in milliseconds, on a clock that never goes back; the clock of lanes and deadlines. */
    public static long nowMs() {
        return System.nanoTime() / 1_000_000;
    }

    void onHeartbeat(@Observes Heartbeat heartbeat) {
        Secondary secondary = secondaries.get(heartbeat.secondary());
        boolean stopped = heartbeat.before() == Health.UNHEALTHY;
        boolean stops = heartbeat.after() == Health.UNHEALTHY;
        if (stops != stopped) {
            long held = pending.acknowledged(secondary.node());
            LOG.info("Lane to " + secondary.url() + (stops ? " stops until a heartbeat is answered" : " resumes")
                    + ": at offset " + held + ", " + (primaryLog.end() - held) + " entries behind");
        }
        noteCommittedNowAndThen();
        secondary.lane().health(heartbeat.after());
        if (secondary.lane().isOverdue(nowMs())) {
            LOG.warning("Lane to " + secondary.url() + " cuts a call that hangs");
            secondary.connection().abort();
        }
        pump(secondary);
    }

    /** Seldom enough to cost nothing. */
    private void noteCommittedNowAndThen() {
        long last = committedNotedMs.get();
        long now = nowMs();
        if (now - last >= COMMITTED_EVERY_MS && committedNotedMs.compareAndSet(last, now)) {
            noteCommitted();
        }
    }

    private void noteCommitted() {
        try {
            primaryLog.noteCommitted();
        } catch (StorageException e) {
            LOG.log(FINE, "The next start knows less of what is committed", e);
        }
    }

    private void pump(Secondary secondary) {
        secondary.gathering().appended(primaryLog.end());
        secondary.sender().begin(nowMs()).ifPresent(call -> {
            try {
                executor.execute(() -> run(secondary, call));
            } catch (RejectedExecutionException e) {
                LOG.log(FINE, "The node stops; no more calls to " + secondary.url(), e);
                secondary.lane().abandoned();
            }
        });
    }

    private void run(Secondary secondary, Lane.Call call) {
        try {
            attempt(secondary, call);
        } catch (RuntimeException | Error e) {
            // An Error too: a lane that is never given back would be silent for ever.
            failed(secondary, call, e);
        }
        pump(secondary);
    }

    private void attempt(Secondary secondary, Lane.Call call) {
        try {
            if (call.maxEntries() > 0) {
                secondary.gathering().await(call.from(), primaryLog::end);
            }
            secondary.sender().read(call).ifPresent(batch -> send(secondary, call, batch));
        } catch (MismatchException differs) {
            LOG.fine(() -> secondary.url() + " differs before " + call.from());
            secondary.sender().differs(nowMs(), call, differs);
        }
    }

    private void send(Secondary secondary, Lane.Call call, Batch batch) {
        secondary.gathering().served(batch.records().count());
        long began = System.nanoTime();
        long heldEnd = tracing.replicate(
                primaryLog.traces(batch),
                batch.records().first(),
                batch.records().count(),
                () -> secondary.connection().replicate(batch));
        if (call.maxEntries() > 0) {
            secondary.meters().acknowledged(batch.records().count(), System.nanoTime() - began);
        }
        Sender.Answer answer = secondary.sender().answered(nowMs(), call, batch, heldEnd);
        if (answer.counted().isEmpty()) {
            return;
        }
        tail.moved();
        openIfEstablished();
        heartbeats.alive(secondary.node() - 1);
        if (secondary.catchUp().update(nowMs(), primaryLog.end() - heldEnd)) {
            LOG.info("Lane to " + secondary.url() + " catches up: "
                    + secondary.catchUp().describe());
        }
        if (heldEnd < answer.heldBefore()) {
            LOG.warning("Secondary " + secondary.url() + " lost data: it holds " + heldEnd + " entries and had"
                    + " acknowledged " + answer.heldBefore() + "; it is refilled from there");
        }
        switch (answer.counted().get()) {
            case COUNTED ->
                LOG.log(
                        FINE,
                        () -> secondary.url() + " acknowledged " + heldEnd + " after "
                                + batch.records().count() + " entries");
            case CAUGHT_UP ->
                LOG.info("Lane to " + secondary.url() + " has caught up at offset " + heldEnd
                        + (answer.failuresBefore() > 0
                                ? ", after " + answer.failuresBefore() + " failed calls in a row"
                                : ""));
            case NOT_COUNTED -> logFailure(secondary);
        }
    }

    private void failed(Secondary secondary, Lane.Call call, Throwable failure) {
        String error = Failure.describe(failure);
        boolean tooMuch = Failure.isTimeout(failure);
        if (failure instanceof PeerConnection.NotAcknowledgedException refused) {
            error = refused.getMessage();
            tooMuch = refused.isTooLarge();
        }
        secondary.sender().failed(nowMs(), call, error, tooMuch);
        logFailure(secondary);
        LOG.log(FINE, "The call to " + secondary.url() + " that failed", failure);
    }

    /** Logs a failed call and sees to it that the lane tries again. The first in a row is news, the others are not. */
    private void logFailure(Secondary secondary) {
        secondary.meters().failed();
        Lane.Status status = secondary.sender().status();
        long delayMs = Math.max(0, secondary.lane().notBeforeMs() - nowMs());
        LOG.log(
                status.failures() == 1 ? WARNING : FINE,
                () -> "Lane to " + secondary.url() + ": attempt " + status.failures() + " failed, next in " + delayMs
                        + " ms (" + status.lastError() + ")");
        try {
            secondary.retry().set(scheduler.schedule(() -> pump(secondary), delayMs, MILLISECONDS));
        } catch (RejectedExecutionException e) {
            LOG.log(FINE, "The node stops; no more calls to " + secondary.url(), e);
        }
    }

    /**
     * Clients are answered on threads of their own: a lane does not wait for sockets of clients. Nor are they the server's
     * threads: with those this runtime breaks a few answers in 100,000 ({@code docs/performance.md}).
     */
    private void complete(Runnable completions) {
        try {
            answers.execute(completions);
        } catch (RejectedExecutionException e) {
            completions.run();
        }
    }
}
