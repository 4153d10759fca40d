package io.replicatedlog.log;

import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.Seeds;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A disk that refuses: a force that fails, a write that fails, no room. */
class SegmentedLogFailureTest {

    private static final int RESERVE = 1_000;

    private final SimulatedDisk disk = new SimulatedDisk(50_000);

    @Test
    void shouldAppendNothingAfterAFailedForceUntilItIsOpenedAgain() throws IOException {
        SegmentedLog log = open();
        append(log, 1, "durable");
        log.force();
        append(log, 1, "in doubt");
        disk.failForces();

        assertThatThrownBy(log::force).isInstanceOf(StorageException.class).hasMessageContaining("force failed");

        disk.heal();
        assertThatThrownBy(log::force).as("not tried again on the same file").isInstanceOf(StorageException.class);
        assertThatThrownBy(() -> append(log, 1, "x")).isInstanceOf(StorageException.class);
        assertThatThrownBy(() -> log.append(records(2, 1, "x"))).isInstanceOf(StorageException.class);
        assertThatThrownBy(() -> log.truncate(0)).isInstanceOf(StorageException.class);
        assertThat(log.durable()).isEqualTo(1);
        assertThat(messages(log)).as("reads go on").startsWith("durable");

        log.reopen();

        assertThat(log.failure()).isEmpty();
        assertThat(messages(log)).containsExactly("durable");
        assertThat(append(log, 1, "again")).isEqualTo(1);
        assertThat(log.force()).isEqualTo(2);
        disk.crash(new Random(1));
        assertThat(messages(open())).containsExactly("durable", "again");
    }

    @Test
    void shouldStayFailedAsLongAsOpeningItAgainFails() throws IOException {
        SegmentedLog log = open();
        append(log, 1, "a");
        log.force();
        append(log, 1, "b");
        disk.failForces();
        assertThatThrownBy(log::force).isInstanceOf(StorageException.class);

        assertThatThrownBy(log::reopen).isInstanceOf(StorageException.class);

        assertThat(log.failure()).isPresent();
        assertThatThrownBy(() -> append(log, 1, "x")).isInstanceOf(StorageException.class);
        disk.heal();
        log.reopen();
        assertThat(messages(log)).containsExactly("a");
    }

    /** The system believes that it has written what a force that failed was for; only another write makes it try again. */
    @Test
    void shouldForceWhatANewProcessFindsAfterAFailedForce() {
        Seeds.each(20, random -> {
            SimulatedDisk disk = new SimulatedDisk();
            SegmentedLog log = new SegmentedLog(disk, new SegmentedLog.Limits(100_000, 0));
            append(log, 1, "durable");
            log.force();
            append(log, 1, "in doubt ".repeat(200));
            disk.failForces();
            assertThatThrownBy(log::force).isInstanceOf(StorageException.class);
            disk.heal();

            SegmentedLog next = new SegmentedLog(disk, new SegmentedLog.Limits(100_000, 0));
            long durable = next.durable();
            disk.crash(random);
            SegmentedLog last = new SegmentedLog(disk, new SegmentedLog.Limits(100_000, 0));

            assertThat(durable).isEqualTo(2);
            assertThat(last.isLossy()).isFalse();
            assertThat(last.end()).isEqualTo(2);
        });
    }

    @Test
    void shouldForceEverythingAnewOnceForcedEntriesAreGone() throws IOException {
        SegmentedLog log = open();
        append(log, 1, "a");
        append(log, 1, "b");
        log.force();
        append(log, 1, "in doubt");
        disk.failForces();
        assertThatThrownBy(log::force).isInstanceOf(StorageException.class);
        disk.heal();
        byte[] left = disk.content(Segment.name(0));
        disk.put(Segment.name(0), Arrays.copyOf(left, RecordFormat.HEADER_BYTES + 1));

        log.reopen();

        assertThat(log.isLossy()).isTrue();
        assertThatThrownBy(() -> append(log, 1, "too early")).isInstanceOf(StorageException.class);
        log.acceptLoss();
        assertThat(log.failure()).isEmpty();
        assertThat(append(log, 1, "new b")).isEqualTo(1);
        assertThat(log.durable()).as("not before it is forced").isEqualTo(1);
        assertThat(log.force()).isEqualTo(2);
        disk.crash(new Random(1));
        assertThat(messages(open())).containsExactly("a", "new b");
    }

