package io.replicatedlog.log;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The sparse index of one segment: its end, its epochs, and a place about every {@value #INTERVAL_BYTES} bytes. Kept in
 * memory. A sealed segment has it in a file as well, which saves scanning the segment at the next start. The file,
 * big-endian:
 *
 * <pre>
 *  0  int32   magic "RLI2"
 *  4  int64   first offset
 * 12  int64   end offset
 * 20  int32   size of the segment in bytes
 * 24  int32   number of epochs, then for each: int64 the offset it begins at, int64 the epoch
 *     int32   number of places, then for each: int32 offset less the first, int32 position
 *     int32   CRC-32C of all before
 * </pre>
 *
 * <p>Thread-safe: guarded by its own monitor.
 */
final class SegmentIndex {

    static final int INTERVAL_BYTES = 8192;

    private static final int MAGIC = 0x524C4932;
    private static final int CRC_BYTES = 4;

    private final long first;
    private long end;
    private int size;

    /** Pairs of the offset where an epoch begins, and the epoch; {@code epochCount} of them. */
    private long[] epochs = new long[2];

    private int epochCount;

    /** Pairs of an offset less the first, and its position; {@code placeCount} of them. */
    private int[] places = new int[16];

    private int placeCount;

    /** A record and its position in the segment. */
    record Place(long offset, int position) {}

    /** The end of the segment: as an offset, and in bytes. */
    record Tip(long end, int size) {}

    SegmentIndex(long first) {
        this.first = first;
        this.end = first;
    }

    /** Adds a record at the end. */
    synchronized void add(int bytes, long epoch) {
        if (epochCount == 0 || epochs[2 * epochCount - 1] != epoch) {
            addEpoch(end, epoch);
        }
        if (placeCount == 0 || size - places[2 * placeCount - 1] >= INTERVAL_BYTES) {
            addPlace((int) (end - first), size);
        }
        end++;
        size += bytes;
    }

    synchronized Tip tip() {
        return new Tip(end, size);
    }

    /** The last known place at or before an offset within the segment. */
    synchronized Place floor(long offset) {
        int low = 0;
        for (int high = placeCount; high - low > 1; ) {
            int middle = (low + high) >>> 1;
            if (first + places[2 * middle] <= offset) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return new Place(first + places[2 * low], places[2 * low + 1]);
    }

    /** The epoch of the entry at an offset within the segment. */
    synchronized long epochAt(long offset) {
        int found = epochCount - 1;
        while (epochs[2 * found] > offset) {
            found--;
        }
        return epochs[2 * found + 1];
    }

    /** The epoch of the last entry; 0 if there is none. */
    synchronized long lastEpoch() {
        return epochCount == 0 ? 0 : epochs[2 * epochCount - 1];
    }

    /** Forgets every record from this place on. */
    synchronized void truncate(Place place) {
        end = place.offset();
        size = place.position();
        while (epochCount > 0 && epochs[2 * epochCount - 2] >= end) {
            epochCount--;
        }
        while (placeCount > 0 && places[2 * placeCount - 1] >= size) {
            placeCount--;
        }
    }

    /** The content of the file beside the segment. */
    synchronized byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(32 + 16 * epochCount + 8 * placeCount + CRC_BYTES)
                .putInt(MAGIC)
                .putLong(first)
                .putLong(end)
                .putInt(size)
                .putInt(epochCount);
        Arrays.stream(epochs, 0, 2 * epochCount).forEach(out::putLong);
        out.putInt(placeCount);
        Arrays.stream(places, 0, 2 * placeCount).forEach(out::putInt);
        return out.putInt(checksum(out.array())).array();
    }

    /**
     * Reads {@link #encode}.
     *
     * @param first the first offset of the segment beside it
     * @param size of the segment beside it
     * @return empty if these bytes are not its index, intact
     */
    static Optional<SegmentIndex> decode(byte[] bytes, long first, long size) {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            if (bytes.length < CRC_BYTES
                    || in.getInt(bytes.length - CRC_BYTES) != checksum(bytes)
                    || in.getInt() != MAGIC
                    || in.getLong() != first) {
                return Optional.empty();
            }
            SegmentIndex index = new SegmentIndex(first);
            index.end = in.getLong();
            index.size = in.getInt();
            for (int epochs = in.getInt(); epochs > 0; epochs--) {
                index.addEpoch(in.getLong(), in.getLong());
            }
            for (int places = in.getInt(); places > 0; places--) {
                index.addPlace(in.getInt(), in.getInt());
            }
            return index.size == size ? Optional.of(index) : Optional.empty();
        } catch (BufferUnderflowException e) {
            return Optional.empty();
        }
    }

    private void addEpoch(long offset, long epoch) {
        if (2 * epochCount == epochs.length) {
            epochs = Arrays.copyOf(epochs, 2 * epochs.length);
        }
        epochs[2 * epochCount] = offset;
        epochs[2 * epochCount + 1] = epoch;
        epochCount++;
    }

    private void addPlace(int offset, int position) {
        if (2 * placeCount == places.length) {
            places = Arrays.copyOf(places, 2 * places.length);
        }
        places[2 * placeCount] = offset;
        places[2 * placeCount + 1] = position;
        placeCount++;
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - CRC_BYTES);
        return (int) crc.getValue();
    }
}
