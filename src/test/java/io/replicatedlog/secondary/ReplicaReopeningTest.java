package io.replicatedlog.secondary;

import static io.replicatedlog.log.SampleRecords.list;
import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.secondary.SampleBatches.FOUNDERS;
import static io.replicatedlog.secondary.SampleBatches.NODE;
import static io.replicatedlog.secondary.SampleBatches.batch;
import static io.replicatedlog.secondary.SampleBatches.confirming;
import static io.replicatedlog.secondary.SampleBatches.replica;
import static io.replicatedlog.secondary.SampleBatches.startingAt;
import static io.replicatedlog.secondary.SampleBatches.telling;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.replicatedlog.log.LogException;
import io.replicatedlog.log.Records;
import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.log.SimulatedDisk;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityFile;
import io.replicatedlog.storage.IdentityStore;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A replica whose storage is opened again in the middle of a call: it held [0, 10) durably and [10, 20) not, and is cut to 10.
 */
@Timeout(60)
class ReplicaReopeningTest {

    private static final Reign FIRST = new Reign(new UUID(1, 1), 1);
    private static final Reign SECOND = new Reign(new UUID(1, 1), 2);
    private static final String[] TEN = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    private static final int MOST_CALLS = 1_000;

    private SimulatedDisk disk;
    private SegmentedLog files;
    private HookedLog log;
    private IdentityStore identity;
    private Replica replica;

