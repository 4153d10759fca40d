package io.replicatedlog.log;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * What one force covers: the segments that were not sealed when it began, in order. Steps in an order that leaves, after a
 * crash between any two of them, an index file only beside a segment that is forced, as are all segments before it.
 */
final class Unforced {

    private final Disk disk;
    private final boolean hasNewFiles;
    private final List<Segment> segments;
    private final Consumer<Segment> sealed;

    /**
     * @param hasNewFiles whether the directory must be forced, too
     * @param segments in order; the last one was active
     * @param sealed told of each segment that is sealed
     */
    Unforced(Disk disk, boolean hasNewFiles, List<Segment> segments, Consumer<Segment> sealed) {
        this.disk = disk;
        this.hasNewFiles = hasNewFiles;
        this.segments = segments;
        this.sealed = sealed;
    }

    /**
     * Forces everything, and seals what is complete.
     *
     * @throws IOException if something was not forced; then it must not be forced again
     */
    void force() throws IOException {
        if (hasNewFiles) {
            disk.force();
        }
        int last = segments.size() - 1;
        for (Segment complete : segments.subList(0, last)) {
            complete.force();
            seal(complete);
        }
        segments.get(last).force();
    }

    /** Whether a segment is among them that is complete. */
    boolean hasComplete() {
        return segments.size() > 1;
    }

    /** An index file only saves time at the next start: where there is no room for it, a later force writes it. */
    private void seal(Segment segment) throws IOException {
        try {
            disk.replace(Segment.indexName(segment.first()), segment.index().encode());
        } catch (NoSpaceException e) {
            return;
        }
        sealed.accept(segment);
    }
}
