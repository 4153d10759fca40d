package io.replicatedlog.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * A run of intact records with consecutive offsets, epochs that never fall, and consistent groups, in contiguous memory. It
 * may begin and end inside a group. Immutable, and so safe to share between threads, as long as nobody writes to the bytes
 * that it was made from.
 */
public final class Records implements Iterable<Entry> {

    private final ByteBuffer bytes;
    private final int[] positions;
    private final long first;

    /** Of records that were checked before; {@code positions} are theirs in {@code bytes}, one after the other. */
    Records(ByteBuffer bytes, int[] positions, long first) {
        this.bytes = bytes;
        this.positions = positions;
        this.first = first;
    }

    /** A run without records, at {@code first}. */
    public static Records empty(long first) {
        return new Records(ByteBuffer.allocate(0), new int[0], first);
    }

    /**
     * Parses untrusted bytes. Checks every record: its bounds, its checksum, and that it follows the record before, within
     * the same append or not.
     *
     * @param first the offset that the first record must have
     * @param bytes the records, from position to limit; not copied
     * @throws CorruptRecordException unless the bytes are whole, consecutive records from {@code first} on
     */
    public static Records parse(long first, ByteBuffer bytes) throws CorruptRecordException {
        ByteBuffer records = bytes.slice();
        List<Integer> positions = new ArrayList<>();
        long epoch = 0;
        for (int position = 0; position < records.limit(); ) {
            int size = RecordFormat.verify(records, position);
            long expected = first + positions.size();
            if (expected < 0 || expected == Long.MAX_VALUE) {
                throw new CorruptRecordException("no record can have the offset " + expected);
            }
            if (RecordFormat.offset(records, position) != expected) {
                throw new CorruptRecordException(
                        "offset " + RecordFormat.offset(records, position) + " where " + expected + " belongs");
            }
            if (RecordFormat.epoch(records, position) < epoch) {
                throw new CorruptRecordException("epochs fall within the records, at offset " + expected);
            }
            int before = positions.isEmpty() ? -1 : positions.get(positions.size() - 1);
            checkGroup(records, before, position);
            epoch = RecordFormat.epoch(records, position);
            positions.add(position);
            position += size;
        }
        return new Records(
                records, positions.stream().mapToInt(Integer::intValue).toArray(), first);
    }

    /** @param before where the record before is; -1 for none: then this one may be anywhere in its group */
    private static void checkGroup(ByteBuffer records, int before, int position) throws CorruptRecordException {
        long offset = RecordFormat.offset(records, position);
        int index = RecordFormat.index(RecordFormat.group(records, position));
        boolean isPossible;
        if (before < 0) {
            isPossible = index <= offset;
        } else if (RecordFormat.isContinued(RecordFormat.group(records, before))) {
            isPossible = index == RecordFormat.index(RecordFormat.group(records, before)) + 1
                    && RecordFormat.epoch(records, position) == RecordFormat.epoch(records, before);
        } else {
            isPossible = index == 0;
        }
        if (!isPossible) {
            throw new CorruptRecordException("the record at offset " + offset + " has index " + index
                    + " in its append, and does not belong there");
        }
    }

    /**
     * Encodes the entries of one append.
     *
     * @param key UTF-8, of each of them; empty for none
     * @param messages UTF-8; copied
     */
    static Records encode(long first, long epoch, long timestamp, byte[] key, List<byte[]> messages) {
        int[] positions = new int[messages.size()];
        int size = 0;
        for (int i = 0; i < positions.length; i++) {
            positions[i] = size;
            size = Math.addExact(size, RecordFormat.size(key, messages.get(i)));
        }
        ByteBuffer bytes = ByteBuffer.allocate(size);
        for (int i = 0; i < positions.length; i++) {
            int group = RecordFormat.group(i, positions.length);
            RecordFormat.encode(bytes, first + i, epoch, timestamp, group, key, messages.get(i));
        }
        return new Records(bytes.flip(), positions, first);
    }

