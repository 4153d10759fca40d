package io.replicatedlog.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One file of a {@link SegmentedLog}: consecutive records, named by the offset of the first. Any number of threads read
 * beside one that appends; the log keeps both out while it cuts.
 */
final class Segment implements Closeable {

    private static final int REWRITE_BYTES = 1024 * 1024;

    private final long first;
    private final DiskFile file;
    private final SegmentIndex index;

    /** Whether a force has failed. Guarded by the monitor of this segment. */
    private boolean hasFailed;

    /** @param index of the records that the file holds */
    Segment(long first, DiskFile file, SegmentIndex index) {
        this.first = first;
        this.file = file;
        this.index = index;
    }

    static String name(long first) {
        return String.format("%020d.log", first);
    }

    static String indexName(long first) {
        return String.format("%020d.index", first);
    }

    long first() {
        return first;
    }

    SegmentIndex index() {
        return index;
    }

    long end() {
        return index.tip().end();
    }

    int size() {
        return index.tip().size();
    }

    /**
     * Writes records at the end: all of them or none.
     *
     * @throws IOException if that failed; if the part that was written could not be cut off again, that failure is
     *     suppressed in it
     */
    void append(Records records) throws IOException {
        write(records.bytes());
        for (long offset = records.first(); offset < records.end(); offset++) {
            index.add(records.sizeAt(offset), records.epochAt(offset));
        }
    }

    /** Writes the entries from this offset on again, as they are. */
    void rewrite(long from) throws IOException, DamagedRecordException {
        for (long next = Math.max(first, from); next < end(); ) {
            Records some = read(next, Integer.MAX_VALUE, REWRITE_BYTES);
            file.write(placeOf(next).position(), some.bytes());
            next = some.end();
        }
    }

    /**
     * Makes everything durable that was written before this call. Only one thread forces at a time, and none once a force
     * has failed: the system may report the failure to one caller and success to another.
     */
    synchronized void force() throws IOException {
        if (hasFailed) {
            throw new IOException("a force of this file has failed before");
        }
        try {
            file.force();
        } catch (IOException e) {
            hasFailed = true;
            throw e;
        }
    }

    /**
     * The place of a record; of the end, too.
     *
     * @param offset from the first to the end
     */
    SegmentIndex.Place placeOf(long offset) throws IOException, DamagedRecordException {
        SegmentIndex.Tip tip = index.tip();
        if (offset == tip.end()) {
            return new SegmentIndex.Place(offset, tip.size());
        }
        SegmentIndex.Place place = index.floor(offset);
        int position = place.position();
        for (long before = place.offset(); before < offset; before++) {
            position += read(before, 1, 1).sizeInBytes();
        }
        return new SegmentIndex.Place(offset, position);
    }

    /** Forgets every record from this place on. The file is as it was until {@link #truncateFile}. */
    void forget(SegmentIndex.Place place) {
        index.truncate(place);
    }

    /** Cuts the file off behind the last record; durable on return. */
    void truncateFile() throws IOException {
        file.truncate(size());
        force();
    }

    /**
     * Reads as {@link Log#read}, up to the end of the segment at most.
     *
     * @param from within the segment
     * @throws DamagedRecordException if a record is not what was written
     */
    Records read(long from, int maxEntries, int maxBytes) throws IOException, DamagedRecordException {
        SegmentIndex.Tip tip = index.tip();
        if (from < first || from >= tip.end()) {
            throw new IndexOutOfBoundsException(from + " is not in [" + first + ", " + tip.end() + ")");
        }
        SegmentIndex.Place start = index.floor(from);
        long wanted = (long) SegmentIndex.INTERVAL_BYTES + maxBytes;
        while (true) {
            ByteBuffer bytes = load(start.position(), (int) Math.min(wanted, tip.size() - start.position()));
            Run run = new Run(first, bytes, start, tip);
            Records read = run.read(from, maxEntries, maxBytes);
            if (!read.isEmpty()) {
                return read;
            }
            wanted = run.bytesNeeded() + maxBytes;
        }
    }

    /** Reads the whole segment and checks every record. */
    SegmentScan scan() throws IOException {
        return new SegmentScan(file, first, size(), Long.MAX_VALUE);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private void write(ByteBuffer bytes) throws IOException {
        int size = size();
        try {
            file.write(size, bytes);
        } catch (IOException e) {
            undo(size, e);
            throw e;
        }
    }

    /** Cuts off a partial write: the next start could take it for entries. */
    private void undo(int size, IOException cause) {
        try {
            file.truncate(size);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private ByteBuffer load(long position, int bytes) throws IOException {
        ByteBuffer loaded = ByteBuffer.allocate(bytes);
        file.read(position, loaded);
        return loaded.flip();
    }

    /** Bytes of a segment from a known place on, parsed record by record. */
    private static final class Run {
        private final long segment;
        private final ByteBuffer bytes;
        private final int start;
        private final long end;
        private final boolean isComplete;
        private long offset;
        private int position;
        private int needed;

        Run(long segment, ByteBuffer bytes, SegmentIndex.Place start, SegmentIndex.Tip tip) {
            this.segment = segment;
            this.bytes = bytes;
            this.start = start.position();
            this.end = tip.end();
            this.isComplete = start.position() + bytes.limit() == tip.size();
            this.offset = start.offset();
        }

        /** Empty if the bytes end before the first of these records does. */
        Records read(long from, int maxEntries, int maxBytes) throws DamagedRecordException {
            while (offset < from && hasRecord()) {
                next();
            }
            int begin = position;
            int[] positions = new int[16];
            int count = 0;
            while (offset >= from && count < maxEntries && offset < end && hasRecord()) {
                if (count > 0 && position + RecordFormat.size(bytes, position) - begin > maxBytes) {
                    break;
                }
                if (count == positions.length) {
                    positions = Arrays.copyOf(positions, 2 * count);
                }
                positions[count++] = position - begin;
                next();
            }
            return new Records(bytes.slice(begin, position - begin), Arrays.copyOf(positions, count), from);
        }

        /** How many bytes the run must have at least to include the next record. */
        long bytesNeeded() {
            return needed;
        }

        private boolean hasRecord() {
            int available = bytes.limit() - position;
            needed = position + RecordFormat.HEADER_BYTES;
            if (available >= RecordFormat.HEADER_BYTES) {
                needed = position + Math.max(RecordFormat.HEADER_BYTES, RecordFormat.size(bytes, position));
            }
            return isComplete || available >= needed - position;
        }

        private void next() throws DamagedRecordException {
            try {
                int size = RecordFormat.verify(bytes, position);
                if (RecordFormat.offset(bytes, position) != offset) {
                    throw new CorruptRecordException(
                            "offset " + RecordFormat.offset(bytes, position) + " where " + offset + " belongs");
                }
                position += size;
                offset++;
            } catch (CorruptRecordException e) {
                throw new DamagedRecordException(segment, offset, (long) start + position, e.getMessage());
            }
        }
    }
}