    @Test
    void shouldNotForceASegmentAgainThatHasFailedToForce() throws IOException {
        SegmentedLog log = open();
        append(log, 1, "a");
        disk.failForces();
        assertThatThrownBy(log::force).isInstanceOf(StorageException.class);
        disk.heal();
        Segment segment = new Segment(7, disk.open(Segment.name(7)), new SegmentIndex(7));
        disk.failForces();
        assertThatThrownBy(segment::force).isInstanceOf(IOException.class);
        disk.heal();

        assertThatThrownBy(segment::force).hasMessageContaining("has failed before");
    }

    @Test
    void shouldGiveOutNoOffsetForAWriteThatFailed() throws IOException {
        SegmentedLog log = open();
        append(log, 1, "a");
        log.force();
        disk.failAfter(0);

        assertThatThrownBy(() -> append(log, 1, "b")).isInstanceOf(StorageException.class);

        assertThat(log.end()).isEqualTo(1);
        disk.heal();
        log.reopen();
        assertThat(append(log, 1, "c")).isEqualTo(1);
    }

    @Test
    void shouldSayThatTheOutcomeIsUnknownIfAPartialWriteCannotBeUndone() throws IOException {
        SegmentedLog log = open();
        append(log, 1, "a");
        log.force();
        disk.tearNextWrite(true);
        Records two = records(1, 1, "may be adopted", "torn ".repeat(10));

        assertThatThrownBy(() -> log.append(two)).isInstanceOfSatisfying(StorageException.class, failure -> {
            assertThat(failure.isOutcomeUnknown()).isTrue();
            assertThat(failure.isDamage()).isFalse();
            assertThat(failure).hasMessageContaining("appear after a restart");
        });
        assertThatThrownBy(() -> append(log, 1, "refused"))
                .isInstanceOfSatisfying(
                        StorageException.class,
                        failure -> assertThat(failure.isOutcomeUnknown()).isFalse());
        assertThat(log.failure())
                .hasValueSatisfying(
                        failure -> assertThat(failure.isOutcomeUnknown()).isFalse());

        disk.heal();
        assertThat(messages(new SegmentedLog(disk.copy(), new SegmentedLog.Limits(10_000, 0))))
                .as("after a restart")
                .containsExactly("a", "may be adopted");
        log.reopen();
        assertThat(messages(log)).as("opened again").containsExactly("a");
    }

    @Test
    void shouldSayThatNothingWasStoredIfAPartialWriteWasUndone() throws IOException {
        SegmentedLog log = open();
        append(log, 1, "a");
        log.force();
        disk.tearNextWrite(false);

        assertThatThrownBy(() -> log.append(records(1, 1, "b", "c")))
                .isInstanceOfSatisfying(
                        StorageException.class,
                        failure -> assertThat(failure.isOutcomeUnknown()).isFalse());

        assertThat(messages(open())).as("after a restart").containsExactly("a");
    }

    @Test
    void shouldRefuseAfterARestartUntilThereIsTwiceTheReserve() throws IOException {
        SegmentedLog log = open();
        append(log, 1, "a");
        log.force();
        disk.reserve(50_000 - RESERVE);
        assertThatThrownBy(() -> append(log, 1, "x".repeat(500))).isInstanceOf(LogFullException.class);
        disk.reserve(50_000 - 2 * RESERVE);

        SegmentedLog next = open();

        assertThatThrownBy(() -> append(next, 1, "b")).isInstanceOf(LogFullException.class);
        disk.reserve(50_000 - 3 * RESERVE);
        assertThat(append(next, 1, "b")).isEqualTo(1);
        next.force();
        disk.reserve(50_000 - 2 * RESERVE);
        assertThat(append(open(), 1, "down to the reserve")).isEqualTo(2);
    }

