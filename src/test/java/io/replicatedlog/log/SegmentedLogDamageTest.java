package io.replicatedlog.log;

import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.list;
import static io.replicatedlog.log.SampleRecords.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files that are not as they were written: what is cut, what is mended, and what stops the node. */
class SegmentedLogDamageTest {

    /** Three records fill a segment. */
    private static final SegmentedLog.Limits LIMITS = new SegmentedLog.Limits(120, 0);

    private static final String LAST = "00000000000000000006.log";

    private final SimulatedDisk disk = new SimulatedDisk();
    private List<Entry> written;

    @BeforeEach
    void writeEightEntries() throws IOException {
        try (SegmentedLog log = open(disk)) {
            for (int i = 0; i < 8; i++) {
                append(log, 1 + i / 2, "m" + i);
            }
            written = list(log);
        }
        assertThat(disk.list())
                .containsExactlyInAnyOrder(
                        "00000000000000000000.index",
                        "00000000000000000000.log",
                        "00000000000000000003.index",
                        "00000000000000000003.log",
                        LAST,
                        "durable");
    }

    @Test
    void shouldCutATornTailBackToTheLastWholeRecord() throws IOException {
        byte[] whole = disk.content(LAST);
        int lastRecord = whole.length / 2;
        for (int left = lastRecord + 1; left < whole.length; left++) {
            SimulatedDisk torn = disk.copy();
            torn.put(LAST, Arrays.copyOf(whole, left));
            int bytesCut = left - lastRecord;

            SegmentedLog log = open(torn);

            assertThat(log.failure()).isEmpty();
            assertThat(list(log)).isEqualTo(written.subList(0, 7));
            assertThat(log.takeNotices())
                    .anySatisfy(notice -> assertThat(notice)
                            .contains("Cut " + bytesCut + " bytes off the end of disk/" + LAST)
                            .contains("the log ends at offset 7"));
            assertThat(log.isLossy()).as("it had been forced").isTrue();
            assertThat(append(log, 9, "next")).isEqualTo(7);
        }
    }

    @Test
    void shouldTellThatForcedEntriesAreGoneUntilThatIsAccepted() throws IOException {
        disk.put(LAST, Arrays.copyOf(disk.content(LAST), disk.content(LAST).length - 1));

        try (SegmentedLog log = open(disk)) {
            append(log, 9, "next");
            log.force();
        }
        disk.put(LAST, Arrays.copyOf(disk.content(LAST), disk.content(LAST).length / 2));
        try (SegmentedLog log = open(disk)) {
            assertThat(log.isLossy()).as("after a restart, too").isTrue();
            log.acceptLoss();
            assertThat(log.isLossy()).isFalse();
        }

        assertThat(open(disk).isLossy()).isFalse();
    }

    @Test
    void shouldNeverShowAWrongMessageWhicheverBitIsFlipped() throws IOException {
        int stopped = 0;
        for (String name : disk.list()) {
            for (int position = 0; position < disk.content(name).length; position++) {
                SimulatedDisk flipped = disk.copy();
                byte[] content = disk.content(name);
                content[position] ^= (byte) (1 << position % 8);
                flipped.put(name, content);
                stopped += check(flipped, name + " at byte " + position) ? 1 : 0;
            }
        }
        assertThat(stopped).as("bits that must not be overlooked").isGreaterThan(200);
    }

