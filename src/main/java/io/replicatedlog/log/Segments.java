package io.replicatedlog.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The segments of an open log, as files on a disk. The last one is active: it takes the appends. A segment before it is
 * <em>sealed</em> once it is wholly forced and its index file is written; no other segment has an index file.
 *
 * <p>Changes under the locks of the {@link SegmentedLog} that owns it; {@link #of} and {@link #active} may be called
 * beside {@link #roll}.
 */
final class Segments {

    private final Disk disk;

    /** By first offset. */
    private final ConcurrentSkipListMap<Long, Segment> segments = new ConcurrentSkipListMap<>();

    /** Those that are not sealed, by first offset; the active one is always among them. */
    private final ConcurrentSkipListMap<Long, Segment> unsealed = new ConcurrentSkipListMap<>();

    /** Whether files were created since the directory was forced, as far as is known. */
    private final AtomicBoolean hasNewFiles = new AtomicBoolean(true);

    Segments(Disk disk) {
        this.disk = disk;
    }

    /** Adds a segment at the end. */
    void add(Segment segment, boolean isSealed) {
        segments.put(segment.first(), segment);
        if (!isSealed) {
            unsealed.put(segment.first(), segment);
        }
    }

    /** The segment with this offset. */
    Segment of(long offset) {
        return segments.floorEntry(offset).getValue();
    }

    /** The segment that takes the appends. */
    Segment active() {
        return segments.lastEntry().getValue();
    }

    boolean isEmpty() {
        return segments.isEmpty();
    }

    /** Whether the last segment can take appends; after opening, it may be sealed. */
    boolean hasActive() {
        return !unsealed.isEmpty() && unsealed.lastKey().equals(segments.lastKey());
    }

    /** The offset after the last entry. */
    long end() {
        return segments.isEmpty() ? 0 : active().end();
    }

    /** As {@link Log#wholeUntil}, for an offset up to the end. */
    long wholeUntil(long offset) throws IOException, DamagedRecordException {
        return offset == 0 ? 0 : of(offset - 1).read(offset - 1, 1, 1).wholeUntil(offset);
    }

    /** All segments but the active one. */
    List<Segment> complete() {
        return List.copyOf(segments.headMap(segments.lastKey()).values());
    }

    boolean contains(Segment segment) {
        return segments.get(segment.first()) == segment;
    }

    /** Begins the next segment. Forces nothing: that is left to the next {@link #unforced}. */
    void roll() throws IOException {
        long first = end();
        hasNewFiles.set(true);
        DiskFile file = disk.open(Segment.name(first));
        try {
            file.truncate(0);
        } catch (IOException e) {
            file.close();
            throw e;
        }
        add(new Segment(first, file, new SegmentIndex(first)), false);
    }

    /** What the next force must cover: everything that was appended before this call and is not known to be forced. */
    Unforced unforced() {
        return new Unforced(disk, hasNewFiles.getAndSet(false), List.copyOf(unsealed.values()), this::seal);
    }

    /**
     * Writes again every entry from this offset on that is not known to be forced. An earlier process may have failed to
     * force it: the system takes it for written then, and would call the next force a success.
     */
    void rewrite(long from) throws IOException, DamagedRecordException {
        for (Segment segment : unsealed.values()) {
            segment.rewrite(from);
        }
    }

    /** Plans to cut off everything from an offset on, which is not above the end. Changes nothing yet. */
    Cut cut(long newEnd) throws IOException, DamagedRecordException {
        List<Segment> removed = new ArrayList<>();
        Segment last = active();
        while (last.first() >= newEnd && segments.lowerEntry(last.first()) != null) {
            removed.add(last);
            last = segments.lowerEntry(last.first()).getValue();
        }
        return new Cut(disk, this, removed, last, last.placeOf(newEnd));
    }

    /** Forgets the last segments and makes the one before them the active one. Files are not touched. */
    void remove(List<Segment> removed, Segment nowActive) {
        for (Segment segment : removed) {
            segments.remove(segment.first());
            unsealed.remove(segment.first());
        }
        unsealed.put(nowActive.first(), nowActive);
    }

    /** The size in bytes of the segments that have entries from this offset on. */
    long bytesFrom(long offset) {
        return segments.tailMap(segments.floorKey(offset)).values().stream()
                .mapToLong(Segment::size)
                .sum();
    }

    void close() throws IOException {
        while (!segments.isEmpty()) {
            segments.pollLastEntry().getValue().close();
        }
    }

    private void seal(Segment segment) {
        unsealed.remove(segment.first());
    }
}
