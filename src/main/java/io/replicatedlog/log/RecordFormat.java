package io.replicatedlog.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The binary form of an entry, the same in memory, on the wire and on disk. All numbers are big-endian.
 *
 * <pre>
 *  0  int32   length      bytes that follow this field
 *  4  int32   CRC-32C     of every other byte of the record, the length included
 *  8  int64   offset
 * 16  int64   epoch
 * 24  int64   timestamp   milliseconds since 1970
 * 32  int32   group       bit 31: the next entry belongs to the same append; bits 0 to 30: how many entries before do
 * 36  uint16  key length
 * 38  bytes   key, then message to the end; both UTF-8
 * </pre>
 *
 * <p>The entries of one append are a <em>group</em>. A <em>boundary</em> is an offset between two groups, 0, or the end of a
 * log that ends with a whole group. The record before an offset tells the boundary at or before it.
 *
 * <p>CRC-32C is the Castagnoli polynomial of RFC 3720, which processors compute in hardware. All methods are stateless.
 */
public final class RecordFormat {

    /** Bytes of a record before its key. */
    public static final int HEADER_BYTES = 38;

    /** Longest key, in UTF-8 bytes. */
    public static final int MAX_KEY_BYTES = 0xFFFF;

    /** In a group: the next entry belongs to the same append. */
    private static final int CONTINUED = 0x80000000;

    private static final int LENGTH_BYTES = 4;
    private static final int CHECKED_FROM = 8;

    private RecordFormat() {}

    /** The group field of the entry at {@code index} among the {@code count} entries of its append. */
    public static int group(int index, int count) {
        return index < count - 1 ? index | CONTINUED : index;
    }

    /** Whether the next entry belongs to the same append, by the group field of this one. */
    static boolean isContinued(int group) {
        return (group & CONTINUED) != 0;
    }

    /** How many entries before belong to the same append, by the group field of this one. */
    static int index(int group) {
        return group & ~CONTINUED;
    }

    /**
     * Encodes an entry whose texts are already UTF-8 at the buffer's position, and moves it behind the record.
     *
     * @throws IllegalArgumentException if the key is longer than {@link #MAX_KEY_BYTES}
     */
    static void encode(
            ByteBuffer into, long offset, long epoch, long timestamp, int group, byte[] key, byte[] message) {
        int position = into.position();
        int size = size(key, message);
        into.putInt(size - LENGTH_BYTES)
                .putInt(0)
                .putLong(offset)
                .putLong(epoch)
                .putLong(timestamp)
                .putInt(group)
                .putShort((short) key.length)
                .put(key)
                .put(message)
                .putInt(position + LENGTH_BYTES, checksum(into, position, size));
    }

    /**
     * The size in bytes of the record that an entry becomes.
     *
     * @throws IllegalArgumentException if the key is longer than {@link #MAX_KEY_BYTES}
     */
    static int size(byte[] key, byte[] message) {
        if (key.length > MAX_KEY_BYTES) {
            throw new IllegalArgumentException("A key takes at most " + MAX_KEY_BYTES + " bytes");
        }
        return Math.addExact(HEADER_BYTES + key.length, message.length);
    }

    /**
     * Encodes an entry. Text without a UTF-8 form (a lone surrogate) must have been refused before.
     *
     * @throws IllegalArgumentException if the key is longer than {@link #MAX_KEY_BYTES}
     */
    public static byte[] encode(Entry entry) {
        byte[] key = entry.key().getBytes(UTF_8);
        byte[] message = entry.message().getBytes(UTF_8);
        ByteBuffer record = ByteBuffer.allocate(size(key, message));
        encode(record, entry.offset(), entry.epoch(), entry.timestamp(), entry.group(), key, message);
        return record.array();
    }

    /**
     * The size in bytes of the record that starts at {@code position}, after its bounds and checksum were verified.
     *
     * @param buffer read by absolute positions only, up to its limit
     * @throws CorruptRecordException if no whole and intact record starts there
     */
    public static int verify(ByteBuffer buffer, int position) throws CorruptRecordException {
        int available = buffer.limit() - position;
        if (available < HEADER_BYTES) {
            throw new CorruptRecordException("a record's header is cut short: " + available + " bytes");
        }
        int length = buffer.getInt(position);
        if (length < HEADER_BYTES - LENGTH_BYTES || length > available - LENGTH_BYTES) {
            throw new CorruptRecordException("a record's length is impossible: " + length);
        }
        int size = LENGTH_BYTES + length;
        if (buffer.getInt(position + LENGTH_BYTES) != checksum(buffer, position, size)) {
            throw new CorruptRecordException("a record's checksum does not match");
        }
        if (HEADER_BYTES + keyLength(buffer, position) > size) {
            throw new CorruptRecordException("a record's key is longer than the record");
        }
        return size;
    }

    /** The size in bytes of a record that was verified before. */
    static int size(ByteBuffer buffer, int position) {
        return LENGTH_BYTES + buffer.getInt(position);
    }

    static long offset(ByteBuffer buffer, int position) {
        return buffer.getLong(position + 8);
    }

    static long epoch(ByteBuffer buffer, int position) {
        return buffer.getLong(position + 16);
    }

    static int group(ByteBuffer buffer, int position) {
        return buffer.getInt(position + 32);
    }

    /** The greatest boundary up to the offset after a record that was verified before. */
    static long wholeUntil(ByteBuffer buffer, int position) {
        int group = group(buffer, position);
        return isContinued(group) ? offset(buffer, position) - index(group) : offset(buffer, position) + 1;
    }

    /** Decodes a record that was verified before. */
    static Entry decode(ByteBuffer buffer, int position) {
        int keyLength = keyLength(buffer, position);
        int messageLength = size(buffer, position) - HEADER_BYTES - keyLength;
        byte[] text = new byte[keyLength + messageLength];
        buffer.get(position + HEADER_BYTES, text);
        return new Entry(
                offset(buffer, position),
                epoch(buffer, position),
                buffer.getLong(position + 24),
                group(buffer, position),
                new String(text, 0, keyLength, UTF_8),
                new String(text, keyLength, messageLength, UTF_8));
    }

    private static int keyLength(ByteBuffer buffer, int position) {
        return Short.toUnsignedInt(buffer.getShort(position + 36));
    }

    private static int checksum(ByteBuffer buffer, int position, int size) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.slice(position, LENGTH_BYTES));
        crc.update(buffer.slice(position + CHECKED_FROM, size - CHECKED_FROM));
        return (int) crc.getValue();
    }
}
