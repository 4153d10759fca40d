package io.replicatedlog.log;

import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.entries;
import static io.replicatedlog.log.SampleRecords.list;
import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.log.SampleRecords.together;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Log} promises, one promise a test. An implementation runs it by extending this class. */
abstract class LogContract {

    private static final int NO_LIMIT = Integer.MAX_VALUE;

    private Log log;

    /** An empty log with room for everything here. */
    abstract Log create() throws IOException;

    /** An empty log with room for at least ten and for less than a thousand messages of 1,000 bytes. */
    abstract Log createSmall() throws IOException;

    @BeforeEach
    void open() throws IOException {
        log = create();
    }

    @Test
    void shouldBeginEmptyAtOffsetZero() {
        assertThat(log.end()).isZero();
        assertThat(log.epochAt(0)).isEmpty();
        assertThat(list(log)).isEmpty();
    }

    @Test
    void shouldGiveOutOffsetsWithoutGaps() {
        for (long offset = 0; offset < 100; offset++) {
            assertThat(log.end()).isEqualTo(offset);
            assertThat(append(log, 1, "m" + offset)).isEqualTo(offset);
        }
        assertThat(log.end()).isEqualTo(100);
    }

    @Test
    void shouldKeepEveryPartOfAnEntry() {
        log.append(3, 1_234, "k\u00e9y".getBytes(UTF_8), List.of("\ud83d\ude00\u0000".getBytes(UTF_8)));
        log.append(4, -5, new byte[0], List.of(new byte[0]));

        assertThat(list(log))
                .containsExactly(new Entry(0, 3, 1_234, "k\u00e9y", "\ud83d\ude00\u0000"), new Entry(1, 4, -5, "", ""));
    }

    @Test
    void shouldAppendRecordsAsTheyAre() {
        append(log, 1, "a");
        Records added = records(1, 2, "b", "c");
        log.append(added);
        append(log, 2, "d");

        assertThat(messages(log)).containsExactly("a", "b", "c", "d");
        assertThat(log.read(1, 2, NO_LIMIT).bytes()).isEqualTo(added.bytes());
    }

    @Test
    void shouldNotChangeWithEmptyRecordsAtTheEnd() {
        append(log, 5, "a");
        log.append(Records.empty(1));

        assertThat(messages(log)).containsExactly("a");
    }

    @Test
    void shouldRefuseRecordsThatDoNotStartAtTheEnd() {
        append(log, 1, "a");
        for (long first : new long[] {0, 2}) {
            assertThatThrownBy(() -> log.append(records(first, 1, "x", "y")))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> log.append(Records.empty(first))).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(messages(log)).containsExactly("a");
    }

