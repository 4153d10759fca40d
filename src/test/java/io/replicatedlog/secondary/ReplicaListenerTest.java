package io.replicatedlog.secondary;

import static io.replicatedlog.log.SampleRecords.entries;
import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.secondary.SampleBatches.PRIMARY_NODE;
import static io.replicatedlog.secondary.SampleBatches.batch;
import static io.replicatedlog.secondary.SampleBatches.batchFrom;
import static io.replicatedlog.secondary.SampleBatches.replica;
import static io.replicatedlog.secondary.SampleBatches.startingAt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.log.SimulatedDisk;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityFile;
import io.replicatedlog.storage.IdentityStore;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What is told to whoever leads or stands on this node, before anything of it is answered. */
class ReplicaListenerTest {

    private static final UUID LOG_ID = new UUID(1, 1);
    private static final Reign FIRST = new Reign(LOG_ID, 1);
    private static final Reign FIFTH = new Reign(LOG_ID, 5);
    private static final UUID CANDIDATE = new UUID(9, 1);
    private static final URI URL = URI.create("http://candidate:8080");

    private final Log log = new InMemoryLog(Long.MAX_VALUE);
    private final IdentityStore identity = SampleBatches.inMemory();
    private final List<String> told = new ArrayList<>();

    /** What the node had stored, and what its log held, when it told so. */
    private final List<Identity> stored = new ArrayList<>();

    private final List<List<String>> held = new ArrayList<>();

    private final Replica.Listener listener = new Replica.Listener() {
        @Override
        public void promised(long epoch) {
            tell("promised " + epoch);
        }

        @Override
        public void follows(Batch batch) {
            tell("follows " + batch.reign().epoch());
        }

        private void tell(String what) {
            told.add(what);
            stored.add(identity.load());
            held.add(messages(log));
        }
    };

    private final Replica replica = replica(log, identity, listener);

    @Test
    void shouldTellOfAPromiseOnceItIsStoredAndBeforeItIsAnswered() {
        replica.promise(request(5, CANDIDATE));

        assertThat(told).containsExactly("promised 5");
        assertThat(stored.get(0).promise()).contains(new Promise(5, CANDIDATE));
    }

    @Test
    void shouldTellOfNoPromiseThatItRefuses() {
        replica.promise(request(5, CANDIDATE));
        told.clear();

        assertThatThrownBy(() -> replica.promise(request(4, CANDIDATE)))
                .isInstanceOf(ReplicationRefusedException.class);
        assertThatThrownBy(() -> replica.promise(request(5, PRIMARY_NODE)))
                .isInstanceOf(ReplicationRefusedException.class);

        assertThat(told).isEmpty();
    }

    @Test
    void shouldTellOfNoPromiseThatItDoesNotGive() {
        replica.receive(batch(FIRST, 0, 0, 1, records(0, 1, "a")));
        told.clear();

        replica.promise(new PromiseRequest(new Promise(5, CANDIDATE), URL, Optional.of(new UUID(2, 2))));

        assertThat(told).isEmpty();
    }

    @Test
    void shouldTellOfNoPromiseThatItCannotStore() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        Replica durable = replica(log, IdentityFile.open(disk, true, SampleBatches.NODE), listener);
        disk.failForces();

        assertThatThrownBy(() -> durable.promise(request(5, CANDIDATE))).isInstanceOf(StorageException.class);

        assertThat(told).isEmpty();
    }

    /** Each of them is a sign of life of the primary. */
    @Test
    void shouldTellOfEveryBatchThatItTakes() {
        replica.receive(batch(FIRST, 0, 0, 1, records(0, 1, "a")));
        replica.receive(batch(FIRST, 1, 0, 1, Records.empty(1)));
        replica.receive(batch(FIRST, 1, 0, 9, records(5, 1, "held back")));

        assertThat(told).containsExactly("follows 1", "follows 1", "follows 1");
    }

    @Test
    void shouldTellOfABatchOfAHigherEpochBeforeItChangesTheLog() {
        replica.receive(batch(FIRST, 0, 0, 2, records(0, 1, "a", "in doubt")));

        replica.receive(startingAt(1, batchFrom(CANDIDATE, URL, FIFTH, 1, 0, records(1, 5, "B"))));

        assertThat(told).containsExactly("follows 1", "follows 5");
        assertThat(held.get(1)).containsExactly("a", "in doubt");
        assertThat(stored.get(1).reign()).as("it is remembered by then").contains(FIFTH);
        assertThat(messages(log)).containsExactly("a", "B");
    }

    @Test
    void shouldTellOfNoBatchThatItRefuses() {
        replica.receive(startingAt(0, batch(FIFTH, 0, 0, 1, records(0, 5, "a"))));
        told.clear();

        assertThatThrownBy(() -> replica.receive(batch(FIRST, 0, 0, 1, Records.empty(0))))
                .isInstanceOf(ReplicationRefusedException.class);
        assertThatThrownBy(() -> replica.receive(batchFrom(CANDIDATE, URL, FIFTH, 5, 0, Records.empty(1))))
                .isInstanceOf(ReplicationRefusedException.class);
        assertThatThrownBy(() -> replica.receive(batch(new Reign(LOG_ID, 6), 6, 0, 9, Records.empty(7))))
                .isInstanceOf(MismatchException.class);

        assertThat(told).isEmpty();
    }

    /** Entries of the existing system carry a reign, and no node id: enough to end another one. */
    @Test
    void shouldTellOfAHigherEpochThatSingleEntriesAreOf() {
        replica.receive(Optional.of(FIFTH), entries(0, 5, "a"));
        replica.receive(Optional.of(FIFTH), entries(1, 5, "b"));

        assertThat(told).containsExactly("promised 5");
        assertThat(held.get(0)).isEmpty();
    }

    @Test
    void shouldEndEveryReignBeforeTheLogIsEmptied() {
        replica.receive(batch(FIRST, 0, 0, 1, records(0, 1, "a")));
        told.clear();
        held.clear();

        replica.reset(new Reign(new UUID(2, 2), 2));
        replica.reset();

        assertThat(told).containsExactly("promised " + Long.MAX_VALUE, "promised " + Long.MAX_VALUE);
        assertThat(held.get(0)).containsExactly("a");
    }

    private static PromiseRequest request(long epoch, UUID candidate) {
        return new PromiseRequest(new Promise(epoch, candidate), URL, Optional.of(LOG_ID));
    }
}
