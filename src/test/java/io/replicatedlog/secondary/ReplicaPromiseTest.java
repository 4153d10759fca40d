package io.replicatedlog.secondary;

import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.secondary.SampleBatches.CANDIDATE;
import static io.replicatedlog.secondary.SampleBatches.FOUNDERS;
import static io.replicatedlog.secondary.SampleBatches.NODE;
import static io.replicatedlog.secondary.SampleBatches.PRIMARY_NODE;
import static io.replicatedlog.secondary.SampleBatches.batch;
import static io.replicatedlog.secondary.SampleBatches.batchFrom;
import static io.replicatedlog.secondary.SampleBatches.replica;
import static io.replicatedlog.secondary.SampleBatches.startingAt;
import static io.replicatedlog.secondary.SampleBatches.telling;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Records;
import io.replicatedlog.log.SimulatedDisk;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.storage.IdentityFile;
import io.replicatedlog.storage.IdentityStore;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a node promises to candidates, and what it refuses from then on. */
class ReplicaPromiseTest {

    private static final UUID LOG_ID = new UUID(1, 1);
    private static final UUID ANOTHER_LOG = new UUID(2, 2);
    private static final Reign FIRST = new Reign(LOG_ID, 1);
    private static final Reign FIFTH = new Reign(LOG_ID, 5);
    private static final UUID ONE = new UUID(9, 1);
    private static final UUID TWO = new UUID(9, 2);

    private final HookedLog log = new HookedLog(new InMemoryLog(Long.MAX_VALUE));
    private final IdentityStore identity = SampleBatches.inMemory();
    private final Replica replica = replica(log, identity);

    @Test
    void shouldGiveAPromiseAndSayHowFarItsLogGoes() {
        replica.receive(telling(FOUNDERS, batch(FIRST, 0, 1, 2, records(0, 1, "a", "b"))));
        replica.receive(batch(FIRST, 1, 1, 2, Records.empty(2)));

        Position position = replica.promise(request(5, ONE));

        assertThat(position).isEqualTo(new Position(NODE, 5, Optional.of(FIRST), 1, 2, 1, 1, true));
        assertThat(identity.load().promise()).contains(new Promise(5, ONE));
        assertThat(identity.load().reign()).as("it follows nobody by promising").contains(FIRST);
    }

    @Test
    void shouldGiveAPromiseOfANewNodeThatHoldsNothing() {
        assertThat(replica.promise(request(1, ONE)))
                .isEqualTo(new Position(NODE, 1, Optional.empty(), 0, 0, 0, 0, false));
    }

    @Test
    void shouldRefuseALowerEpochAndTellWhichOneItHasPromised() {
        replica.promise(request(5, ONE));

        ReplicationRefusedException refused = fenced(() -> replica.promise(request(4, TWO)));

        assertThat(refused.epoch()).isEqualTo(5);
        assertThat(refused.reign()).isEmpty();
        assertThat(fenced(() -> replica.promise(request(4, ONE))).epoch())
                .as("nor to the same candidate")
                .isEqualTo(5);
        assertThat(identity.load().promise()).contains(new Promise(5, ONE));
    }

    @Test
    void shouldRefuseAnEpochThatItFollows() {
        replica.receive(batch(FIFTH, 0, 0, 1, records(0, 5, "a")));

        assertThat(fenced(() -> replica.promise(request(5, ONE))).reign()).contains(FIFTH);
        assertThat(fenced(() -> replica.promise(request(4, ONE))).epoch()).isEqualTo(5);
        assertThat(replica.promise(request(5, PRIMARY_NODE)).promised())
                .as("whose it is")
                .isEqualTo(5);
    }

    @Test
    void shouldGiveNoEpochToTwoCandidates() {
        replica.promise(request(5, ONE));

        assertThat(fenced(() -> replica.promise(request(5, TWO))).epoch()).isEqualTo(5);

        assertThat(identity.load().promise()).contains(new Promise(5, ONE));
    }

