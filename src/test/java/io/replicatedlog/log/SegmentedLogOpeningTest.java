package io.replicatedlog.log;

import static io.replicatedlog.log.SampleRecords.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The process before ended with several segments that it had not forced, or did not get far at all. */
class SegmentedLogOpeningTest {

    /** Two records fill a segment. */
    private static final SegmentedLog.Limits LIMITS = new SegmentedLog.Limits(80, 0);

    private static final int RECORD_BYTES = RecordFormat.HEADER_BYTES + 2;

    private SimulatedDisk disk = new SimulatedDisk();
    private SegmentedLog log;

    /** Segments 0 and 2 are sealed; 4 is forced up to 5; nothing of 6 and 8 is. */
    @BeforeEach
    void leaveSegmentsUnforced() throws IOException {
        log = new SegmentedLog(disk, LIMITS);
        append(0, 5);
        log.force();
        append(5, 9);
        assertThat(disk.list())
                .contains(Segment.indexName(0), Segment.indexName(2), Segment.name(8))
                .doesNotContain(Segment.indexName(4), Segment.indexName(6));
    }

    @Test
    void shouldTakeOverWhatIsIntactAndForceIt() throws IOException {
        SegmentedLog next = open();

        assertThat(messages(next)).hasSize(9);
        assertThat(next.durable()).isEqualTo(9);
        assertThat(next.takeNotices()).isEmpty();
        assertThat(disk.list())
                .contains(Segment.indexName(4), Segment.indexName(6))
                .doesNotContain(Segment.indexName(8));
        disk.crash(new Random(1));
        assertThat(messages(open())).hasSize(9);
    }

    @Test
    void shouldCutWhereAnUnforcedWriteIsTornAndDeleteWhatFollows() throws IOException {
        byte[] torn = disk.content(Segment.name(6));
        torn[RECORD_BYTES + 20] ^= 1;
        disk.put(Segment.name(6), torn);

        SegmentedLog next = open();

        assertThat(next.failure()).isEmpty();
        assertThat(next.isLossy()).isFalse();
        assertThat(messages(next)).hasSize(7);
        assertThat(disk.list()).doesNotContain(Segment.name(8));
        assertThat(next.takeNotices())
                .satisfiesExactly(
                        notice -> assertThat(notice)
                                .contains("Deleted 1 segments from disk/" + Segment.name(8))
                                .contains("the log ends at offset 7"),
                        notice -> assertThat(notice).contains("Cut " + RECORD_BYTES + " bytes off the end of disk/"));
        assertThat(append(next, 1, "again")).isEqualTo(7);
        next.force();
        assertThat(messages(open())).hasSize(8).endsWith("again");
    }

    @Test
    void shouldCutBeforeAGapAmongUnforcedSegments() throws IOException {
        disk.delete(Segment.name(6));

        SegmentedLog next = open();

        assertThat(next.failure()).isEmpty();
        assertThat(messages(next)).hasSize(6);
        assertThat(disk.list()).doesNotContain(Segment.name(8));
        assertThat(next.takeNotices()).singleElement().asString().contains("from offset 6 on are missing");
    }

    @Test
    void shouldNotCutWhatHadBeenForced() throws IOException {
        byte[] damaged = disk.content(Segment.name(4));
        damaged[20] ^= 1;
        disk.put(Segment.name(4), damaged);

        assertDamaged("disk/" + Segment.name(4) + " is damaged at offset 4, byte 0");
    }

    @Test
    void shouldNotCutInFrontOfASealedSegment() throws IOException {
        SimulatedDisk sealed = disk.copy();
        try (SegmentedLog closing = new SegmentedLog(sealed, LIMITS)) {
            closing.force();
        }
        disk.put(Segment.indexName(6), sealed.content(Segment.indexName(6)));
        byte[] damaged = disk.content(Segment.name(4));
        damaged[RECORD_BYTES + 20] ^= 1;
        disk.put(Segment.name(4), damaged);

        assertDamaged("disk/" + Segment.name(4) + " is damaged at offset 5, byte " + RECORD_BYTES);
    }

    @Test
    void shouldCutWhatASegmentHoldsOfTheNextOne() throws IOException {
        byte[] longer = Arrays.copyOf(disk.content(Segment.name(6)), 3 * RECORD_BYTES);
        System.arraycopy(disk.content(Segment.name(8)), 0, longer, 2 * RECORD_BYTES, RECORD_BYTES);
        disk.put(Segment.name(6), longer);

        SegmentedLog next = open();

        assertThat(next.failure()).isEmpty();
        assertThat(messages(next)).hasSize(8);
    }

    /** The system believes that it has written what a force that failed was for. */
    @Test
    void shouldForceEverySegmentThatAFailedForceWasFor() {
        Seeds.each(50, random -> {
            disk = new SimulatedDisk();
            leaveSegmentsUnforced();
            disk.failForces();
            assertThatThrownBy(log::force).isInstanceOf(StorageException.class);
            try {
                disk.open(Segment.name(6)).force();
            } catch (IOException e) {
                // The system has given up on this one, too.
            }
            disk.heal();
            long durable = open().durable();
            disk.crash(random);

            assertThat(durable).isEqualTo(9);
            assertThat(messages(open())).hasSize(9);
        });
    }

    @Test
    void shouldCutIntoAnEarlierUnforcedSegment() throws IOException {
        log.truncate(7);

        assertThat(log.durable()).isEqualTo(5);
        append(log, 1, "x");
        assertThat(log.force()).isEqualTo(8);
        disk.crash(new Random(1));
        assertThat(messages(open())).hasSize(8).endsWith("x");
    }