    private void givenTwentyEntriesOfWhichTenAreDurable() {
        try {
            disk = new SimulatedDisk();
            files = new SegmentedLog(disk, new SegmentedLog.Limits(100_000, 0));
            identity = IdentityFile.open(disk, true, NODE);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        log = new HookedLog(files);
        replica = replica(log, identity);
        assertThat(replica.receive(telling(FOUNDERS, batch(FIRST, 0, 0, 10, records(0, 1, TEN))))
                        .end())
                .isEqualTo(10);
        disk.failForces();
        assertThatThrownBy(() -> replica.receive(batch(FIRST, 1, 0, 20, records(10, 1, TEN))))
                .isInstanceOf(StorageException.class);
        assertThat(files.end()).isEqualTo(20);
        assertThat(files.durable()).isEqualTo(10);
    }

    private void reopen() {
        disk.heal();
        files.reopen();
    }

    /** The force that follows succeeds, and says nothing of what the batch looked at. */
    @Test
    void shouldNotAcknowledgeWhatWasThereOnlyBeforeTheStorageWasOpenedAgain() throws Exception {
        givenTwentyEntriesOfWhichTenAreDurable();
        CountDownLatch forcing = new CountDownLatch(1);
        CountDownLatch reopened = new CountDownLatch(1);
        log.beforeForce(() -> {
            forcing.countDown();
            await(reopened);
        });

        CompletableFuture<Acknowledgement> probe =
                CompletableFuture.supplyAsync(() -> replica.receive(batch(FIRST, 1, 0, 20, Records.empty(20))));
        await(forcing);
        reopen();
        reopened.countDown();

        assertThat(probe)
                .failsWithin(30, SECONDS)
                .withThrowableThat()
                .withCauseInstanceOf(StorageException.class)
                .withMessageContaining("opened again");
        assertThat(replica.position().end()).isEqualTo(10);
    }

    @Test
    void shouldNotAcknowledgeItWhereverTheProbeIsByThen() {
        for (long from : new long[] {5, 10, 15, 20}) {
            int calls = 0;
            while (reopensAtCall(calls, Records.empty(from))) {
                calls++;
            }
            assertThat(calls).as("calls of a probe").isGreaterThan(5);
        }
    }

    @Test
    void shouldNotAcknowledgeItWhereverABatchIsByThen() {
        int calls = 0;
        while (reopensAtCall(calls, records(5, 1, "f", "g", "h", "i", "j", "a", "b"))) {
            calls++;
        }
        assertThat(calls).isGreaterThan(5);
    }

    /** @return whether there were so many calls, so that the storage was opened again in the middle */
    private boolean reopensAtCall(int number, Records sent) {
        givenTwentyEntriesOfWhichTenAreDurable();
        AtomicInteger left = new AtomicInteger(number);
        log.everywhere(() -> {
            if (left.getAndDecrement() == 0) {
                reopen();
            }
        });
        long[] acknowledged = {0};

        Throwable failure = catchThrowable(() ->
                acknowledged[0] = replica.receive(batch(FIRST, 1, 0, 20, sent)).end());

        boolean wasReopened = left.get() < 0;
        log.everywhere(() -> {});
        assertThat(number).isLessThan(MOST_CALLS);
        assertThat(failure)
                .as("opened again at call " + number)
                .satisfiesAnyOf(
                        none -> assertThat(none).isNull(),
                        expected -> assertThat(expected).isInstanceOf(LogException.class));
        assertThat(acknowledged[0])
                .as("opened again at call " + number)
                .isLessThanOrEqualTo(Math.max(10, sent.isEmpty() ? 10 : files.durable()));
        if (wasReopened) {
            assertThat(replica.receive(batch(FIRST, 1, 0, 20, records(10, 1, TEN)))
                            .end())
                    .as("it goes on")
                    .isEqualTo(20);
            assertThat(list(files)).hasSize(20);
        }
        return wasReopened;
    }

    /** Another batch was appended behind the force, and is not durable: it is not this one's to acknowledge. */
    @Test
    void shouldNotAcknowledgeWhatWasAppendedBehindItsForce() {
        givenTwentyEntriesOfWhichTenAreDurable();
        reopen();
        log.afterForce(() -> {
            disk.failForces();
            assertThatThrownBy(() -> replica.receive(batch(FIRST, 1, 0, 20, records(10, 1, TEN))))
                    .isInstanceOf(StorageException.class);
            assertThat(files.end()).isEqualTo(20);
        });

        assertThat(replica.receive(batch(FIRST, 1, 0, 20, Records.empty(10))).end())
                .isEqualTo(10);
    }

    /** The offsets are forced, but with other entries than those that the probe was about. */
    @Test
    void shouldNotAcknowledgeWhatAnotherPrimaryHasWrittenThereMeanwhile() {
        givenTwentyEntriesOfWhichTenAreDurable();
        log.beforeForce(() -> {
            reopen();
            assertThat(replica.receive(startingAt(10, batch(SECOND, 1, 0, 20, records(10, 2, TEN))))
                            .end())
                    .isEqualTo(20);
        });

        Throwable failure = catchThrowable(() -> replica.receive(batch(FIRST, 1, 0, 20, Records.empty(20))));

        assertThat(failure).isInstanceOf(LogException.class);
        assertThat(messages(files)).hasSize(20);
        assertThat(replica.status().reign()).contains(SECOND);
    }

    @Test
    void shouldNotWriteBackAnOldIdentityOverThatOfTheStorage() {
        givenTwentyEntriesOfWhichTenAreDurable();
        assertThat(identity.load().isComplete()).isTrue();
        log.beforeForce(() -> {
            reopen();
            identity.update(Identity::incomplete);
        });

        assertThatThrownBy(() -> replica.receive(batch(FIRST, 1, 20, 20, Records.empty(20))))
                .isInstanceOf(StorageException.class);

        assertThat(identity.load().isComplete())
                .as("the storage has lost something")
                .isFalse();
        long refill =
                replica.receive(batch(FIRST, 1, 10, 20, Records.empty(10))).refill();
        replica.receive(confirming(refill, batch(FIRST, 1, 10, 20, Records.empty(10))));
        assertThat(identity.load().isComplete()).as("not refilled").isFalse();
        assertThat(identity.load().committed()).as("what is noted beside it").isEqualTo(10);
        replica.receive(confirming(refill, batch(FIRST, 1, 10, 20, records(10, 1, TEN))));
        assertThat(identity.load().isComplete()).as("refilled").isTrue();
    }

    /** Whoever changes another component meanwhile keeps it: the replica writes only what it means to change. */
    @Test
    void shouldChangeNothingOfTheIdentityButWhatItNotes() throws IOException {
        SimulatedDisk own = new SimulatedDisk();
        HookedLog hooked = new HookedLog(new SegmentedLog(own, new SegmentedLog.Limits(100_000, 0)));
        IdentityStore store = IdentityFile.open(own, true, NODE);
        Replica noting = replica(hooked, store);
        noting.receive(batch(FIRST, 0, 0, 1, records(0, 1, "a", "b")));
        hooked.beforeForce(() -> store.update(before -> before.committed(1)));

        noting.receive(batch(FIRST, 1, 2, 2, Records.empty(2)));

        assertThat(store.load().committed()).isEqualTo(2);
        hooked.beforeForce(() -> store.update(before -> before.committed(7)));
        noting.receive(batch(FIRST, 1, 2, 2, Records.empty(2)));
        assertThat(store.load().committed()).isEqualTo(7);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