    @Test
    void shouldGiveTheSamePromiseToTheSameCandidateAgain() {
        Position first = replica.promise(request(5, ONE));

        assertThat(replica.promise(request(5, ONE))).isEqualTo(first);
        assertThat(replica.promise(request(6, TWO)).promised())
                .as("a higher one to another")
                .isEqualTo(6);
        assertThat(fenced(() -> replica.promise(request(5, ONE))).epoch()).isEqualTo(6);
    }

    @Test
    void shouldForceAPromiseBeforeItAnswers() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        Replica durable = replica(new InMemoryLog(1_000), IdentityFile.open(disk, true, NODE));
        durable.promise(request(5, ONE));
        disk.crash(new Random(1));

        Replica restarted = replica(new InMemoryLog(1_000), IdentityFile.open(disk, true, TWO));

        assertThat(fenced(() -> restarted.promise(request(5, TWO))).epoch()).isEqualTo(5);
        assertThat(restarted.promise(request(5, ONE)).node()).isEqualTo(NODE);
    }

    @Test
    void shouldGiveNoPromiseThatItCannotStore() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        IdentityStore store = IdentityFile.open(disk, true, NODE);
        Replica durable = replica(new InMemoryLog(1_000), store);
        disk.failForces();

        assertThatThrownBy(() -> durable.promise(request(5, ONE))).isInstanceOf(StorageException.class);

        assertThat(store.load().promise()).isEmpty();
        disk.heal();
        assertThat(durable.promise(request(5, TWO)).promised()).isEqualTo(5);
    }

    @Test
    void shouldTakeNothingOfALowerEpochThanItHasPromised() {
        replica.receive(batch(FIRST, 0, 0, 1, records(0, 1, "a")));
        replica.promise(request(5, ONE));

        ReplicationRefusedException refused = fenced(() -> replica.receive(batch(FIRST, 1, 0, 2, records(1, 1, "b"))));

        assertThat(refused.epoch()).isEqualTo(5);
        assertThat(refused.reign()).contains(FIRST);
        fenced(() -> replica.receive(batch(new Reign(LOG_ID, 4), 1, 0, 1, Records.empty(1))));
        fenced(() -> replica.receive(Optional.of(FIRST), List.of()));
        assertThat(messages(log)).containsExactly("a");
    }

    @Test
    void shouldTakeThePromisedEpochOnlyFromItsCandidate() {
        replica.promise(request(5, ONE));

        assertThat(fenced(() -> replica.receive(
                                batchFrom(TWO, CANDIDATE, FIFTH, 0, 0, records(0, 5, "of another node"))))
                        .epoch())
                .isEqualTo(5);
        assertThat(replica.receive(batchFrom(ONE, CANDIDATE, FIFTH, 0, 0, records(0, 5, "a")))
                        .end())
                .isEqualTo(1);
        assertThat(messages(log)).containsExactly("a");
    }

    /** The candidate was told of a log without these entries, and must find out by itself whether they are there. */
    @Test
    void shouldNotAcknowledgeABatchThatWasBeingForcedWhenItPromisedAHigherEpoch() {
        replica.receive(batch(FIRST, 0, 0, 1, records(0, 1, "a")));
        log.beforeForce(() -> replica.promise(request(5, ONE)));

        ReplicationRefusedException refused = fenced(() -> replica.receive(batch(FIRST, 1, 2, 2, records(1, 1, "b"))));

        assertThat(refused.epoch()).isEqualTo(5);
        assertThat(replica.status().committed())
                .as("nor is what it said believed")
                .isZero();
    }

    @Test
    void shouldNotAcknowledgeABatchThatWasBeingForcedWhenItFollowedAHigherEpoch() {
        replica.receive(batch(FIRST, 0, 0, 1, records(0, 1, "a")));
        log.beforeForce(() ->
                replica.receive(startingAt(1, batchFrom(ONE, CANDIDATE, FIFTH, 1, 0, records(1, 5, "B")))));

        assertThat(fenced(() -> replica.receive(batch(FIRST, 1, 0, 2, records(1, 1, "b"))))
                        .reign())
                .contains(FIFTH);

        assertThat(messages(log)).containsExactly("a", "B");
    }

    @Test
    void shouldPromiseNothingToACandidateWithAnotherLog() {
        replica.receive(batch(FIRST, 0, 0, 1, records(0, 1, "a")));
        PromiseRequest foreign = new PromiseRequest(new Promise(5, ONE), CANDIDATE, Optional.of(ANOTHER_LOG));

        Position position = replica.promise(foreign);

        assertThat(position).as("its position tells").isEqualTo(replica.position());
        assertThat(position.isOf(ANOTHER_LOG)).isFalse();
        assertThat(position.promised()).isEqualTo(1);
        assertThat(identity.load().promise()).contains(new Promise(1, PRIMARY_NODE));
        assertThat(replica.receive(batch(FIRST, 1, 0, 2, records(1, 1, "b"))).end())
                .as("its primary is not fenced")
                .isEqualTo(2);
    }

    @Test
    void shouldPromiseToACandidateWithAnotherLogWhileItHoldsNothing() {
        replica.receive(batch(FIRST, 0, 0, 0, Records.empty(0)));

        assertThat(replica.promise(new PromiseRequest(new Promise(5, ONE), CANDIDATE, Optional.of(ANOTHER_LOG)))
                        .promised())
                .isEqualTo(5);
    }

    @Test
    void shouldKeepItsPromiseWhenItsLogIsReplacedByANewOne() {
        replica.promise(request(5, ONE));

        replica.reset(new Reign(ANOTHER_LOG, 3));

        assertThat(fenced(() -> replica.promise(request(5, TWO))).epoch()).isEqualTo(5);
    }

    /** As another storage, with a node id that no member list has. */
    @Test
    void shouldForgetItsPromiseWithEverythingElse() {
        replica.promise(request(5, ONE));

        replica.reset();

        assertThat(replica.promise(request(4, TWO)).promised()).isEqualTo(4);
        assertThat(identity.load().node()).isNotEqualTo(NODE);
    }

    @Test
    void shouldPromiseNothingToACandidateThatIsNoMember() {
        replica.receive(telling(FOUNDERS, batch(FIRST, 0, 0, 1, records(0, 1, "a"))));
        URI stranger = URI.create("http://stranger:8080");

        ReplicationRefusedException refused = catchThrowableOfType(
                ReplicationRefusedException.class,
                () -> replica.promise(new PromiseRequest(new Promise(5, ONE), stranger, Optional.of(LOG_ID))));

        assertThat(refused.reason()).isEqualTo(Reason.NOT_A_MEMBER);
        assertThat(identity.load().epoch()).isEqualTo(1);
    }

    /** One of the two runs on a copy of the other's data directory. */
    @Test
    void shouldPromiseNothingToACandidateWithItsOwnNodeId() {
        ReplicationRefusedException refused =
                catchThrowableOfType(ReplicationRefusedException.class, () -> replica.promise(request(5, NODE)));

        assertThat(refused.reason()).isEqualTo(Reason.LED);
        assertThat(refused).hasMessageContaining(CANDIDATE + " has this node's own id");
        assertThat(identity.load().promise()).isEmpty();
    }

    private static PromiseRequest request(long epoch, UUID candidate) {
        return new PromiseRequest(new Promise(epoch, candidate), CANDIDATE, Optional.of(LOG_ID));
    }

    private static ReplicationRefusedException fenced(ThrowingCallable call) {
        ReplicationRefusedException refused = catchThrowableOfType(ReplicationRefusedException.class, call);
        assertThat(refused).isNotNull();
        assertThat(refused.reason()).isEqualTo(Reason.FENCED);
        return refused;
    }
}
