package io.replicatedlog.log;

import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.list;
import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.log.SampleRecords.together;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A force does not come back: nobody waits for it but those who wait for something to be durable. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SegmentedLogHungDiskTest {

    /** Two records fill a segment. */
    private static final SegmentedLog.Limits LIMITS = new SegmentedLog.Limits(80, 0);

    private final SimulatedDisk disk = new SimulatedDisk();
    private SegmentedLog log;

    @BeforeEach
    void open() throws IOException {
        log = new SegmentedLog(disk, LIMITS);
        append(log, 1, "a");
        log.force();
        append(log, 1, "b");
    }

    @AfterEach
    void release() {
        if (disk.isForceHeld()) {
            disk.releaseForces();
        }
    }

    @Test
    void shouldAppendAlsoIntoNewSegmentsAndReadDuringAForce() {
        CompletableFuture<Long> force = hang(() -> log.force());

        for (int i = 2; i < 9; i++) {
            assertThat(append(log, 2, "m" + i)).isEqualTo(i);
        }
        assertReadable(9, 2);
        assertThat(messages(log)).hasSize(9);
        assertThat(log.takeNotices()).isEmpty();
        assertThat(disk.list()).contains(Segment.name(8)).doesNotContain(Segment.indexName(0));

        disk.releaseForces();
        assertThat(force.join()).as("what was appended before it").isEqualTo(2);
        assertThat(log.force()).isEqualTo(9);
    }

    /** Readers ask for it all the time. */
    @Test
    void shouldTellWithoutTheFilesUpToWhereWhatIsDurableIsWhole() {
        Records append = records(together(2, 1, "c", "d", "e"));
        log.append(records(list(append).subList(0, 2)));
        log.force();
        log.append(append.from(4));
        CompletableFuture<Long> force = hang(() -> log.force());
        disk.list().forEach(name -> disk.put(name, new byte[0]));

        assertThat(log.wholeUntil(log.durable())).isEqualTo(2);
        disk.releaseForces();
        force.join();
        assertThat(log.wholeUntil(log.durable())).isEqualTo(5);
    }

    @Test
    void shouldNotMakeReadersOrAppendsWaitBehindACutThatWaitsForTheForce() {
        CompletableFuture<Long> force = hang(() -> log.force());
        CompletableFuture<Void> cut = CompletableFuture.runAsync(() -> log.truncate(1));

        assertThat(append(log, 2, "c")).isEqualTo(2);
        assertReadable(3, 2);

        assertThat(cut).isNotDone();
        disk.releaseForces();
        force.join();
        cut.join();
        assertThat(messages(log)).containsExactly("a");
    }

    @Test
    void shouldReadDuringACutThatIsNotDurableYet() {
        CompletableFuture<Long> cut = hang(() -> {
            log.truncate(1);
            return log.end();
        });

        assertThat(log.epochAt(0)).hasValue(1);
        assertThat(log.read(0, 1, 1).count()).isEqualTo(1);
        assertThat(log.durable()).isEqualTo(1);
        assertThat(log.sizeInBytes()).isPositive();
        assertThat(log.failure()).isEmpty();
        assertThat(log.takeNotices()).hasSizeLessThan(2);

        disk.releaseForces();
        assertThat(cut.join()).isEqualTo(1);
    }

    @Test
    void shouldReadWhatIsDurableWhileItIsOpenedAgain() {
        disk.failForces();
        assertThatThrownBy(log::force).isInstanceOf(StorageException.class);
        disk.heal();
        CompletableFuture<Long> reopen = hang(() -> {
            log.reopen();
            return log.end();
        });

        assertThat(messages(log)).containsExactly("a");
        assertThat(log.epochAt(0)).hasValue(1);
        assertThat(log.epochAt(1)).isEmpty();
        assertThat(log.durable()).isEqualTo(1);
        assertThat(log.failure()).isPresent();

        disk.releaseForces();
        assertThat(reopen.join()).isEqualTo(1);
        assertThat(log.failure()).isEmpty();
    }

    @Test
    void shouldForceInOrderWhatGatheredAndFailAllOfItOnce() {
        CompletableFuture<Long> force = hang(() -> log.force());
        for (int i = 2; i < 9; i++) {
            append(log, 2, "m" + i);
        }
        disk.failForces();
        disk.releaseForces();

        assertThatThrownBy(force::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(StorageException.class);
        assertThat(log.durable()).isEqualTo(1);
        disk.heal();
        log.reopen();
        assertThat(messages(log)).containsExactly("a");
        assertThat(disk.list()).doesNotContain(Segment.name(4), Segment.name(8));
    }

    private void assertReadable(long end, long lastEpoch) {
        assertThat(log.end()).isEqualTo(end);
        assertThat(log.durable()).isEqualTo(1);
        assertThat(log.sizeInBytes()).isGreaterThan(end * RecordFormat.HEADER_BYTES);
        assertThat(log.epochAt(end - 1)).hasValue(lastEpoch);
        assertThat(log.read(end - 1, 1, 1).count()).isEqualTo(1);
        assertThat(log.failure()).isEmpty();
        assertThat(log.incarnation()).isZero();
        log.verify();
    }

    private CompletableFuture<Long> hang(java.util.function.Supplier<Long> forcing) {
        disk.holdForces();
        CompletableFuture<Long> hung = CompletableFuture.supplyAsync(forcing);
        await().atMost(10, TimeUnit.SECONDS).until(disk::isForceHeld);
        return hung;
    }
}
