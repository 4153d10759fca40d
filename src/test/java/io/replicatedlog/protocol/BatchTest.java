package io.replicatedlog.protocol;

import static io.replicatedlog.log.SampleRecords.encode;
import static io.replicatedlog.log.SampleRecords.entries;
import static io.replicatedlog.log.SampleRecords.list;
import static io.replicatedlog.log.SampleRecords.records;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.Seeds;
import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.log.Entry;
import io.replicatedlog.log.Records;
import io.replicatedlog.log.SampleRecords;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BatchTest {

    private static final URI URL = URI.create("http://primary:8080");
    private static final Reign REIGN = new Reign(new UUID(-1, 1), 3);
    private static final UUID NODE = new UUID(-8, 8);
    private static final Members MEMBERS = new Members(2, Map.of(new Member(URL), Optional.of(NODE)));
    private static final int START_AT = 44;
    private static final int END_AT = 52;
    private static final int FIRST_AT = 92;
    private static final int URL_AT = 104;
    private static final int MEMBERS_AT = URL_AT + URL.toString().length();
    private static final int RECORDS_AT = MEMBERS_AT + MEMBERS.text().length();

    private final Batch batch = new Batch(
            REIGN,
            1,
            4,
            5,
            7,
            3,
            77,
            NODE,
            URL,
            Optional.of(MEMBERS),
            records(List.of(new Entry(5, 1, 50, "key", "f\u00fcnf"), new Entry(6, 3, 60, "", ""))));

    @Test
    void shouldDecodeWhatItEncoded() throws Exception {
        assertSame(Batch.decode(batch.encode()), batch);
    }

    @Test
    void shouldDecodeAProbe() throws Exception {
        Batch probe = new Batch(
                REIGN,
                2,
                4,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                0,
                NODE,
                URI.create("https://[::1]:9443"),
                Optional.empty(),
                Records.empty(Long.MAX_VALUE));

        assertSame(Batch.decode(probe.encode()), probe);
    }

    @Test
    void shouldDecodeWhateverWasEncoded() {
        Seeds.each(1_000, random -> {
            long epoch = 1 + random.nextInt(100);
            long first = random.nextLong(Long.MAX_VALUE - 100);
            List<Entry> sent = new ArrayList<>();
            for (int i = random.nextInt(5); i > 0; i--) {
                String text = SampleRecords.text(random);
                sent.add(new Entry(first + sent.size(), epoch, random.nextLong(), text, text));
            }
            long end = first + sent.size() + random.nextInt(50);
            URI url = URI.create("http://h" + random.nextInt(1_000_000));
            UUID node = new UUID(random.nextLong(), random.nextLong());
            Members members = new Members(epoch, Map.of(new Member(url), Optional.of(node)));
            Batch sentBatch = new Batch(
                    new Reign(new UUID(random.nextLong(), random.nextLong()), epoch),
                    random.nextLong(epoch + 1),
                    random.nextLong(Long.MAX_VALUE),
                    random.nextLong(end + 1),
                    end,
                    random.nextLong(Long.MAX_VALUE),
                    random.nextLong(Long.MAX_VALUE),
                    node,
                    url,
                    random.nextBoolean() ? Optional.of(members) : Optional.empty(),
                    sent.isEmpty() ? Records.empty(first) : records(sent));

            assertSame(Batch.decode(sentBatch.encode()), sentBatch);
        });
    }

    @Test
    void shouldRefuseABatchThatIsCutAtAnyByte() throws Exception {
        byte[] encoded = batch.encode();
        int betweenRecords = RECORDS_AT + batch.records().encodedAt(5).length;
        for (int size = 0; size < encoded.length; size++) {
            byte[] cut = Arrays.copyOf(encoded, size);
            if (size == RECORDS_AT || size == betweenRecords) {
                assertThat(Batch.decode(cut).records().count())
                        .as("whole records, only fewer")
                        .isEqualTo(size == RECORDS_AT ? 0 : 1);
            } else {
                refuses(cut);
            }
        }
    }

    @Test
    void shouldRefuseABatchWithAnyBitFlippedInItsRecords() {
        byte[] encoded = batch.encode();
        for (int bit = RECORDS_AT * 8; bit < encoded.length * 8; bit++) {
            byte[] flipped = encoded.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);

            refuses(flipped);
        }
    }

    @Test
    void shouldRefuseAnotherMagic() {
        refuses(changed(0, (byte) 'X'));
        refuses(changed(3, (byte) '3'));
    }

    @Test
    void shouldRefuseNegativeNumbersAndAnEpochBelowOne() {
        Batch probe = batch(Records.empty(0), 0);
        refuses(withLong(probe, 20, 0));
        for (int at : new int[] {20, 28, 36, START_AT, END_AT, 60, FIRST_AT}) {
            refuses(withLong(probe, at, -1));
            refuses(withLong(probe, at, Long.MIN_VALUE));
        }
    }

    @Test
    void shouldRefuseRecordsThatDoNotStartWhereItSays() {
        refuses(withLong(batch, FIRST_AT, 4));
        refuses(withLong(batch, FIRST_AT, 6));
    }

    @Test
    void shouldRefuseRecordsBehindTheEndOfThePrimarysLog() {
        refuses(withLong(batch, END_AT, 6));
        refuses(withLong(batch, END_AT, 0));
    }

    @Test
    void shouldRefuseAReignThatBeginsBehindTheEndOfThePrimarysLog() throws Exception {
        assertThat(Batch.decode(withLong(batch, START_AT, 7)).start()).isEqualTo(7);

        refuses(withLong(batch, START_AT, 8));
        refuses(withLong(batch, START_AT, Long.MAX_VALUE));
    }

    @Test
    void shouldRefuseMembersThatAreNone() {
        refuses(changed(MEMBERS_AT, (byte) 'x'));
        refuses(changed(MEMBERS_AT, (byte) ' '));
        refuses(changed(MEMBERS_AT + 1, (byte) '1'));
        refuses(changed(RECORDS_AT - 1, (byte) 'x'));
        refuses(changed(RECORDS_AT - 1, (byte) ' '));
    }

    @Test
    void shouldRefuseEpochsThatCannotBe() {
        refuses(batch(records(5, 1, "below the one before"), 2).encode());
        refuses(batch(records(5, 4, "above the primary's"), 1).encode());
    }

    @Test
    void shouldRefuseAUrlThatIsNone() {
        refuses(changed(URL_AT, (byte) ' '));
        refuses(changed(URL_AT + 4, (byte) '\\'));
    }

    @Test
    void shouldRefuseARecordAtTheLargestOffset() {
        ByteBuffer head =
                ByteBuffer.wrap(withLong(batch, FIRST_AT, Long.MAX_VALUE)).limit(RECORDS_AT);
        byte[] record = encode(entries(Long.MAX_VALUE, 3, "the end overflows"));

        refuses(ByteBuffer.allocate(RECORDS_AT + record.length)
                .put(head)
                .put(record)
                .array());
    }

    @Test
    void shouldAnswerHostileBytesWithNothingButARefusal() {
        Seeds.each(20_000, random -> {
            byte[] hostile = batch.encode();
            if (random.nextInt(4) == 0) {
                hostile = new byte[random.nextInt(300)];
                random.nextBytes(hostile);
                System.arraycopy(batch.encode(), 0, hostile, 0, Math.min(hostile.length, random.nextInt(200)));
            } else {
                long[] extremes = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE, random.nextLong()};
                for (int i = 1 + random.nextInt(3); i > 0; i--) {
                    int at = random.nextInt(hostile.length - 7);
                    ByteBuffer.wrap(hostile).putLong(at, extremes[random.nextInt(extremes.length)]);
                }
            }
            decodeOrRefuse(hostile);
        });
    }

    /** What was decoded can be used, and encodes to a batch again. */
    private static void decodeOrRefuse(byte[] bytes) {
        Batch decoded;
        try {
            decoded = Batch.decode(bytes);
        } catch (CorruptRecordException e) {
            assertThat(e).hasMessageNotContaining("null");
            return;
        }
        assertThat(decoded.records().end())
                .isEqualTo(decoded.records().first() + decoded.records().count());
        assertThat(list(decoded.records())).hasSize(decoded.records().count());
        assertThat(decoded.reign().epoch()).isPositive();
    }

    private static Batch batch(Records records, long previousEpoch) {
        return new Batch(REIGN, previousEpoch, 0, 0, Long.MAX_VALUE, 0, 0, NODE, URL, Optional.empty(), records);
    }

    private byte[] changed(int at, byte value) {
        byte[] encoded = batch.encode();
        encoded[at] = value;
        return encoded;
    }

    private static byte[] withLong(Batch sent, int at, long value) {
        return ByteBuffer.wrap(sent.encode()).putLong(at, value).array();
    }

    private static void refuses(byte[] bytes) {
        assertThatThrownBy(() -> Batch.decode(bytes)).isInstanceOf(CorruptRecordException.class);
    }

    private static void assertSame(Batch decoded, Batch sent) {
        assertThat(decoded)
                .usingRecursiveComparison()
                .comparingOnlyFields(
                        "reign",
                        "previousEpoch",
                        "committed",
                        "start",
                        "end",
                        "acknowledged",
                        "confirmed",
                        "node",
                        "primary",
                        "members")
                .isEqualTo(sent);
        assertThat(decoded.records().first()).isEqualTo(sent.records().first());
        assertThat(decoded.records().bytes()).isEqualTo(sent.records().bytes());
        assertThat(list(decoded.records())).isEqualTo(list(sent.records()));
    }
}