    /** Joins records that were encoded here, consecutive from {@code first}. */
    static Records join(long first, List<byte[]> encoded) {
        int[] positions = new int[encoded.size()];
        int size = 0;
        for (int i = 0; i < positions.length; i++) {
            positions[i] = size;
            size = Math.addExact(size, encoded.get(i).length);
        }
        ByteBuffer bytes = ByteBuffer.allocate(size);
        encoded.forEach(bytes::put);
        return new Records(bytes.flip(), positions, first);
    }

    /** Joins runs that follow each other from {@code first} on; a single one is not copied. */
    static Records concat(long first, List<Records> runs) {
        if (runs.size() == 1) {
            return runs.get(0);
        }
        int[] positions = new int[runs.stream().mapToInt(Records::count).sum()];
        ByteBuffer bytes =
                ByteBuffer.allocate(runs.stream().mapToInt(Records::sizeInBytes).reduce(0, Math::addExact));
        int count = 0;
        for (Records run : runs) {
            for (int position : run.positions) {
                positions[count++] = bytes.position() + position;
            }
            bytes.put(run.bytes());
        }
        return new Records(bytes.flip(), positions, first);
    }

    /** The offset of the first record, or where it would be. */
    public long first() {
        return first;
    }

    /** The offset after the last record. */
    public long end() {
        return first + positions.length;
    }

    public int count() {
        return positions.length;
    }

    public boolean isEmpty() {
        return positions.length == 0;
    }

    /** The size of all records in bytes. */
    public int sizeInBytes() {
        return bytes.limit();
    }

    /** All records as they are encoded, read-only, from position 0 to the limit. */
    public ByteBuffer bytes() {
        return bytes.asReadOnlyBuffer();
    }

    /** The epoch of the record at {@code offset}, which must lie within this run. */
    public long epochAt(long offset) {
        return RecordFormat.epoch(bytes, position(offset));
    }

    /** The greatest boundary up to {@code offset}, which must lie behind the first record of this run. */
    long wholeUntil(long offset) {
        return RecordFormat.wholeUntil(bytes, position(offset - 1));
    }

    /** The size in bytes of the record at {@code offset}, which must lie within this run. */
    int sizeAt(long offset) {
        return RecordFormat.size(bytes, position(offset));
    }

    /** The encoded record at {@code offset}, which must lie within this run. */
    public byte[] encodedAt(long offset) {
        int position = position(offset);
        byte[] encoded = new byte[RecordFormat.size(bytes, position)];
        bytes.get(position, encoded);
        return encoded;
    }

    /**
     * Compares with another run, which has records at all of these offsets.
     *
     * @return the offset of the first record that differs, or the end
     */
    public long sameUntil(Records other) {
        ByteBuffer here = bytes();
        ByteBuffer there = other.from(first).bytes();
        int differs = here.mismatch(there);
        if (differs < 0 || differs >= here.limit()) {
            return end();
        }
        int index = Arrays.binarySearch(positions, differs);
        return first + (index >= 0 ? index : -index - 2);
    }

    /** The records from {@code offset} on, without copying; {@code offset} is at least first and at most end. */
    public Records from(long offset) {
        if (offset == first) {
            return this;
        }
        if (offset == end()) {
            return empty(offset);
        }
        int start = position(offset);
        int skipped = (int) (offset - first);
        int[] rest = new int[positions.length - skipped];
        for (int i = 0; i < rest.length; i++) {
            rest[i] = positions[skipped + i] - start;
        }
        return new Records(bytes.slice(start, bytes.limit() - start), rest, offset);
    }

    @Override
    public Iterator<Entry> iterator() {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < positions.length;
            }

            @Override
            public Entry next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return RecordFormat.decode(bytes, positions[next++]);
            }
        };
    }

    private int position(long offset) {
        if (offset < first || offset >= end()) {
            throw new IndexOutOfBoundsException("Offset " + offset + " is not in [" + first + ", " + end() + ")");
        }
        return positions[(int) (offset - first)];
    }
}
