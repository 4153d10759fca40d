package io.replicatedlog.leadership;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.replicatedlog.log.Log;
import io.replicatedlog.node.Clock;
import io.replicatedlog.node.ExitHook;
import io.replicatedlog.node.ExitThreads;
import io.replicatedlog.node.Liveness;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.NodeConfig.Failover;
import io.replicatedlog.node.NodeThreads;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.primary.Established;
import io.replicatedlog.primary.Fenced;
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.PeersBean;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Question;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.secondary.Replica;
import io.replicatedlog.secondary.ReplicaBean;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.storage.StorageChange;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

/** The {@link Leadership} of this node as a bean. */
@ApplicationScoped
public class LeadershipBean implements Replica.Listener {

    /** The server does not wait much longer for requests that are under way. */
    private static final long HAND_OVER_LIMIT_MS = 10_000;

    @Inject
    private NodeConfig config;

    @Inject
    private Log log;

    @Inject
    private IdentityStore identity;

    @Inject
    private Liveness liveness;

    @Inject
    private ReplicaBean replica;

    @Inject
    private ReplicationBean replication;

    @Inject
    private PeersBean peers;

    @Inject
    private ReadOnlyMode readOnlyMode;

    @Inject
    private NodeThreads threads;

    @Inject
    private ElectionMeters meters;

    @Inject
    private Event<Led> led;

    private Leadership leadership;
    private PrimaryLog primaryLog; // not by way of its bean, which is gone before the process is
    private ExitHook onExit;

    @PostConstruct
    void build() {
        primaryLog = replication.primaryLog();
        leadership = new Leadership(
                new Leadership.Settings(
                        new Member(config.url()),
                        config.members().isEmpty() ? Optional.empty() : Optional.of(Members.of(config.members())),
                        config.beginsTheLog(),
                        config.failover() == Failover.NONE,
                        config.failover() == Failover.AUTOMATIC,
                        config.recoveryAnswers(),
                        config.electionTimeoutMs(),
                        config.bounds().maxBatchBytes()),
                new Leadership.Parts(
                        log,
                        identity,
                        liveness::failure,
                        replica.replica(),
                        primaryLog,
                        replication.replication(),
                        readOnlyMode,
                        peers::peer,
                        listener()),
                new Leadership.Environment(
                        threads, threads, Clock.SYSTEM, RandomGenerator.getDefault(), UUID::randomUUID));
    }

    private Leadership.Listener listener() {
        return new Leadership.Listener() {
            @Override
            public void led() {
                led.fire(new Led());
            }

            @Override
            public void stood(boolean hasWon) {
                meters.stood(hasWon);
            }
        };
    }

    /** As {@link Leadership#start}. */
    public void start() {
        leadership.start();
        onExit = new ExitHook("hand-over", this::stopLeading);
    }

    /** As the process is told to end, and before its requests are waited for. */
    private void stopLeading() {
        if (config.failover() == Failover.AUTOMATIC) {
            try (ExitThreads threads = new ExitThreads()) {
                leadership.handOver(threads, threads).toCompletableFuture().get(HAND_OVER_LIMIT_MS, MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                System.out.println("Nobody was handed over to: " + e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        int waiting = primaryLog.close();
        System.out.println("Node stops; clients that waited and were told that their outcome is unknown: " + waiting);
    }

    @PreDestroy
    void stop() {
        if (onExit != null) {
            onExit.remove();
        }
    }

    /** As {@link Leadership#role}. */
    public Leadership.Role role() {
        return leadership.role();
    }

    /** As {@link Leadership#primary}. */
    public Optional<Member> primary() {
        return leadership.primary();
    }

    /** As {@link Leadership#succession}. */
    public Succession succession() {
        return leadership.succession();
    }

    /** As {@link Leadership#risk}. */
    public Optional<String> risk() {
        return leadership.risk();
    }

    /** As {@link Leadership#asked}. */
    public Position asked(Question question) {
        return leadership.asked(question);
    }

    /** As {@link Leadership#stand}. */
    public void stand(Optional<Reign> over) {
        leadership.stand(over);
    }

    /** As {@link Leadership#lead}. */
    public CompletionStage<Boolean> lead() {
        return leadership.lead();
    }

    /** As {@link Leadership#transfer}. */
    public CompletionStage<Boolean> transfer(Member to) {
        return leadership.transfer(to);
    }

    @Override
    public void promised(long epoch) {
        leadership.promised(epoch);
    }

    @Override
    public void follows(Batch batch) {
        leadership.follows(batch);
    }

    void onStorageChange(@Observes StorageChange change) {
        leadership.onStorageChange(change);
    }

    void onEstablished(@Observes Established established) {
        leadership.onEstablished(established.reign());
    }

    void onFenced(@Observes Fenced fenced) {
        leadership.onFenced(fenced.over(), fenced.by());
    }
}
