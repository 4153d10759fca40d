package io.replicatedlog.leadership;

import io.replicatedlog.log.Log;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.membership.HeartbeatBean;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.node.Clock;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.NodeThreads;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.primary.Fenced;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.storage.StorageBean;
import io.replicatedlog.storage.StorageChange;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** On the primary: the {@link Candidate} as a bean. Does nothing on a secondary. */
@ApplicationScoped
public class CandidateBean {

    @Inject
    private NodeConfig config;

    @Inject
    private Log log;

    @Inject
    private IdentityStore identity;

    @Inject
    private StorageBean storage;

    @Inject
    private ReplicationBean replication;

    @Inject
    private HeartbeatBean heartbeats;

    @Inject
    private ReadOnlyMode readOnlyMode;

    @Inject
    private NodeThreads threads;

    private Candidate candidate;

    @PostConstruct
    void build() {
        candidate = new Candidate(
                new Candidate.Settings(
                        config.url(),
                        Member.of(config.secondaries()),
                        config.recoveryAnswers(),
                        config.bounds().maxBatchBytes()),
                log,
                identity,
                storage::failure,
                replication.primaryLog(),
                replication.replication(),
                readOnlyMode,
                new Candidate.Services(
                        heartbeats::health,
                        replication::peer,
                        threads,
                        threads,
                        Clock.SYSTEM,
                        RandomGenerator.getDefault(),
                        UUID::randomUUID));
    }

    /** As {@link Candidate#start}. */
    public void start() {
        candidate.start();
    }

    /** As {@link Candidate#risk}. */
    public Optional<String> risk() {
        return candidate.risk();
    }

    void onStorageChange(@Observes StorageChange change) {
        if (config.isPrimary()) {
            candidate.onStorageChange(change);
        }
    }

    void onHeartbeat(@Observes Heartbeat heartbeat) {
        candidate.onHeartbeat(heartbeat);
    }

    void onFenced(@Observes Fenced fenced) {
        candidate.onFenced(fenced.over(), fenced.by());
    }
}
