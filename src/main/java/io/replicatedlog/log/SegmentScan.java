package io.replicatedlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Reads a segment from its beginning and checks every record, up to the end or to the first record that is damaged. Reads
 * a window at a time, however large the segment is.
 */
final class SegmentScan {

    private static final int WINDOW_BYTES = 1024 * 1024;

    private final DiskFile file;
    private final long first;
    private final long size;
    private final long nextFirst;
    private final SegmentIndex index;

    /** The bytes of the segment from {@code windowAt} on. */
    private ByteBuffer window = ByteBuffer.allocate(0);

    private long windowAt;
    private String damage;

    /**
     * @param first the offset that the first record must have
     * @param size how much of the file to read
     * @param nextFirst the first offset of the next segment: a record with that offset counts as damage here
     */
    SegmentScan(DiskFile file, long first, long size, long nextFirst) throws IOException {
        this.file = file;
        this.first = first;
        this.size = size;
        this.nextFirst = nextFirst;
        this.index = new SegmentIndex(first);
        try {
            while (index.tip().size() < size) {
                next();
            }
        } catch (CorruptRecordException e) {
            damage = e.getMessage();
        }
    }

    /** The records before the damage, or all of them. */
    SegmentIndex index() {
        return index;
    }

    /** What is wrong with the record that follows; empty if all records are intact. */
    Optional<String> damage() {
        return Optional.ofNullable(damage);
    }

    /** Whether an intact record with a higher offset follows the damage: then the damage is not the torn end of a write. */
    boolean isFollowedByARecord() throws IOException {
        SegmentIndex.Tip tip = index.tip();
        for (long position = tip.size() + 1L; position + RecordFormat.HEADER_BYTES <= size; position++) {
            load(position, RecordFormat.HEADER_BYTES);
            int at = (int) (position - windowAt);
            long length = window.getInt(at);
            long offset = RecordFormat.offset(window, at);
            boolean plausible = length >= 0
                    && position + 4 + length <= size
                    && offset >= tip.end()
                    && offset - tip.end() <= (position - tip.size()) / RecordFormat.HEADER_BYTES + 1;
            if (plausible && isRecord(position)) {
                return true;
            }
        }
        return false;
    }

    private boolean isRecord(long position) throws IOException {
        try {
            verify(position);
            return true;
        } catch (CorruptRecordException e) {
            return false;
        }
    }

    private void next() throws IOException, CorruptRecordException {
        SegmentIndex.Tip tip = index.tip();
        int bytes = verify(tip.size());
        int at = (int) (tip.size() - windowAt);
        long epoch = RecordFormat.epoch(window, at);
        if (RecordFormat.offset(window, at) != tip.end()) {
            throw new CorruptRecordException(
                    "offset " + RecordFormat.offset(window, at) + " where " + tip.end() + " belongs");
        }
        if (tip.end() == nextFirst) {
            throw new CorruptRecordException("offset " + nextFirst + " belongs into the next segment");
        }
        if (tip.end() > first && epoch < index.epochAt(tip.end() - 1)) {
            throw new CorruptRecordException("the epoch falls at offset " + tip.end());
        }
        index.add(bytes, epoch);
    }

    /** Loads the record at this position into the window, and returns its size. */
    private int verify(long position) throws IOException, CorruptRecordException {
        load(position, RecordFormat.HEADER_BYTES);
        int at = (int) (position - windowAt);
        if (window.limit() - at >= RecordFormat.HEADER_BYTES) {
            long bytes = 4L + window.getInt(at);
            if (bytes > 0 && bytes <= size - position) {
                load(position, (int) bytes);
            }
        }
        return RecordFormat.verify(window, (int) (position - windowAt));
    }

    /** Makes the window hold these bytes, or as many of them as the segment has. */
    private void load(long position, int bytes) throws IOException {
        long until = Math.min(position + bytes, size);
        if (position >= windowAt && until <= windowAt + window.limit()) {
            return;
        }
        window = ByteBuffer.allocate((int) Math.min(size - position, Math.max(bytes, WINDOW_BYTES)));
        windowAt = position;
        file.read(position, window);
        window.flip();
    }
}
