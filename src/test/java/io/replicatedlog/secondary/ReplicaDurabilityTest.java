package io.replicatedlog.secondary;

import static io.replicatedlog.log.SampleRecords.list;
import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.secondary.SampleBatches.FOUNDERS;
import static io.replicatedlog.secondary.SampleBatches.NODE;
import static io.replicatedlog.secondary.SampleBatches.PRIMARY;
import static io.replicatedlog.secondary.SampleBatches.batch;
import static io.replicatedlog.secondary.SampleBatches.batchFrom;
import static io.replicatedlog.secondary.SampleBatches.confirming;
import static io.replicatedlog.secondary.SampleBatches.startingAt;
import static io.replicatedlog.secondary.SampleBatches.telling;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicatedlog.Seeds;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.log.SampleRecords;
import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.log.SimulatedDisk;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityFile;
import io.replicatedlog.storage.IdentityStore;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A replica whose log is in files acknowledges only what is still there after the machine has stopped. */
class ReplicaDurabilityTest {

    private static final SegmentedLog.Limits LIMITS = new SegmentedLog.Limits(1_500, 0);
    private static final UUID LOG_ID = new UUID(1, 1);
    private static final UUID ANOTHER = new UUID(9, 9);
    private static final Reign FIRST = new Reign(LOG_ID, 1);
    private static final Reign SECOND = new Reign(LOG_ID, 2);

    private SimulatedDisk disk = new SimulatedDisk();
    private SegmentedLog log;
    private IdentityStore identity;
    private Replica replica;

    @BeforeEach
    void start() throws IOException {
        log = new SegmentedLog(disk, LIMITS);
        assertThat(log.failure()).isEmpty();
        assertThat(log.isLossy()).isFalse();
        identity = IdentityFile.open(disk, log.end() == 0, NODE);
        replica = SampleBatches.replica(log, identity);
    }

    @Test
    void shouldHoldEverythingThatItAcknowledgedWheneverTheMachineStops() {
        Seeds.each(300, random -> {
            Log sent = new InMemoryLog(Long.MAX_VALUE);
            for (int entries = 5 + random.nextInt(40); entries > 0; entries--) {
                SampleRecords.append(sent, 1, SampleRecords.text(random).repeat(random.nextInt(20)));
            }
            disk = new SimulatedDisk();
            start();
            for (int crashes = 0; crashes < 4; crashes++) {
                disk.failAfter(random.nextInt(80));
                long acknowledged = receiveUntilItFails(sent, random);
                disk.crash(random);
                start();
                assertThat(log.end()).isGreaterThanOrEqualTo(acknowledged);
                assertThat(list(log)).isEqualTo(list(sent).subList(0, (int) log.end()));
                assertThat(replica.position().end()).isEqualTo(log.end());
            }
        });
    }

    @Test
    void shouldAcknowledgeNothingWhenAForceFails() {
        receive(FIRST, 0, records(0, 1, "a"));
        disk.failForces();

        assertThatThrownBy(() -> receive(FIRST, 1, records(1, 1, "b"))).isInstanceOf(StorageException.class);
        assertThatThrownBy(() -> receive(FIRST, 1, Records.empty(2)))
                .as("a probe acknowledges nothing either")
                .isInstanceOf(StorageException.class);

        assertThat(replica.status().end()).isEqualTo(1);
        assertThat(replica.position()).isEqualTo(new Position(NODE, 1, Optional.of(FIRST), 1, 1, 1, 0, false));
        assertThat(replica.read(0, 0, 1_000_000).count()).isEqualTo(1);
    }

