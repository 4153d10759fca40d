package io.replicatedlog.secondary;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.storage.IdentityStore;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** Replicas, and what a primary sends to them, for tests. */
final class SampleBatches {

    static final URI PRIMARY = URI.create("http://primary:8080");

    /** Another member, which may lead later. */
    static final URI CANDIDATE = URI.create("http://candidate:8080");

    static final UUID PRIMARY_NODE = new UUID(8, 1);

    /** The node id of the replica. */
    static final UUID NODE = new UUID(8, 2);

    /** Those of a log that was begun with the replica among them. */
    static final Members FOUNDERS = members(NODE);

    static final Replica.HeldBackBounds WIDE = new Replica.HeldBackBounds(100, 1_000_000);

    private SampleBatches() {}

    static IdentityStore inMemory() {
        return IdentityStore.inMemory(NODE);
    }

    /** As a node makes it that starts on this storage, whose disk always answers. */
    static Replica replica(Log log, IdentityStore identity, Replica.HeldBackBounds bounds) {
        return replica(log, identity, bounds, Replica.Listener.NONE);
    }

    static Replica replica(Log log, IdentityStore identity) {
        return replica(log, identity, WIDE);
    }

    static Replica replica(Log log, IdentityStore identity, Replica.Listener listener) {
        return replica(log, identity, WIDE, listener);
    }

    private static Replica replica(
            Log log, IdentityStore identity, Replica.HeldBackBounds bounds, Replica.Listener listener) {
        CommittedOffset committed = new CommittedOffset(identity.load().committed());
        return new Replica(log, identity, committed, () -> {}, listener, new Random(1), bounds);
    }

    /** @param replica the node id of the second of the three */
    static Members members(UUID replica) {
        Map<Member, Optional<UUID>> ids = new LinkedHashMap<>();
        ids.put(new Member(PRIMARY), Optional.of(PRIMARY_NODE));
        ids.put(new Member(URI.create("http://replica:8080")), Optional.of(replica));
        ids.put(new Member(CANDIDATE), Optional.of(new UUID(8, 3)));
        return new Members(1, ids);
    }

    /** From the node {@link #PRIMARY_NODE}, whose reign began with an empty log. */
    static Batch batch(Reign reign, long previousEpoch, long committed, long end, Records records) {
        return batch(reign, previousEpoch, committed, end, 0, records);
    }

    /** @param acknowledged what the primary has heard that the replica holds */
    static Batch batch(Reign reign, long previousEpoch, long committed, long end, long acknowledged, Records records) {
        return new Batch(
                reign,
                previousEpoch,
                committed,
                0,
                end,
                acknowledged,
                0,
                PRIMARY_NODE,
                PRIMARY,
                Optional.empty(),
                records);
    }

    /** From another node than {@link #PRIMARY_NODE}. */
    static Batch batchFrom(UUID node, URI url, Reign reign, long previousEpoch, long committed, Records records) {
        return new Batch(
                reign, previousEpoch, committed, 0, Long.MAX_VALUE, 0, 0, node, url, Optional.empty(), records);
    }

    /** The same batch of a reign that began here, over entries of earlier ones. */
    static Batch startingAt(long start, Batch batch) {
        return with(start, batch.confirmed(), batch.members(), batch);
    }

    /** The same batch, which says that enough members have confirmed this refill. */
    static Batch confirming(long refill, Batch batch) {
        return with(batch.start(), refill, batch.members(), batch);
    }

    /** The same batch, which tells who belongs. */
    static Batch telling(Members members, Batch batch) {
        return with(batch.start(), batch.confirmed(), Optional.of(members), batch);
    }

    private static Batch with(long start, long confirmed, Optional<Members> members, Batch batch) {
        return new Batch(
                batch.reign(),
                batch.previousEpoch(),
                batch.committed(),
                start,
                batch.end(),
                batch.acknowledged(),
                confirmed,
                batch.node(),
                batch.primary(),
                members,
                batch.records());
    }
}
