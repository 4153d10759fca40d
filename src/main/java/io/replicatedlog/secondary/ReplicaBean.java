package io.replicatedlog.secondary;

import static java.util.logging.Level.FINE;

import io.replicatedlog.log.Entry;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.TailBean;
import io.replicatedlog.storage.IdentityStore;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.logging.Logger;

/** On a secondary: the {@link Replica} behind the API, with its state changes logged. */
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
    private TailBean tail;

    private Replica replica;

    /** When the primary called last, in nanoseconds; {@code null} before that. */
    private volatile Long calledAt;

    @PostConstruct
    void build() {
        replica = new Replica(
                log,
                identity,
                config.bounds().maxHeldBackEntries(),
                config.bounds().maxHeldBackBytes());
    }

    /**
     * As {@link Replica#receive(Batch)}.
     *
     * @return the end of this node's log
     */
    public long receive(Batch batch) {
        Replica.Status before = replica.status();
        long end = replica.receive(batch);
        calledAt = System.nanoTime();
        tail.moved();
        LOG.log(
                FINE,
                () -> "Received " + batch.records().count() + " entries from "
                        + batch.records().first() + " on; end is " + end);
        if (!before.reign().equals(Optional.of(batch.reign()))) {
            LOG.info("Follows " + batch.primary() + ": log " + batch.reign().logId() + ", epoch "
                    + batch.reign().epoch() + ", from offset " + before.end() + " on");
        }
        return end;
    }

    /**
     * As {@link Replica#receive(Optional, List)}.
     *
     * @return the end of this node's log
     */
    public long receive(Optional<Reign> sender, List<Entry> entries) {
        long end = replica.receive(sender, entries);
        tail.moved();
        return end;
    }

    /** How far this node's log goes. */
    public Position position() {
        return replica.position();
    }

    /** As {@link Replica#read}. */
    public Records read(long from, long previousEpoch) {
        return replica.read(from, previousEpoch, config.bounds().maxBatchBytes());
    }

    /** Forgets every entry; follows this reign from now on, or whoever calls first. */
    public void reset(Optional<Reign> reign) {
        replica.reset(reign);
        LOG.warning("The log was emptied by the testing API");
    }

    /** How long ago the primary called last, in seconds; empty if it has not called this process. */
    public OptionalLong secondsSinceCall() {
        Long then = calledAt;
        return then == null ? OptionalLong.empty() : OptionalLong.of((System.nanoTime() - then) / 1_000_000_000);
    }

    /** As {@link Replica#committed}. */
    public long committed() {
        return replica.committed();
    }

    public Replica.Status status() {
        return replica.status();
    }
}
