package io.replicatedlog.primary;

import io.replicatedlog.log.Log;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.membership.HeartbeatBean;
import io.replicatedlog.membership.NodeIds;
import io.replicatedlog.membership.QuorumWatch;
import io.replicatedlog.node.Clock;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.NodeThreads;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.PeersBean;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.reading.TailBean;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.storage.StorageBean;
import io.replicatedlog.tracing.Tracing;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;

/**
 * The sending side as a bean: makes {@link PrimaryLog}, {@link Replication}, {@link GroupCommit} and {@link Appends}, with the
 * server's threads, MicroProfile REST clients and metrics, and forwards to them.
 */
@ApplicationScoped
public class ReplicationBean {

    /** More than a few clients that do not read their answers can hold up. */
    private static final int ANSWERING_THREADS = 16;

    @Inject
    private NodeConfig config;

    @Inject
    private Log log;

    @Inject
    private IdentityStore identity;

    @Inject
    private CommittedOffset committed;

    @Inject
    private StorageBean storage;

    @Inject
    private HeartbeatBean heartbeats;

    @Inject
    private ReadOnlyMode readOnlyMode;

    @Inject
    private TailBean tail;

    @Inject
    private ReplicationMeters meters;

    @Inject
    private Tracing tracing;

    @Inject
    private NodeThreads threads;

    @Inject
    private Event<Established> establishments;

    @Inject
    private Event<Fenced> fencings;

    @Resource
    private ManagedThreadFactory threadFactory;

    @Inject
    private PeersBean peers;

    /** Clients that wait are answered here. */
    private ExecutorService answers;

    private PendingAppends pending;
    private PrimaryLog primaryLog;
    private Replication replication;
    private GroupCommit groupCommit;
    private Appends appends;
    private NodeIds ids;

    @PostConstruct
    void build() {
        NodeConfig.Bounds bounds = config.bounds();
        answers = Executors.newFixedThreadPool(ANSWERING_THREADS, threadFactory);
        ids = new NodeIds(new Member(config.url()), identity.load().node());
        pending = new PendingAppends(new Acknowledgements(List.of()), this::answer);
        primaryLog = new PrimaryLog(
                log,
                identity,
                pending,
                new PendingReads(bounds.maxReaders(), this::answer),
                committed,
                new PrimaryLog.Settings(
                        config.url(),
                        bounds.maxWaitingAppends(),
                        new IdempotencyWindow.Limits(bounds.idempotencyEntries(), bounds.idempotencyMs())),
                Clock.SYSTEM);
        replication = new Replication(
                primaryLog,
                this::sender,
                new Replication.Node(
                        new Member(config.url()),
                        heartbeats.heartbeats(),
                        new QuorumWatch(config.quorum(), readOnlyMode),
                        readOnlyMode,
                        Clock.SYSTEM,
                        tail::moved,
                        reign -> establishments.fire(new Established(reign)),
                        (over, by) -> fencings.fire(new Fenced(over, by))));
        groupCommit =
                new GroupCommit(log, primaryLog, threads, Clock.SYSTEM, Gathering.MOST_NS, new GroupCommit.Listener() {
                    @Override
                    public void forced(long entries, long nanos) {
                        meters.forced(entries, nanos);
                        tail.moved();
                    }

                    @Override
                    public boolean failed() {
                        storage.check();
                        return storage.failure().isEmpty();
                    }
                });
        appends = new Appends(
                readOnlyMode, primaryLog, pending, this::appended, threads, Clock.SYSTEM, bounds.maxWaitMs());
    }

    private Sender sender(Member member, Sender.Listener listener) {
        NodeConfig.Bounds bounds = config.bounds();
        // A call has a connect, a write and a read in it, each with the time-out; longer than that it hangs.
        Lane.Limits limits = new Lane.Limits(
                bounds.maxBatchEntries(), bounds.maxBatchBytes(), bounds.idleProbeMs(), 3L * config.requestTimeoutMs());
        Backoff backoff = new Backoff(bounds.backoffBaseMs(), bounds.backoffCapMs());
        return new Sender(
                member,
                peers.peer(member),
                primaryLog,
                new Lane(limits, backoff, RandomGenerator.getDefault()),
                Gathering.MOST_NS,
                2L * bounds.maxBatchEntries(),
                new Sender.Services(threads, threads, Clock.SYSTEM, ids, tracing, listener),
                meters.lane(member));
    }

    private void appended() {
        groupCommit.wake();
        replication.wake();
        tail.moved(); // in memory it is as durable as it gets
    }

    @PreDestroy
    void stop() {
        replication.stop();
        answers.shutdown();
        primaryLog.close();
    }

    /** As {@link Appends#append}. */
    public CompletionStage<PendingAppends.Outcome> append(Append append, OptionalInt timeoutMs) {
        return appends.append(append, timeoutMs);
    }

    /** The log that appends go to. */
    public PrimaryLog primaryLog() {
        return primaryLog;
    }

    /** The clients that wait, and what nodes hold. */
    public PendingAppends pending() {
        return pending;
    }

    public Replication replication() {
        return replication;
    }

    void onHeartbeat(@Observes Heartbeat heartbeat) {
        replication.onHeartbeat(heartbeat);
    }

    /**
     * Clients are answered on threads of their own: a lane does not wait for sockets of clients. Nor are they the server's
     * threads: with those this runtime breaks a few answers in 100,000 ({@code docs/performance.md}).
     */
    private void answer(Runnable completions) {
        try {
            answers.execute(completions);
        } catch (RejectedExecutionException e) {
            completions.run();
        }
    }
}
