package io.replicatedlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Reads a segment from its beginning and checks every record, up to its end or to the first place where no intact record
 * follows. Reads a window at a time, however large the segment is.
 */
final class SegmentScan {

    private static final int WINDOW_BYTES = 1024 * 1024;

    private final DiskFile file;
    private final long first;
    private final long size;
    private final SegmentIndex index;

    /** The bytes of the segment from {@code windowAt} on. */
    private ByteBuffer window = ByteBuffer.allocate(0);

    private long windowAt;
    private String damage;

    /**
     * @param first the offset that the first record must have
     * @param size how much of the file to read
     */
    SegmentScan(DiskFile file, long first, long size) throws IOException {
        this.file = file;
        this.first = first;
        this.size = size;
        this.index = new SegmentIndex(first);
        try {
            while (index.tip().size() < size) {
                next();
            }
        } catch (CorruptRecordException e) {
            damage = e.getMessage();
        }
    }

    /** What is intact from the beginning on. */
    SegmentIndex index() {
        return index;
    }

    /** Why nothing intact follows; empty if everything is intact. */
    Optional<String> damage() {
        return Optional.ofNullable(damage);
    }

    /**
     * Whether somewhere behind the damage there is an intact record that belongs behind it: then the damage is not the torn
     * end of a write.
     */
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
        if (tip.end() > first && epoch < index.epochAt(tip.end() - 1)) {
            throw new CorruptRecordException("the epoch falls at offset " + tip.end());
        }
        index.add(bytes, epoch);
    }

    /** The size of the record at this position, which is in the window then. */
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

    /** Sees to it that the window has these bytes, as far as the segment has them. */
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
