package io.replicatedlog.secondary;

import static java.util.logging.Level.FINE;

import io.replicatedlog.log.Entry;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.node.Clock;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.reading.TailBean;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.storage.StorageBean;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;

/** The {@link Replica} of this node as a bean, with its changes of state logged. */
@ApplicationScoped
public class ReplicaBean {

    private static final Logger LOG = Logger.getLogger(ReplicaBean.class.getName());

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
    private Replica.Listener listener;

    @Inject
    private TailBean tail;

    private Replica replica;

    /** When the primary called last, on the clock that never goes back; empty before that. */
    private volatile OptionalLong calledAtMs = OptionalLong.empty();

    @PostConstruct
    void build() {
        replica = new Replica(
                log,
                identity,
                committed,
                storage::requireResponsive,
                listener,
                RandomGenerator.getDefault(),
                new Replica.HeldBackBounds(
                        config.bounds().maxHeldBackEntries(), config.bounds().maxHeldBackBytes()));
    }

    /** As {@link Replica#receive(Batch)}. */
    public Acknowledgement receive(Batch batch) {
        Replica.Status before = replica.status();
        Acknowledgement acknowledgement = replica.receive(batch);
        calledAtMs = OptionalLong.of(Clock.SYSTEM.nowMs());
        tail.moved();
        LOG.log(
                FINE,
                () -> "Received " + batch.records().count() + " entries from "
                        + batch.records().first() + " on; end is " + acknowledgement.end());
        if (!before.reign().equals(Optional.of(batch.reign()))) {
            LOG.info("Follows " + batch.primary() + ": " + batch.reign() + ", from offset " + before.end() + " on");
        }
        return acknowledgement;
    }

    /** As {@link Replica#receive(Optional, List)}. */
    public Acknowledgement receive(Optional<Reign> sender, List<Entry> entries) {
        Acknowledgement acknowledgement = replica.receive(sender, entries);
        tail.moved();
        return acknowledgement;
    }

    /** As {@link Replica#promise}. */
    public Position promise(PromiseRequest request) {
        return replica.promise(request);
    }

    /**
     * As {@link Replica#read}.
     *
     * @param maxBytes never more than what this node sends in one call
     */
    public Records read(long from, long previousEpoch, int maxBytes) {
        return replica.read(
                from, previousEpoch, Math.min(maxBytes, config.bounds().maxBatchBytes()));
    }

    /** What calls of other nodes go to. */
    public Replica replica() {
        return replica;
    }

    /** How long ago the primary called last, in seconds; empty if it has not called this process. */
    public OptionalLong secondsSinceCall() {
        OptionalLong then = calledAtMs;
        return then.isPresent()
                ? OptionalLong.of((Clock.SYSTEM.nowMs() - then.getAsLong()) / 1_000)
                : OptionalLong.empty();
    }

    /** As {@link Replica#status}. */
    public Replica.Status status() {
        return replica.status();
    }
}
