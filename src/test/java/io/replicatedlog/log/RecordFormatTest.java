package io.replicatedlog.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordFormatTest {

    private static final Entry ENTRY = new Entry(7, 3, 1_700_000_000_000L, "key", "gr\u00fc\u00df dich");

    static Stream<Entry> entries() {
        return Stream.of(
                new Entry(0, 0, 0, "", ""),
                new Entry(1, 1, 1, "", "\u0000"),
                new Entry(2, 1, 2, "", "a\u0000b\"c\\d\n"),
                new Entry(3, 1, 3, "", "\ud83d\ude00 \ud834\udd1e"),
                new Entry(4, 1, 4, "\u00e4 key", "and a message"),
                new Entry(5, 1, 5, "only a key", ""),
                new Entry(6, 1, 6, "k".repeat(RecordFormat.MAX_KEY_BYTES), "longest key"),
                new Entry(7, 1, 7, "", "x".repeat(500_000)),
                new Entry(Long.MAX_VALUE - 1, Long.MAX_VALUE, Long.MAX_VALUE, "", "largest numbers"),
                new Entry(8, 1, -1, "", "before 1970"),
                new Entry(9, 1, 9, RecordFormat.group(3, 5), "", "in the middle of its append"),
                new Entry(10, 1, 10, RecordFormat.group(4, 5), "", "the last of its append"),
                new Entry(Long.MAX_VALUE - 1, 1, 11, Integer.MAX_VALUE, "", "largest index"));
    }

    @ParameterizedTest
    @MethodSource("entries")
    void shouldDecodeWhatItEncoded(Entry entry) throws Exception {
        byte[] encoded = RecordFormat.encode(entry);

        Records parsed = Records.parse(entry.offset(), ByteBuffer.wrap(encoded));

        assertThat(SampleRecords.list(parsed)).containsExactly(entry);
        assertThat(parsed.encodedAt(entry.offset())).isEqualTo(encoded);
    }

    @Test
    void shouldDecodeWhateverWasEncoded() {
        Seeds.each(2_000, random -> {
            Entry entry = new Entry(
                    Integer.MAX_VALUE + random.nextLong(1L << 60),
                    random.nextLong(Long.MAX_VALUE),
                    random.nextLong(),
                    random.nextInt(),
                    SampleRecords.text(random),
                    SampleRecords.text(random));

            Records parsed = Records.parse(entry.offset(), ByteBuffer.wrap(RecordFormat.encode(entry)));

            assertThat(SampleRecords.list(parsed)).containsExactly(entry);
        });
    }

    /** Nodes of different versions read each other's records and files: the layout never changes by accident. */
    @Test
    void shouldLayARecordOutAsDocumented() throws IOException {
        byte[] key = ENTRY.key().getBytes(UTF_8);
        byte[] message = ENTRY.message().getBytes(UTF_8);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(34 + key.length + message.length);
            out.writeLong(7);
            out.writeLong(3);
            out.writeLong(1_700_000_000_000L);
            out.writeInt(0x80000002);
            out.writeShort(key.length);
            out.write(key);
            out.write(message);
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes.toByteArray());
        ByteBuffer expected = ByteBuffer.allocate(bytes.size() + 4)
                .put(bytes.toByteArray(), 0, 4)
                .putInt((int) crc.getValue())
                .put(bytes.toByteArray(), 4, bytes.size() - 4);

        Entry third = new Entry(7, 3, 1_700_000_000_000L, RecordFormat.group(2, 4), "key", ENTRY.message());
        assertThat(RecordFormat.encode(third)).isEqualTo(expected.array());
    }

    @Test
    void shouldTellFromTheRecordBeforeAnOffsetWhereAnAppendBegins() {
        for (Entry entry : SampleRecords.together(40, 1, "a", "b", "c")) {
            ByteBuffer record = ByteBuffer.wrap(RecordFormat.encode(entry));

            boolean isLast = entry.offset() == 42;
            assertThat(entry.isContinued()).isEqualTo(!isLast);
            assertThat(RecordFormat.wholeUntil(record, 0)).isEqualTo(isLast ? 43 : 40);
        }
        assertThat(RecordFormat.wholeUntil(ByteBuffer.wrap(RecordFormat.encode(ENTRY)), 0))
                .as("an append of one message")
                .isEqualTo(8);
    }

    @Test
    void shouldDetectEverySingleFlippedBit() {
        byte[] encoded = SampleRecords.encode(
                new Entry(0, 1, 5, "k", "first"), new Entry(1, 1, 6, "", ""), new Entry(2, 2, 7, "", "last"));
        for (int bit = 0; bit < encoded.length * 8; bit++) {
            byte[] flipped = encoded.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);

            assertThatThrownBy(() -> Records.parse(0, ByteBuffer.wrap(flipped)))
                    .as("bit %d of byte %d", bit % 8, bit / 8)
                    .isInstanceOf(CorruptRecordException.class);
        }
    }

    @Test
    void shouldDetectARecordThatIsCutAtAnyByte() {
        byte[] encoded = RecordFormat.encode(ENTRY);
        for (int size = 1; size < encoded.length; size++) {
            byte[] cut = Arrays.copyOf(encoded, size);

            assertThatThrownBy(() -> Records.parse(ENTRY.offset(), ByteBuffer.wrap(cut)))
                    .as("cut to %d bytes", size)
                    .isInstanceOf(CorruptRecordException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 1, 33, 1_000, Integer.MAX_VALUE - 4, Integer.MAX_VALUE})
    void shouldRefuseALengthThatIsImpossible(int length) {
        ByteBuffer record = ByteBuffer.wrap(RecordFormat.encode(ENTRY)).putInt(0, length);

        assertThatThrownBy(() -> RecordFormat.verify(record, 0)).isInstanceOf(CorruptRecordException.class);
    }

    @Test
    void shouldRefuseAKeyThatReachesBeyondTheRecordThoughTheChecksumMatches() {
        ByteBuffer record = ByteBuffer.wrap(RecordFormat.encode(ENTRY));
        int text = record.limit() - RecordFormat.HEADER_BYTES;
        record.putShort(36, (short) (text + 1));
        sign(record);

        assertThatThrownBy(() -> RecordFormat.verify(record, 0)).isInstanceOf(CorruptRecordException.class);
    }

    @Test
    void shouldTakeAKeyThatFillsTheWholeRecord() throws Exception {
        ByteBuffer record = ByteBuffer.wrap(RecordFormat.encode(ENTRY));
        record.putShort(36, (short) (record.limit() - RecordFormat.HEADER_BYTES));
        sign(record);

        assertThat(RecordFormat.verify(record, 0)).isEqualTo(record.limit());
        assertThat(RecordFormat.decode(record, 0).message()).isEmpty();
    }

    @Test
    void shouldVerifyAtAPositionAndNotReadPastTheLimit() throws Exception {
        byte[] encoded = RecordFormat.encode(ENTRY);
        ByteBuffer buffer = ByteBuffer.allocate(encoded.length + 8).position(3).put(encoded);
        buffer.limit(3 + encoded.length);

        assertThat(RecordFormat.verify(buffer, 3)).isEqualTo(encoded.length);
        buffer.limit(2 + encoded.length);
        assertThatThrownBy(() -> RecordFormat.verify(buffer, 3)).isInstanceOf(CorruptRecordException.class);
    }

    @Test
    void shouldRefuseToEncodeAKeyThatIsTooLong() {
        Entry entry = new Entry(0, 1, 1, "k".repeat(RecordFormat.MAX_KEY_BYTES + 1), "");

        assertThatThrownBy(() -> RecordFormat.encode(entry)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Gives a record that was tampered with the checksum that belongs to it. */
    private static void sign(ByteBuffer record) {
        CRC32C crc = new CRC32C();
        crc.update(record.array(), 0, 4);
        crc.update(record.array(), 8, record.limit() - 8);
        record.putInt(4, (int) crc.getValue());
    }
}
