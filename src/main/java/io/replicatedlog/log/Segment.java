package io.replicatedlog.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One file of a {@link SegmentedLog}: records one after the other, named by the offset of the first. Any number of threads
 * read beside one that appends; cutting excludes both, which the log sees to.
 */
final class Segment implements Closeable {

    private static final int REWRITE_BYTES = 1024 * 1024;

    private final long first;
    private final DiskFile file;
    private final SegmentIndex index;

    /** Whether a force has failed. Guarded by the monitor. */
    private boolean hasFailed;

    /** @param index of what the file holds now */
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

    /** Writes records at the end, all of them; if that fails, the segment is as it was. */
    void append(Records records) throws IOException {
        write(records.bytes());
        for (long offset = records.first(); offset < records.end(); offset++) {
            index.add(records.sizeAt(offset), records.epochAt(offset));
        }
    }

    /**
     * Writes again what is there from this offset on, as it is. An earlier process may have failed to force it: the system
     * takes it for written then, and would call the next force a success.
     */
    void rewrite(long from) throws IOException, CorruptRecordException {
        for (long next = Math.max(first, from); next < end(); ) {
            Records some = read(next, Integer.MAX_VALUE, REWRITE_BYTES);
            file.write(positionOf(next), some.bytes());
            next = some.end();
        }
    }

    /**
     * One at a time, and never again once it has failed: of two that force at once, the system may tell one that it failed,
     * and the other that all is well.
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

    /** Cuts off everything from this offset on, which lies within the segment; durable when this returns. */
    void truncate(long offset) throws IOException, CorruptRecordException {
        if (offset < end()) {
            SegmentIndex.Place place = new SegmentIndex.Place(offset, positionOf(offset));
            file.truncate(place.position());
            index.truncate(place);
        }
        force();
    }

    /**
     * Reads as {@link Log#read}, up to the end of the segment at most.
     *
     * @param from within the segment
     * @throws CorruptRecordException if what is there is not what was written; the message says where
     */
    Records read(long from, int maxEntries, int maxBytes) throws IOException, CorruptRecordException {
        SegmentIndex.Tip tip = index.tip();
        if (from < first || from >= tip.end()) {
            throw new IndexOutOfBoundsException(from + " is not in [" + first + ", " + tip.end() + ")");
        }
        SegmentIndex.Place start = index.floor(from);
        long wanted = (long) SegmentIndex.INTERVAL_BYTES + maxBytes;
        while (true) {
            ByteBuffer bytes = load(start.position(), (int) Math.min(wanted, tip.size() - start.position()));
            Run run = new Run(bytes, start, tip);
            Records read = run.read(from, maxEntries, maxBytes);
            if (!read.isEmpty()) {
                return read;
            }
            wanted = run.bytesNeeded() + maxBytes;
        }
    }

    /** Reads the whole segment and checks every record. */
    SegmentScan scan() throws IOException {
        return new SegmentScan(file, first, size());
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private int positionOf(long offset) throws IOException, CorruptRecordException {
        SegmentIndex.Place place = index.floor(offset);
        int position = place.position();
        for (long before = place.offset(); before < offset; before++) {
            position += read(before, 1, 1).sizeInBytes();
        }
        return position;
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

    /** Cuts off what was written in part: the next start could take it for entries. */
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

    /** Bytes of a segment from a known place on, read record by record. */
    private static final class Run {
        private final ByteBuffer bytes;
        private final long end;
        private final boolean isComplete;
        private long offset;
        private int position;
        private int needed;

        Run(ByteBuffer bytes, SegmentIndex.Place start, SegmentIndex.Tip tip) {
            this.bytes = bytes;
            this.end = tip.end();
            this.isComplete = start.position() + bytes.limit() == tip.size();
            this.offset = start.offset();
        }

        /** Nothing if the bytes do not reach to the end of the record that is looked for. */
        Records read(long from, int maxEntries, int maxBytes) throws CorruptRecordException {
            while (offset < from && hasRecord()) {
                next();
            }
            int start = position;
            int[] positions = new int[16];
            int count = 0;
            while (offset >= from && count < maxEntries && offset < end && hasRecord()) {
                if (count > 0 && position + RecordFormat.size(bytes, position) - start > maxBytes) {
                    break;
                }
                if (count == positions.length) {
                    positions = Arrays.copyOf(positions, 2 * count);
                }
                positions[count++] = position - start;
                next();
            }
            return new Records(bytes.slice(start, position - start), Arrays.copyOf(positions, count), from);
        }

        /** How many bytes it takes at least to get further. */
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

        private void next() throws CorruptRecordException {
            int size = RecordFormat.verify(bytes, position);
            if (RecordFormat.offset(bytes, position) != offset) {
                throw new CorruptRecordException(
                        "offset " + RecordFormat.offset(bytes, position) + " where " + offset + " belongs");
            }
            position += size;
            offset++;
        }
    }
}