    @Test
    void shouldRefuseAnEpochThatFalls() {
        append(log, 3, "a");

        assertThatThrownBy(() -> append(log, 2, "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> log.append(records(1, 2, "x"))).isInstanceOf(IllegalArgumentException.class);
        log.append(records(1, 3, "b"));
        log.append(records(List.of(new Entry(2, 3, 0, "", "c"), new Entry(3, 7, 0, "", "d"))));
        assertThatThrownBy(() -> append(log, 6, "x")).isInstanceOf(IllegalArgumentException.class);
        assertThat(messages(log)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void shouldTellTheEpochOfEachEntryAndOfNoOther() {
        log.append(records(List.of(new Entry(0, 1, 0, "", "a"), new Entry(1, 4, 0, "", "b"))));
        append(log, 9, "c");

        assertThat(log.epochAt(0)).hasValue(1);
        assertThat(log.epochAt(1)).hasValue(4);
        assertThat(log.epochAt(2)).hasValue(9);
        assertThat(log.epochAt(3)).isEmpty();
        assertThat(log.epochAt(-1)).isEmpty();
        assertThat(log.epochAt(Long.MAX_VALUE)).isEmpty();
    }

    @Test
    void shouldTellUpToWhereAppendsAreWhole() {
        append(log, 1, "a");
        log.append(2, 0, new byte[0], List.of("b".getBytes(UTF_8), "c".getBytes(UTF_8), "d".getBytes(UTF_8)));
        append(log, 2, "e");
        assertWhole(0, 1, 1, 1, 4, 5);

        log.force();
        assertWhole(0, 1, 1, 1, 4, 5);
    }

    /** However it arrives; in files, each part is a segment of its own. */
    @Test
    void shouldTellUpToWhereAppendsAreWholeWhenOneArrivesInParts() {
        append(log, 1, "a");
        String large = "x".repeat(1_000);
        Records group = records(together(1, 2, large, large, large, large));
        long[] whole = {0, 1, 1, 1, 1, 5};
        for (int end = 2; end <= 5; end++) {
            log.append(records(list(group).subList(end - 2, end - 1)));
            assertWhole(Arrays.copyOf(whole, end + 1));
            log.force();
            assertWhole(Arrays.copyOf(whole, end + 1));
        }
    }

    @Test
    void shouldTellUpToWhereAppendsAreWholeOnceItWasCut() {
        String large = "x".repeat(500);
        log.append(records(together(0, 1, "a", large, large)));
        log.append(records(together(3, 1, "d", large, large)));
        log.truncate(5);
        assertWhole(0, 0, 0, 3, 3, 3);
        log.force();
        log.truncate(4);
        assertWhole(0, 0, 0, 3, 3);

        log.truncate(3);
        log.append(records(together(3, 2, "D", "E")));
        assertWhole(0, 0, 0, 3, 3, 5);
        log.truncate(1);
        assertWhole(0, 0);
        log.clear();
        assertWhole(0);
    }

    /** @param whole of each offset; the last one is that of the end */
    private void assertWhole(long... whole) {
        assertThat(log.end()).isEqualTo(whole.length - 1);
        for (int offset = 0; offset < whole.length; offset++) {
            assertThat(log.wholeUntil(offset)).as("up to %d", offset).isEqualTo(whole[offset]);
        }
        assertThat(log.wholeUntil(Long.MAX_VALUE)).as("up to the end").isEqualTo(whole[whole.length - 1]);
    }

    @Test
    void shouldReadFromAnyOffset() {
        List<Entry> all = entries(0, 1, "a", "b", "c", "d");
        log.append(records(all));
        for (int from = 0; from <= 4; from++) {
            Records read = log.read(from, NO_LIMIT, NO_LIMIT);

            assertThat(list(read)).isEqualTo(all.subList(from, 4));
            assertThat(read.first()).isEqualTo(from);
        }
    }

    @Test
    void shouldReadNothingPastTheEndAndRefuseNegativeOffsets() {
        append(log, 1, "a");

        assertThat(log.read(1, 1, 1).isEmpty()).isTrue();
        assertThat(log.read(7, 1, 1).isEmpty()).isTrue();
        assertThat(log.read(7, 1, 1).first()).isEqualTo(7);
        assertThat(log.read(Long.MAX_VALUE, 1, 1).isEmpty()).isTrue();
        assertThatThrownBy(() -> log.read(-1, 1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldStopReadingAtTheLimitOfEntries() {
        log.append(records(0, 1, "a", "b", "c"));

        assertThat(log.read(0, 1, NO_LIMIT).count()).isEqualTo(1);
        assertThat(log.read(0, 2, NO_LIMIT).count()).isEqualTo(2);
        assertThat(log.read(1, 2, NO_LIMIT).end()).isEqualTo(3);
        assertThat(log.read(0, 4, NO_LIMIT).count()).isEqualTo(3);
    }

    @Test
    void shouldStopReadingAtTheLimitOfBytes() {
        log.append(records(0, 1, "12345678", "12345678", "12345678"));
        int one = RecordFormat.HEADER_BYTES + 8;

        assertThat(log.read(0, NO_LIMIT, one).count()).isEqualTo(1);
        assertThat(log.read(0, NO_LIMIT, 2 * one - 1).count()).isEqualTo(1);
        assertThat(log.read(0, NO_LIMIT, 2 * one).count()).isEqualTo(2);
        assertThat(log.read(0, NO_LIMIT, 3 * one).count()).isEqualTo(3);
    }

    @Test
    void shouldReadAtLeastOneEntryHoweverLarge() {
        append(log, 1, "x".repeat(100_000));
        append(log, 1, "y");

        assertThat(log.read(0, NO_LIMIT, 1).count()).isEqualTo(1);
        assertThat(log.read(0, NO_LIMIT, 50_000).sizeInBytes()).isGreaterThan(100_000);
    }

    @Test
    void shouldCountAsDurableWhatWasForced() {
        append(log, 1, "a");
        append(log, 1, "b");

        assertThat(log.force()).isEqualTo(2);
        assertThat(log.durable()).isEqualTo(2);
        log.truncate(1);
        assertThat(log.durable()).isEqualTo(1);
        log.clear();
        assertThat(log.durable()).isZero();
        assertThat(log.force()).isZero();
    }

    @Test
    void shouldCutOffEverythingFromAnOffsetOn() {
        log.append(records(
                List.of(new Entry(0, 1, 0, "", "a"), new Entry(1, 1, 0, "", "b"), new Entry(2, 5, 0, "", "c"))));
        log.truncate(7);
        log.truncate(3);
        assertThat(messages(log)).containsExactly("a", "b", "c");

        log.truncate(1);

        assertThat(messages(log)).containsExactly("a");
        assertThat(log.epochAt(1)).isEmpty();
        assertThat(append(log, 2, "a lower epoch than that which was cut")).isEqualTo(1);
        log.truncate(0);
        assertThat(append(log, 1, "again")).isZero();
    }

    @Test
    void shouldStepBackToWhereAnotherLogMayBeTheSame() {
        log.append(records(
                List.of(new Entry(0, 1, 0, "", "a"), new Entry(1, 3, 0, "", "b"), new Entry(2, 3, 0, "", "c"))));

        assertThat(log.stepBack(3, 3)).isEqualTo(3);
        assertThat(log.stepBack(9, 4)).isEqualTo(3);
        assertThat(log.stepBack(2, 3)).isEqualTo(2);
        assertThat(log.stepBack(3, 2)).isEqualTo(1);
        assertThat(log.stepBack(3, 0)).isZero();
        assertThat(log.stepBack(0, 9)).isZero();
    }

    @Test
    void shouldBeAnotherIncarnationOnceCleared() {
        append(log, 1, "a");
        long before = log.incarnation();
        log.force();
        log.truncate(0);
        assertThat(log.incarnation()).isEqualTo(before);

        log.clear();

        assertThat(log.incarnation()).isGreaterThan(before);
    }

    @Test
    void shouldForgetEverythingWhenCleared() {
        Records kept = records(0, 5, "a", "b");
        log.append(kept);
        log.clear();

        assertThat(log.end()).isZero();
        assertThat(log.epochAt(0)).isEmpty();
        assertThat(list(log)).isEmpty();
        assertThat(append(log, 1, "a lower epoch begins again")).isZero();
    }

    @Test
    void shouldLeaveAReadersEntriesAloneWhenCleared() {
        log.append(records(0, 1, "a", "b"));
        Records read = log.read(0, NO_LIMIT, NO_LIMIT);
        log.clear();
        append(log, 1, "z");

        assertThat(list(read)).isEqualTo(entries(0, 1, "a", "b"));
    }

    @Test
    void shouldStoreNothingOfAnEntryWhenFull() throws IOException {
        Log small = createSmall();
        long held = fill(small);

        assertThat(held).isBetween(10L, 999L);
        assertThatThrownBy(() -> append(small, 1, "x".repeat(1_000))).isInstanceOf(LogFullException.class);
        assertThat(small.end()).isEqualTo(held);
        assertThat(list(small)).hasSize((int) held);
        assertThat(small.epochAt(held)).isEmpty();
    }

    @Test
    void shouldStoreAllRecordsOrNoneWhenFull() throws IOException {
        Log small = createSmall();
        String large = "x".repeat(1_000);
        append(small, 1, large);
        String[] tooMany = new String[999];
        Arrays.fill(tooMany, large);

        assertThatThrownBy(() -> small.append(records(1, 1, tooMany))).isInstanceOf(LogFullException.class);
        assertThat(small.end()).isEqualTo(1);
        List<byte[]> messages =
                Arrays.stream(tooMany).map(message -> message.getBytes(UTF_8)).toList();
        assertThatThrownBy(() -> small.append(1, 0, new byte[0], messages)).isInstanceOf(LogFullException.class);
        assertThat(small.end()).isEqualTo(1);
        assertThat(append(small, 1, large)).as("what was refused takes no room").isEqualTo(1);
    }

    @Test
    void shouldHaveRoomAgainOnceCleared() throws IOException {
        Log small = createSmall();
        long held = fill(small);
        small.clear();

        assertThat(fill(small)).isEqualTo(held);
    }

    @Test
    void shouldTakeNoRoomForAnEntryWithAKeyThatIsTooLong() throws IOException {
        Log small = createSmall();
        assertThatThrownBy(() -> small.append(1, 0, new byte[RecordFormat.MAX_KEY_BYTES + 1], List.of(new byte[0])))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(fill(small)).isEqualTo(fill(createSmall()));
    }

    private static long fill(Log log) {
        try {
            while (log.end() < 1_000) {
                append(log, 1, "x".repeat(1_000));
            }
        } catch (LogFullException e) {
            // As it should be.
        }
        return log.end();
    }
}
