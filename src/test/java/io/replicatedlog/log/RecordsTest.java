package io.replicatedlog.log;

import static io.replicatedlog.log.SampleRecords.encode;
import static io.replicatedlog.log.SampleRecords.entries;
import static io.replicatedlog.log.SampleRecords.list;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class RecordsTest {

    private final List<Entry> entries = List.of(
            new Entry(5, 1, 50, "", "five"),
            new Entry(6, 1, 60, "key", ""),
            new Entry(7, 4, 70, "", "seven"),
            new Entry(8, 4, 80, "", "e\u00efght"));

    private final Records records = SampleRecords.records(entries);

    @Test
    void shouldShowItsEntriesInOrder() {
        assertThat(records).containsExactlyElementsOf(entries);
        assertThat(records.first()).isEqualTo(5);
        assertThat(records.end()).isEqualTo(9);
        assertThat(records.count()).isEqualTo(4);
        assertThat(records.isEmpty()).isFalse();
        assertThat(records.sizeInBytes()).isEqualTo(encode(entries).length);
    }

    @Test
    void shouldGiveOutTheBytesThatItWasMadeFrom() {
        byte[] bytes = new byte[records.sizeInBytes()];
        records.bytes().get(bytes);

        assertThat(bytes).isEqualTo(encode(entries));
        assertThat(records.bytes().isReadOnly()).isTrue();
        assertThat(records.bytes().position())
                .as("reading does not move the next reader")
                .isZero();
    }

    @Test
    void shouldTellEpochAndBytesOfEachOffset() {
        for (Entry entry : entries) {
            assertThat(records.epochAt(entry.offset())).isEqualTo(entry.epoch());
            assertThat(records.encodedAt(entry.offset())).isEqualTo(RecordFormat.encode(entry));
        }
    }

    @Test
    void shouldKnowNothingOutsideOfItsOffsets() {
        for (long outside : new long[] {-1, 4, 9, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> records.epochAt(outside)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> records.encodedAt(outside)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> records.from(outside == 9 ? 10 : outside))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void shouldCutOffTheFrontAtEveryOffset() {
        for (int skipped = 0; skipped <= entries.size(); skipped++) {
            List<Entry> rest = entries.subList(skipped, entries.size());
            Records cut = records.from(5 + skipped);

            assertThat(list(cut)).isEqualTo(rest);
            assertThat(cut.first()).isEqualTo(5 + skipped);
            assertThat(cut.end()).isEqualTo(9);
            assertThat(cut.sizeInBytes()).isEqualTo(encode(rest).length);
            rest.forEach(entry -> assertThat(cut.encodedAt(entry.offset())).isEqualTo(RecordFormat.encode(entry)));
        }
    }

    @Test
    void shouldCutWhatWasCut() {
        assertThat(list(records.from(6).from(8))).containsExactly(entries.get(3));
    }

    @Test
    void shouldJoinWhatWasEncodedOneByOne() {
        Records joined =
                Records.join(5, entries.stream().map(RecordFormat::encode).toList());

        assertThat(list(joined)).isEqualTo(entries);
        assertThat(joined.bytes()).isEqualTo(records.bytes());
        assertThat(Records.join(3, List.of()).end()).isEqualTo(3);
    }

    @Test
    void shouldBeEmptyWhereNothingIs() throws Exception {
        for (Records empty : List.of(Records.empty(3), Records.parse(3, ByteBuffer.allocate(0)))) {
            assertThat(empty.isEmpty()).isTrue();
            assertThat(empty.first()).isEqualTo(3);
            assertThat(empty.end()).isEqualTo(3);
            assertThat(empty.sizeInBytes()).isZero();
            assertThat(empty).isEmpty();
        }
    }

    @Test
    void shouldEndItsIterationWithAnException() {
        Iterator<Entry> iterator = Records.empty(0).iterator();

        assertThatThrownBy(iterator::next).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void shouldParseOnlyBetweenPositionAndLimit() throws Exception {
        byte[] encoded = encode(entries);
        ByteBuffer buffer =
                ByteBuffer.allocate(encoded.length + 20).position(10).put(encoded);

        Records parsed = Records.parse(5, buffer.flip().position(10));

        assertThat(list(parsed)).isEqualTo(entries);
        assertThat(parsed.sizeInBytes()).isEqualTo(encoded.length);
    }

    @Test
    void shouldRefuseRecordsThatStartElsewhere() {
        refuses(4, encode(entries));
        refuses(6, encode(entries));
    }

    @Test
    void shouldRefuseAGapARepetitionAndAStepBack() {
        Entry five = entries.get(0);
        refuses(5, encode(five, entries.get(2)));
        refuses(5, encode(five, five));
        refuses(5, encode(five, new Entry(4, 1, 40, "", "four")));
    }

    @Test
    void shouldRefuseEpochsThatFall() {
        refuses(0, encode(new Entry(0, 2, 0, "", "a"), new Entry(1, 1, 0, "", "b")));
        refuses(0, encode(new Entry(0, -1, 0, "", "a")));
    }

    @Test
    void shouldTakeTheEntriesOfAnAppendWhereverTheRunBeginsAndEnds() throws Exception {
        List<Entry> appends = new ArrayList<>(SampleRecords.together(0, 1, "a", "b", "c"));
        appends.add(new Entry(3, 1, 0, "", "d"));
        appends.addAll(SampleRecords.together(4, 2, "e", "f"));
        long[] wholeUntil = {0, 0, 0, 3, 4, 4, 6};
        for (int first = 0; first < appends.size(); first++) {
            for (int end = first + 1; end <= appends.size(); end++) {
                List<Entry> run = appends.subList(first, end);

                Records parsed = Records.parse(first, ByteBuffer.wrap(encode(run)));

                assertThat(list(parsed)).isEqualTo(run);
                assertThat(parsed.wholeUntil(end)).isEqualTo(wholeUntil[end]);
            }
        }
    }

    @Test
    void shouldEncodeTheMessagesOfOneAppendAsAGroup() throws Exception {
        List<byte[]> messages = List.of("a".getBytes(UTF_8), "b".getBytes(UTF_8), "c".getBytes(UTF_8));

        Records encoded = Records.encode(7, 2, 0, new byte[0], messages);

        assertThat(encoded)
                .extracting(Entry::group)
                .containsExactly(RecordFormat.group(0, 3), RecordFormat.group(1, 3), RecordFormat.group(2, 3));
        assertThat(list(Records.parse(7, encoded.bytes()))).isEqualTo(list(encoded));
        assertThat(Records.encode(7, 2, 0, new byte[0], messages.subList(0, 1)))
                .extracting(Entry::group)
                .containsExactly(0);
    }

    @Test
    void shouldRefuseAnAppendWithAnEntryMissingRepeatedOrTooMany() {
        List<Entry> append = SampleRecords.together(5, 1, "a", "b", "c", "d");
        refuses(5, encode(append.get(0), renamed(6, append.get(2))));
        refuses(5, encode(append.get(0), append.get(1), renamed(7, append.get(1))));
        refuses(5, encode(append.get(0), new Entry(6, 1, 0, "", "of another append")));
        refuses(8, encode(append.get(3), renamed(9, append.get(1))));
        refuses(8, encode(new Entry(8, 1, 0, "", "of its own"), renamed(9, append.get(3))));
        refuses(8, encode(append.get(3), new Entry(9, 1, 0, Integer.MAX_VALUE, "", "far behind its append")));
    }

    @Test
    void shouldRefuseAnAppendInTwoEpochs() {
        Entry second = SampleRecords.together(5, 2, "a", "b").get(1);
        refuses(5, encode(SampleRecords.together(5, 1, "a", "b").get(0), second));
    }

    @Test
    void shouldRefuseAnAppendThatBeganBeforeTheLog() {
        refuses(1, encode(new Entry(1, 1, 0, 2, "", "third of its append")));
    }

    /** The same entry at another offset. */
    private static Entry renamed(long offset, Entry entry) {
        return new Entry(offset, entry.epoch(), entry.timestamp(), entry.group(), entry.key(), entry.message());
    }

    @Test
    void shouldRefuseAnythingAfterTheLastRecord() {
        byte[] encoded = encode(entries);
        for (int extra = 1; extra < 100; extra++) {
            refuses(5, ByteBuffer.allocate(encoded.length + extra).put(encoded).array());
        }
    }

    @Test
    void shouldRefuseARecordThatLeavesNoOffsetForTheNextOne() {
        refuses(Long.MAX_VALUE, encode(new Entry(Long.MAX_VALUE, 1, 0, "", "last")));
        refuses(Long.MAX_VALUE - 1, encode(entries(Long.MAX_VALUE - 1, 1, "last but one", "last")));
    }

    private static void refuses(long first, byte[] bytes) {
        assertThatThrownBy(() -> Records.parse(first, ByteBuffer.wrap(bytes)))
                .isInstanceOf(CorruptRecordException.class);
    }
}