    /** @return whether the damage stops the node; if not, it must have changed nothing, or only cut the last entry */
    private boolean check(SimulatedDisk flipped, String what) throws IOException {
        SegmentedLog log = open(flipped);
        log.verify();
        if (log.failure().isPresent()) {
            assertThat(log.failure().get().isDamage()).as(what).isTrue();
            assertThat(log.failure().get()).hasMessageContaining("disk/").hasMessageContaining("Move disk/ away");
            assertThatThrownBy(() -> append(log, 9, "x")).isInstanceOf(StorageException.class);
            assertThatThrownBy(() -> log.read(0, 1, 1)).isInstanceOf(StorageException.class);
            assertThatThrownBy(log::force).isInstanceOf(StorageException.class);
            assertThatThrownBy(log::reopen).isInstanceOf(StorageException.class);
            return true;
        }
        List<Entry> held = list(log);
        if (held.size() == 8) {
            assertThat(held).as(what).isEqualTo(written);
        } else {
            assertThat(held).as(what).isEqualTo(written.subList(0, 7));
            assertThat(log.isLossy()).as(what).isTrue();
        }
        return false;
    }

    @Test
    void shouldNameTheRecordThatIsDamagedWhileItRuns() throws IOException {
        SegmentedLog log = open(disk);
        try (DiskFile file = disk.open(Segment.name(3))) {
            int oneRecord = RecordFormat.HEADER_BYTES + 2;
            file.write(oneRecord + 20, java.nio.ByteBuffer.wrap(new byte[] {99}));

            assertThat(log.read(3, 1, 1).count()).as("the record before").isEqualTo(1);
            assertThatThrownBy(() -> log.read(3, 9, 10_000))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining(Segment.name(3) + " is damaged at offset 4, byte " + oneRecord);
        }
        assertThat(log.failure()).isPresent();
    }

    @Test
    void shouldMendADamagedOrMissingIndex() throws IOException {
        disk.put("00000000000000000000.index", new byte[3]);
        disk.delete("00000000000000000003.index");

        SegmentedLog log = open(disk);

        assertThat(log.failure()).isEmpty();
        assertThat(list(log)).isEqualTo(written);
        assertThat(log.takeNotices()).hasSize(2).allMatch(notice -> notice.contains("was rebuilt"));
        assertThat(open(disk).takeNotices()).isEmpty();
    }

    @Test
    void shouldNotStartOverAMissingSegment() throws IOException {
        disk.delete("00000000000000000003.log");

        assertThat(open(disk).failure())
                .hasValueSatisfying(failure -> assertThat(failure)
                        .hasMessageContaining("from offset 3 on are missing")
                        .hasMessageContaining(LAST));
    }

    @Test
    void shouldFindTheLastSegmentMissingByTheNoteOfWhatWasForced() throws IOException {
        disk.delete(LAST);

        SegmentedLog log = open(disk);

        assertThat(log.end()).isEqualTo(6);
        assertThat(log.isLossy()).isTrue();
    }

    @Test
    void shouldNotCutDamageThatIntactRecordsFollow() throws IOException {
        byte[] content = disk.content(LAST);
        content[20] ^= 1;
        disk.put(LAST, content);

        SegmentedLog log = open(disk);

        assertThat(log.failure())
                .hasValueSatisfying(failure -> assertThat(failure)
                        .hasMessageContaining(LAST + " is damaged at offset 6, byte 0")
                        .hasMessageContaining("Nothing was changed"));
        assertThat(disk.content(LAST)).isEqualTo(content);
    }

    @Test
    void shouldCutDamageBehindEverythingThatWasForcedWhateverFollows() throws IOException {
        try (SegmentedLog log = open(disk)) {
            append(log, 5, "m8");
        }
        // The note as it was two entries before: the system had not written it yet when the machine stopped.
        SimulatedDisk early = new SimulatedDisk();
        try (SegmentedLog log = open(early)) {
            log.append(SampleRecords.records(written.subList(0, 7)));
        }
        disk.put("durable", early.content("durable"));
        byte[] content = disk.content(LAST);
        content[content.length / 2] ^= 1;
        disk.put(LAST, content);

        SegmentedLog log = open(disk);

        assertThat(log.failure()).isEmpty();
        assertThat(messages(log)).hasSize(7);
        assertThat(log.isLossy()).isFalse();
    }

    private static SegmentedLog open(SimulatedDisk disk) throws IOException {
        return new SegmentedLog(disk, LIMITS);
    }
}
