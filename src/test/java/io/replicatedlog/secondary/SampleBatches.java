package io.replicatedlog.secondary;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.storage.IdentityStore;
import java.net.URI;
import java.util.UUID;

/** Replicas, and what a primary sends to them, for tests. */
final class SampleBatches {

    static final URI PRIMARY = URI.create("http://primary:8080");
    static final UUID PRIMARY_NODE = new UUID(8, 1);

    /** The node id of the replica. */
    static final UUID NODE = new UUID(8, 2);

    static final Replica.HeldBackBounds WIDE = new Replica.HeldBackBounds(100, 1_000_000);

    private SampleBatches() {}

    static IdentityStore inMemory() {
        return IdentityStore.inMemory(NODE);
    }

    /** As a node makes it that starts on this storage, whose disk always answers. */
    static Replica replica(Log log, IdentityStore identity, Replica.HeldBackBounds bounds) {
        return new Replica(log, identity, new CommittedOffset(identity.load().committed()), () -> {}, bounds);
    }

    static Replica replica(Log log, IdentityStore identity) {
        return replica(log, identity, WIDE);
    }

    /** From the node {@link #PRIMARY_NODE} to a node that has acknowledged nothing in this reign. */
    static Batch batch(Reign reign, long previousEpoch, long committed, long end, Records records) {
        return batch(reign, previousEpoch, committed, end, 0, records);
    }

    static Batch batch(Reign reign, long previousEpoch, long committed, long end, long acknowledged, Records records) {
        return new Batch(reign, previousEpoch, committed, end, acknowledged, PRIMARY_NODE, PRIMARY, records);
    }

    /** From another node than {@link #PRIMARY_NODE}. */
    static Batch batchFrom(UUID node, URI url, Reign reign, long previousEpoch, long committed, Records records) {
        return new Batch(reign, previousEpoch, committed, Long.MAX_VALUE, 0, node, url, records);
    }
}
