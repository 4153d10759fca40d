package io.replicatedlog.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.log.Records;
import java.net.URI;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.LongStream;

/**
 * What the primary sends to a secondary in one call: who it is, what must come before, and the records. Big-endian:
 *
 * <pre>
 *  0  int32   magic "RLB5"
 *  4  int64   log id, upper half
 * 12  int64   log id, lower half
 * 20  int64   epoch of the primary
 * 28  int64   epoch of the entry before the first record; 0 where there is none
 * 36  int64   committed offset
 * 44  int64   where the reign began
 * 52  int64   end of the primary's log
 * 60  int64   what the receiver has acknowledged in this reign
 * 68  int64   the refill of the receiver that is confirmed; 0 for none
 * 76  int64   node id of the primary, upper half
 * 84  int64   node id of the primary, lower half
 * 92  int64   offset of the first record
 * 100 uint16  length of the primary's URL
 * 102 uint16  length of the members as text; 0 where they are left out
 * 104 bytes   the URL and the members, then records to the end, as {@link io.replicatedlog.log.RecordFormat} has them
 * </pre>
 *
 * @param reign of the primary
 * @param previousEpoch of the entry before the first record; 0 where there is none
 * @param committed everything below it is held by a majority
 * @param start where the reign began: entries from here on are its own
 * @param end of the primary's log when this was put together; not below that of the records
 * @param acknowledged the receiver has acknowledged everything below it in this reign: if it holds less, it has lost something
 * @param confirmed the refill of the receiver that enough members have confirmed; 0 for none
 * @param node id of the primary
 * @param primary where the primary is called
 * @param members of the log; empty where the receiver has them already
 * @param records may be empty: then the call only asks where the secondary stands
 */
public record Batch(
        Reign reign,
        long previousEpoch,
        long committed,
        long start,
        long end,
        long acknowledged,
        long confirmed,
        UUID node,
        URI primary,
        Optional<Members> members,
        Records records) {

    /** The media type of the binary form. */
    public static final String MEDIA_TYPE = "application/vnd.replicated-log.batch";

    /** The media type of records by themselves. */
    public static final String RECORDS_MEDIA_TYPE = "application/vnd.replicated-log.records";

    private static final int MAGIC = 0x524C4235;
    private static final int FIXED_BYTES = 104;

    /** The binary form. */
    public byte[] encode() {
        byte[] url = primary.toString().getBytes(UTF_8);
        byte[] list = members.map(Members::text).orElse("").getBytes(UTF_8);
        return ByteBuffer.allocate(FIXED_BYTES + url.length + list.length + records.sizeInBytes())
                .putInt(MAGIC)
                .putLong(reign.logId().getMostSignificantBits())
                .putLong(reign.logId().getLeastSignificantBits())
                .putLong(reign.epoch())
                .putLong(previousEpoch)
                .putLong(committed)
                .putLong(start)
                .putLong(end)
                .putLong(acknowledged)
                .putLong(confirmed)
                .putLong(node.getMostSignificantBits())
                .putLong(node.getLeastSignificantBits())
                .putLong(records.first())
                .putShort((short) url.length)
                .putShort((short) list.length)
                .put(url)
                .put(list)
                .put(records.bytes())
                .array();
    }

    /**
     * Reads the binary form, checking every record.
     *
     * @throws CorruptRecordException if the bytes are anything else; the message says what is wrong
     */
    public static Batch decode(byte[] bytes) throws CorruptRecordException {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            if (in.getInt() != MAGIC) {
                throw new CorruptRecordException("a batch starts with \"RLB5\", this does not");
            }
            Reign reign = new Reign(new UUID(in.getLong(), in.getLong()), in.getLong());
            long previousEpoch = in.getLong();
            long committed = in.getLong();
            long start = in.getLong();
            long end = in.getLong();
            long acknowledged = in.getLong();
            long confirmed = in.getLong();
            UUID node = new UUID(in.getLong(), in.getLong());
            long first = in.getLong();
            byte[] url = new byte[Short.toUnsignedInt(in.getShort())];
            byte[] list = new byte[Short.toUnsignedInt(in.getShort())];
            in.get(url).get(list);
            boolean isNegative = LongStream.of(previousEpoch, committed, start, end, acknowledged, first)
                    .anyMatch(number -> number < 0);
            if (reign.epoch() < 1 || isNegative || start > end) {
                throw new CorruptRecordException(
                        "a batch has a negative number, an epoch below 1, or a reign that begins behind its end");
            }
            Records records = Records.parse(first, in);
            if (!records.isEmpty()
                    && (records.epochAt(first) < previousEpoch || records.epochAt(records.end() - 1) > reign.epoch())) {
                throw new CorruptRecordException("a record's epoch is below the one before, or above the primary's");
            }
            if (records.end() > end && !records.isEmpty()) {
                throw new CorruptRecordException("a batch has records behind the end of the primary's log");
            }
            URI primary = URI.create(new String(url, UTF_8));
            if (primary.getHost() == null
                    || !String.valueOf(primary.getScheme()).matches("https?")) {
                throw new CorruptRecordException("the primary's URL in a batch is none");
            }
            Optional<Members> members =
                    list.length == 0 ? Optional.empty() : Optional.of(Members.parse(new String(list, UTF_8)));
            return new Batch(
                    reign,
                    previousEpoch,
                    committed,
                    start,
                    end,
                    acknowledged,
                    confirmed,
                    node,
                    primary,
                    members,
                    records);
        } catch (BufferUnderflowException e) {
            throw new CorruptRecordException("a batch is cut short: " + bytes.length + " bytes");
        } catch (IllegalArgumentException e) {
            throw new CorruptRecordException("the primary's URL or the members in a batch are none");
        }
    }
}