    @Test
    void shouldRefuseWithoutRoomAndResumeByItselfOnceThereIsEnough() throws IOException {
        SegmentedLog log = open();
        append(log, 1, "a");
        log.force(); // from here on the disk is asked again
        disk.reserve(50_000 - RESERVE - 500);

        assertThatThrownBy(() -> append(log, 1, "x".repeat(1_000)))
                .isInstanceOf(LogFullException.class)
                .hasMessageContaining("make room");

        assertThat(messages(log)).as("reads go on").containsExactly("a");
        assertThat(log.force()).isEqualTo(1);
        disk.reserve(50_000 - 2 * RESERVE);
        assertThatThrownBy(() -> append(log, 1, "b"))
                .as("not before there is twice the reserve")
                .isInstanceOf(LogFullException.class);
        disk.reserve(50_000 - 3 * RESERVE);
        assertThat(append(log, 1, "b")).isEqualTo(1);
        disk.reserve(50_000 - 2 * RESERVE);
        assertThat(append(log, 1, "down to the reserve it goes on")).isEqualTo(2);
    }

    @Test
    void shouldUndoAWriteForWhichTheRoomDidNotSuffice() throws IOException {
        SimulatedDisk small = new SimulatedDisk(5_000);
        SegmentedLog log = new SegmentedLog(small, new SegmentedLog.Limits(100_000, 0));
        append(log, 1, "a");
        while (true) {
            try {
                append(log, 1, "x".repeat(333));
            } catch (LogFullException e) {
                break;
            }
        }
        long end = log.end();

        assertThat(log.failure()).isEmpty();
        log.force();
        assertThat(messages(new SegmentedLog(small, new SegmentedLog.Limits(100_000, 0))))
                .hasSize((int) end);
    }

    @Test
    void shouldOpenAfterARollThatFailed() throws IOException {
        for (int failAfter = 0; failAfter < 12; failAfter++) {
            SimulatedDisk failing = new SimulatedDisk();
            SegmentedLog.Limits limits = new SegmentedLog.Limits(100, 0);
            SegmentedLog log = new SegmentedLog(failing, limits);
            append(log, 1, "x".repeat(60));
            log.force();
            failing.failAfter(failAfter);
            try {
                append(log, 1, "y".repeat(60));
            } catch (StorageException e) {
                failing.heal();
                log.reopen();
                append(log, 1, "z");
                log.force();
            }
            failing.heal();

            SegmentedLog opened = new SegmentedLog(failing, limits);

            assertThat(opened.failure()).as("after %d calls", failAfter).isEmpty();
            assertThat(opened.end()).isEqualTo(2);
        }
    }

    @Test
    void shouldServeEverybodyWhoWaitsWithOneForce() throws Exception {
        SegmentedLog log = new SegmentedLog(new SimulatedDisk(), new SegmentedLog.Limits(1_000_000, 0));
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            for (int thread = 0; thread < 8; thread++) {
                threads.execute(() -> {
                    for (int i = 0; i < 200; i++) {
                        long offset = append(log, 1, "m");
                        assertThat(log.force()).isGreaterThan(offset);
                    }
                });
            }
        } finally {
            threads.shutdown();
            assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(log.durable()).isEqualTo(1_600);
    }

    @Test
    void shouldForceOnceForAllThatWasAppendedBefore() throws IOException {
        SegmentedLog log = open();
        for (int i = 0; i < 50; i++) {
            append(log, 1, "m" + i);
        }
        long before = disk.forces();

        log.force();
        log.force();

        assertThat(disk.forces() - before).isEqualTo(1);
    }

    @Test
    void shouldKeepAsideWhatIsCutOff() throws IOException {
        SegmentedLog log = new SegmentedLog(disk, new SegmentedLog.Limits(100, 0));
        for (int i = 0; i < 9; i++) {
            append(log, 1 + i / 5, "m" + i);
        }
        log.truncate(3);

        String aside = "cut-3-9-of-epoch-2.log";
        assertThat(disk.list()).contains(aside);
        assertThat(log.takeNotices()).singleElement().asString().contains("Cut 6 entries", aside);
        assertThatThrownBy(() -> Records.parse(0, java.nio.ByteBuffer.wrap(disk.content(aside))))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining("offset 3");
    }

    private SegmentedLog open() throws IOException {
        return new SegmentedLog(disk, new SegmentedLog.Limits(10_000, RESERVE));
    }
}