    @Test
    void shouldGoOnAfterTheFilesWereOpenedAgainAndAcknowledgeOnlyWhatItHolds() throws IOException {
        receive(FIRST, 0, records(0, 1, "a"));
        disk.failForces();
        assertThatThrownBy(() -> receive(FIRST, 1, records(1, 1, "b", "c"))).isInstanceOf(StorageException.class);
        disk.heal();
        log.reopen();

        assertThat(receive(FIRST, 1, Records.empty(1))).isEqualTo(1);
        assertThat(receive(FIRST, 1, records(3, 1, "d")))
                .as("b and c are missing again")
                .isEqualTo(1);
        assertThat(receive(FIRST, 1, records(1, 1, "b", "c"))).isEqualTo(4);
        disk.crash(new Random(1));
        start();
        assertThat(messages(log)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void shouldCallItselfCompleteAgainOnlyOnceItWasRefilledAfterALoss() throws IOException {
        replica.receive(telling(FOUNDERS, batch(FIRST, 0, 0, 3, records(0, 1, "a", "b", "c"))));
        assertThat(replica.position().isComplete()).isTrue();
        disk.failForces();
        assertThatThrownBy(() -> receive(FIRST, 1, records(3, 1, "d"))).isInstanceOf(StorageException.class);
        disk.heal();
        byte[] left = disk.content("00000000000000000000.log");
        disk.put("00000000000000000000.log", Arrays.copyOf(left, 50));
        log.reopen();
        identity.update(Identity::incomplete);
        log.acceptLoss();

        assertThat(replica.position().isComplete()).isFalse();
        Acknowledgement first = replica.receive(batch(FIRST, 1, 0, 4, records(1, 1, "b")));
        assertThat(first.end()).isEqualTo(2);
        replica.receive(confirming(first.refill(), batch(FIRST, 1, 0, 4, records(2, 1, "c"))));
        assertThat(replica.position().isComplete())
                .as("not before it is refilled")
                .isFalse();
        replica.receive(confirming(first.refill(), batch(FIRST, 1, 0, 4, records(3, 1, "d"))));
        assertThat(replica.position().isComplete()).isTrue();
    }

    @Test
    void shouldStillKnowWhatItHadComparedBeforeTheFilesWereOpenedAgain() {
        receive(FIRST, 0, records(0, 1, "a", "b", "c"));
        disk.failForces();
        assertThatThrownBy(() -> receive(FIRST, 1, records(3, 1, "d"))).isInstanceOf(StorageException.class);
        disk.heal();
        log.reopen();

        long answered = replica.receive(batch(FIRST, 1, 0, 2, Records.empty(2))).end();

        assertThat(answered).as("to a call from when the log was shorter").isEqualTo(3);
        assertThat(messages(log)).containsExactly("a", "b", "c");
    }

    /** What is stored says of the log only what is still there after the machine has stopped. */
    @Test
    void shouldRememberThatItMatchedAReignOnlyOnceEverythingUpToItsBeginningIsForced() throws IOException {
        receive(FIRST, 0, records(0, 1, "a"));
        HookedLog hooked = new HookedLog(log);
        replica = SampleBatches.replica(hooked, identity);
        hooked.beforeForce(() -> {
            assertThat(log.end()).as("appended, not forced").isEqualTo(3);
            assertThat(identity.load().matched()).isEqualTo(1);
            disk.failForces();
        });

        assertThatThrownBy(() -> replica.receive(startingAt(3, batch(SECOND, 1, 0, 3, records(1, 1, "b", "c")))))
                .isInstanceOf(StorageException.class);

        assertThat(identity.load().reign()).contains(SECOND);
        assertThat(identity.load().matched()).isEqualTo(1);
        disk.heal();
        log.reopen();
        replica.receive(startingAt(3, batch(SECOND, 1, 0, 3, records(1, 1, "b", "c"))));
        disk.crash(new Random(1));
        start();
        assertThat(identity.load().matched()).isEqualTo(2);
        assertThat(messages(log)).containsExactly("a", "b", "c");
    }

    @Test
    void shouldNotFollowAReignThatItCannotRemember() {
        receive(FIRST, 0, records(0, 1, "a"));
        disk.failAfter(0);

        assertThatThrownBy(() -> receive(SECOND, 1, records(1, 2, "b"))).isInstanceOf(StorageException.class);

        assertThat(replica.status().reign()).contains(FIRST);
        assertThat(messages(log)).containsExactly("a");
    }

    @Test
    void shouldKeepAsideWhatIsCutOff() throws IOException {
        receive(FIRST, 0, records(0, 1, "a", "b", "c"));

        assertThat(replica.receive(startingAt(1, batch(SECOND, 1, 0, 2, records(1, 2, "B"))))
                        .end())
                .isEqualTo(2);

        assertThat(disk.list()).contains("cut-1-3-of-epoch-1.log");
        assertThat(disk.content("cut-1-3-of-epoch-1.log"))
                .isEqualTo(SampleRecords.encode(SampleRecords.entries(1, 1, "b", "c")));
        disk.crash(new Random(1));
        assertThat(disk.list()).as("for good").contains("cut-1-3-of-epoch-1.log");
        start();
        assertThat(messages(log)).containsExactly("a", "B");
    }

    @Test
    void shouldRememberWhomItFollowsAndFenceTheOthersAfterTheMachineHasStopped() throws IOException {
        receive(SECOND, 0, records(0, 2, "a"));
        disk.crash(new Random(1));
        start();

        assertThat(replica.status().reign()).contains(SECOND);
        assertThat(replica.status().primary()).contains(PRIMARY);
        refuses(Reason.FENCED, batch(FIRST, 2, 0, Long.MAX_VALUE, Records.empty(1)));
        refuses(Reason.FENCED, batchFrom(ANOTHER, URI.create("http://another:8080"), SECOND, 2, 0, Records.empty(1)));
        refuses(Reason.FOREIGN_LOG, batch(new Reign(new UUID(2, 2), 9), 2, 0, Long.MAX_VALUE, Records.empty(1)));
        assertThat(receive(SECOND, 2, records(1, 2, "b"))).isEqualTo(2);
    }

    @Test
    void shouldNotCutOffWhatItKnewToBeCommittedBeforeTheMachineHasStopped() throws IOException {
        receive(FIRST, 0, records(0, 1, "a", "b"));
        replica.receive(batch(FIRST, 1, 2, Long.MAX_VALUE, Records.empty(2)));
        disk.crash(new Random(1));
        start();

        refuses(Reason.DIVERGED, batch(SECOND, 1, 0, Long.MAX_VALUE, records(1, 2, "B")));
        assertThat(messages(log)).containsExactly("a", "b");
    }

    /** @return the most that was acknowledged */
    private long receiveUntilItFails(Log sent, Random random) {
        long acknowledged = 0;
        try {
            for (int calls = 0; calls < 100; calls++) {
                acknowledged = Math.max(acknowledged, receiveSome(sent, random));
            }
        } catch (StorageException e) {
            assertThat(e.isDamage()).isFalse();
        }
        return acknowledged;
    }

    private long receiveSome(Log sent, Random random) {
        long from = random.nextLong(Math.min(log.end() + 3, sent.end()) + 1);
        Records some = from == sent.end() ? Records.empty(from) : sent.read(from, 1 + random.nextInt(5), 900);
        try {
            return receive(FIRST, sent.epochBefore(from), some);
        } catch (MismatchException beyondTheEnd) {
            assertThat(from).isGreaterThan(log.end());
            return 0;
        }
    }

    private long receive(Reign reign, long previousEpoch, Records records) {
        return replica.receive(batch(reign, previousEpoch, 0, Long.MAX_VALUE, records))
                .end();
    }

    private void refuses(Reason reason, Batch batch) {
        assertThat(catchThrowableOfType(ReplicationRefusedException.class, () -> replica.receive(batch)))
                .extracting(ReplicationRefusedException::reason)
                .isEqualTo(reason);
    }
}
