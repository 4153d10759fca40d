package io.replicatedlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** The plan to cut entries off the end of a log. Its steps belong under the locks of the {@link SegmentedLog}. */
final class Cut {

    private static final int COPY_BYTES = 1024 * 1024;

    private final Disk disk;
    private final Segments segments;
    private final List<Segment> removed;
    private final Segment last;
    private final SegmentIndex.Place place;

    /**
     * @param removed the segments that are cut off whole, from the end on
     * @param last the segment before them
     * @param place where {@code last} ends from now on
     */
    Cut(Disk disk, Segments segments, List<Segment> removed, Segment last, SegmentIndex.Place place) {
        this.disk = disk;
        this.segments = segments;
        this.removed = removed;
        this.last = last;
        this.place = place;
    }

    /**
     * Copies the entries that will be cut off to a file of their own, for an operator.
     *
     * @return a notice for the log file
     */
    String keepAside() throws IOException, DamagedRecordException {
        long end = segments.end();
        String name = "cut-" + place.offset() + "-" + end + "-of-epoch-"
                + segments.of(end - 1).index().lastEpoch() + ".log";
        try (DiskFile aside = disk.open(name)) {
            aside.truncate(0);
            long position = 0;
            for (long next = place.offset(); next < end; ) {
                Records some = segments.of(next).read(next, Integer.MAX_VALUE, COPY_BYTES);
                ByteBuffer bytes = some.bytes();
                aside.write(position, bytes);
                position += some.sizeInBytes();
                next = some.end();
            }
            aside.force();
            disk.force();
        }
        return "Cut " + (end - place.offset()) + " entries off the log, from offset " + place.offset()
                + " on; they are kept in " + disk.locate(name);
    }

    /** The step that must exclude readers. Only changes memory. */
    void forget() {
        segments.remove(removed, last);
        last.forget(place);
    }

    /**
     * Cuts the files: from the end, each step durable before the next, so that a crash between them leaves a log without
     * gaps, and an index file only beside the segment that it describes.
     */
    void apply() throws IOException {
        for (Segment segment : removed) {
            segment.close();
            delete(disk, segment.first());
        }
        disk.delete(Segment.indexName(last.first()));
        disk.force();
        last.truncateFile();
    }

    /** Deletes a segment, durably. */
    static void delete(Disk disk, long first) throws IOException {
        disk.delete(Segment.name(first));
        disk.delete(Segment.indexName(first));
        disk.force();
    }

    /** Lets go of the files of the segments that are cut off, and leaves them as they are. */
    void closeRemoved() throws IOException {
        for (Segment segment : removed) {
            segment.close();
        }
    }
}