    @Test
    void shouldNotTrustAnIndexOfWhatWasCutOff() throws IOException {
        byte[] index = disk.content(Segment.indexName(2));
        log.truncate(3);
        append(log, 2, "x3");
        disk.put(Segment.indexName(2), index);
        byte[] torn = disk.content(Segment.name(2));
        disk.put(Segment.name(2), Arrays.copyOf(torn, torn.length - 1));

        assertThat(messages(open())).hasSize(3);
        assertThat(disk.list()).doesNotContain(Segment.indexName(2));
    }

    @Test
    void shouldOpenAgainWithoutAnythingThatWasNotForced() {
        disk.failForces();
        assertThatThrownBy(log::force).isInstanceOf(StorageException.class);
        disk.heal();
        long before = log.incarnation();

        log.reopen();

        assertThat(log.incarnation()).isGreaterThan(before);
        assertThat(messages(log)).hasSize(5);
        assertThat(disk.list()).doesNotContain(Segment.name(6), Segment.name(8));
        assertThat(log.durable()).isEqualTo(5);
    }

    @Test
    void shouldOpenAgainThoughTheFirstAttemptsFailed() {
        disk.failForces();
        assertThatThrownBy(log::force).isInstanceOf(StorageException.class);
        disk.failAfter(0);
        assertThatThrownBy(log::reopen).isInstanceOf(StorageException.class);
        disk.failOpens();
        assertThatThrownBy(log::reopen).isInstanceOf(StorageException.class);
        assertThat(messages(log)).as("reads go on").hasSize(5);
        disk.heal();

        log.reopen();

        assertThat(log.failure()).isEmpty();
        assertThat(append(log, 1, "again")).isEqualTo(5);
    }

    @Test
    void shouldKeepNoIndexWhereThereIsNoRoomForIt() throws IOException {
        disk.needRoomToReplace();
        disk.reserve(Long.MAX_VALUE / 2);

        assertThat(log.force()).isEqualTo(9);
        assertThat(disk.list()).doesNotContain(Segment.indexName(4));
        disk.reserve(0);
        append(log, 1, "room again");
        log.force();

        assertThat(disk.list()).contains(Segment.indexName(4), Segment.indexName(6));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldForceTheNamesOfFilesThoughThereIsNoRoomForAnIndex(boolean afterRestart) {
        Seeds.each(20, random -> {
            disk = new SimulatedDisk();
            leaveSegmentsUnforced();
            disk.needRoomToReplace();
            disk.reserve(Long.MAX_VALUE / 2);
            long durable = afterRestart ? open().durable() : log.force();
            disk.crash(random);

            assertThat(durable).isEqualTo(9);
            assertThat(messages(open())).hasSize(9);
        });
    }

    @Test
    void shouldSayThatAFirstStartNeedsRoomAndStartOnceThereIsSome() throws IOException {
        for (int capacity = 0; capacity < 100; capacity++) {
            SimulatedDisk full = new SimulatedDisk(1_000);
            full.needRoomToReplace();
            full.reserve(1_000 - capacity);
            try {
                assertThat(new SegmentedLog(full, LIMITS).end()).isZero();
            } catch (NoSpaceException e) {
                assertThat(e).hasMessage("no space left on device: disk/durable; make room and start again");
            }
            full.reserve(0);

            SegmentedLog opened = new SegmentedLog(full, LIMITS);

            assertThat(opened.failure()).isEmpty();
            assertThat(opened.isLossy()).isFalse();
            assertThat(append(opened, 1, "first")).isZero();
            assertThat(opened.force()).isEqualTo(1);
        }
        assertThatThrownBy(() -> new SegmentedLog(new SimulatedDisk(0), LIMITS)).isInstanceOf(NoSpaceException.class);
    }

    @Test
    void shouldNotCallDurableWhatFollowsALossBeforeItIsForced() throws IOException {
        disk = new SimulatedDisk();
        log = new SegmentedLog(disk, new SegmentedLog.Limits(1_000, 0));
        append(0, 3);
        log.force();
        disk.put(Segment.name(0), Arrays.copyOf(disk.content(Segment.name(0)), 2 * RECORD_BYTES));
        SegmentedLog lossy = open();
        assertThat(lossy.isLossy()).isTrue();
        append(lossy, 1, "n2");

        try (DiskFile marker = disk.open(DurableMarker.NAME)) {
            ByteBuffer durable = ByteBuffer.allocate(8);
            marker.read(4, durable);
            assertThat(durable.getLong(0)).isEqualTo(2);
        }
        assertThat(open().isLossy()).as("until that is accepted").isTrue();
    }

    private void assertDamaged(String message) throws IOException {
        List<String> before = disk.list();
        assertThat(open().failure())
                .hasValueSatisfying(failure ->
                        assertThat(failure).hasMessageContaining(message).hasMessageContaining("Nothing was changed"));
        assertThat(disk.list()).isEqualTo(before);
    }

    private void append(int from, int to) {
        for (int i = from; i < to; i++) {
            append(log, 1, "m" + i);
        }
    }

    private static long append(SegmentedLog log, long epoch, String message) {
        return SampleRecords.append(log, epoch, message);
    }

    private SegmentedLog open() throws IOException {
        return new SegmentedLog(disk, LIMITS);
    }
}
