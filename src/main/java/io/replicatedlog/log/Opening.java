package io.replicatedlog.log;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Opens the segments of a log: checks all files first, then removes what a crash left behind. A segment with a valid index
 * file is complete and forced, as is everything before it; every other one is scanned. Damage or a gap behind everything
 * that is known to be forced is a write that was not completed: the log is cut there, and later segments are deleted.
 */
final class Opening {

    private final Disk disk;
    private final OptionalLong noted;
    private final IntConsumer progress;
    private final Consumer<String> notices;
    private final Segments segments;

    /** The files of segments that are not empty, by first offset. */
    private final NavigableMap<Long, DiskFile> files = new TreeMap<>();

    /** Files to delete: empty segments, and index files without a segment that they describe. */
    private final Set<String> leftovers = new HashSet<>();

    /** Why the log ends before the last file does; empty if it does not. */
    private Optional<String> incomplete = Optional.empty();

    private Opening(Disk disk, OptionalLong noted, IntConsumer progress, Consumer<String> notices) {
        this.disk = disk;
        this.noted = noted;
        this.progress = progress;
        this.notices = notices;
        this.segments = new Segments(disk);
    }

    /**
     * Opens the segments that a disk has, or begins with an empty one. Forces none of them.
     *
     * @param noted everything below is known to have been forced; empty if the note is missing
     * @param progress told, before each segment is opened, how many are left; 0 at the end
     * @param notices told of each change of the files
     * @throws StorageException if forced entries are damaged or missing; nothing was changed
     * @throws IOException if the disk cannot be read or written
     */
    static Segments run(Disk disk, OptionalLong noted, IntConsumer progress, Consumer<String> notices)
            throws IOException {
        Opening opening = new Opening(disk, noted, progress, notices);
        try {
            opening.findFiles();
            opening.check();
            opening.mend();
            return opening.segments;
        } catch (IOException | RuntimeException e) {
            for (DiskFile file : opening.files.values()) {
                file.close();
            }
            throw e;
        } finally {
            progress.accept(0);
        }
    }

    private void findFiles() throws IOException {
        for (String name : disk.list()) {
            if (name.matches("[0-9]{20}\\.index")) {
                leftovers.add(name);
            } else if (name.matches("00[0-9]{18}\\.log")) {
                DiskFile file = disk.open(name);
                files.put(Long.parseLong(name.substring(0, name.indexOf('.'))), file);
            }
        }
        for (long first : List.copyOf(files.keySet())) {
            if (size(first) == 0) {
                files.remove(first).close();
                leftovers.add(Segment.name(first));
            }
        }
    }

    private void check() throws IOException {
        int left = files.size();
        for (long first : files.keySet()) {
            progress.accept(left--);
            if (first != segments.end()) {
                endBefore(
                        first,
                        "Entries from offset " + segments.end() + " on are missing: " + locate(first)
                                + " is the next file there is");
            } else {
                check(first, files.get(first));
            }
            if (incomplete.isPresent()) {
                return;
            }
        }
    }

    private void check(long first, DiskFile file) throws IOException {
        Optional<SegmentIndex> known = readIndex(first);
        if (known.isPresent()) {
            add(new Segment(first, file, known.get()), true);
            return;
        }
        Long next = files.higherKey(first);
        SegmentScan scan = new SegmentScan(file, first, size(first), next == null ? Long.MAX_VALUE : next);
        boolean isAdded = add(new Segment(first, file, scan.index()), false);
        if (isAdded && scan.damage().isPresent()) {
            endWithin(first, scan, next == null);
        } else if (isAdded && next != null && mayBeForced(scan.index().tip().end() - 1)) {
            notices.accept("The index of " + locate(first) + " was missing or damaged, and was rebuilt");
        }
    }

    private boolean add(Segment segment, boolean isSealed) throws IOException {
        boolean epochFalls = !segments.isEmpty()
                && segment.end() > segment.first()
                && segment.index().epochAt(segment.first())
                        < segments.active().index().lastEpoch();
        if (epochFalls) {
            endBefore(segment.first(), "The epoch falls at the beginning of " + locate(segment.first()));
        } else {
            segments.add(segment, isSealed);
        }
        return !epochFalls;
    }

    private void endBefore(long first, String why) throws IOException {
        if (mayBeForced(segments.end()) || isForcedBefore(first)) {
            throw Damage.of(disk, why);
        }
        incomplete = Optional.of(why);
    }

    private void endWithin(long first, SegmentScan scan, boolean isLast) throws IOException {
        SegmentIndex.Tip tip = scan.index().tip();
        String damage = scan.damage().orElseThrow();
        boolean isForced = mayBeForced(tip.end()) || !isLast && isForcedBefore(files.higherKey(first));
        if (isForced && (!isLast || scan.isFollowedByARecord())) {
            throw Damage.of(disk, new DamagedRecordException(first, tip.end(), tip.size(), damage));
        }
        incomplete = Optional.of(damage);
    }

    private boolean mayBeForced(long offset) {
        return noted.isEmpty() || offset < noted.getAsLong();
    }

    /** Whether a segment from this one on is sealed: it is not before everything in front of it is forced. */
    private boolean isForcedBefore(long first) throws IOException {
        for (long later : files.tailMap(first).keySet()) {
            if (readIndex(later).isPresent()) {
                return true;
            }
        }
        return false;
    }

    private Optional<SegmentIndex> readIndex(long first) throws IOException {
        long size = size(first);
        String name = Segment.indexName(first);
        Optional<SegmentIndex> index = leftovers.contains(name)
                ? disk.read(name).flatMap(bytes -> SegmentIndex.decode(bytes, first, size))
                : Optional.empty();
        index.ifPresent(found -> leftovers.remove(name));
        return index;
    }

    /** Each step is durable before the next, from the end: a crash between them leaves no gap. */
    private void mend() throws IOException {
        if (incomplete.isPresent()) {
            deleteAfterTheEnd();
        }
        for (String name : leftovers) {
            disk.delete(name);
        }
        if (!leftovers.isEmpty()) {
            disk.force();
        }
        if (incomplete.isPresent() && !segments.isEmpty()) {
            cutActive();
        }
        if (!segments.hasActive()) {
            segments.roll();
        }
    }

    private void deleteAfterTheEnd() throws IOException {
        int deleted = 0;
        long first = 0;
        while (!files.isEmpty()
                && (segments.isEmpty() || files.lastKey() > segments.active().first())) {
            first = files.lastKey();
            files.get(first).close();
            Cut.delete(disk, first);
            leftovers.remove(Segment.indexName(first));
            files.remove(first);
            deleted++;
        }
        if (deleted > 0) {
            notices.accept("Deleted " + deleted + " segments from " + locate(first) + " on, writes that were not"
                    + " completed: the log ends at offset " + segments.end() + " (" + incomplete.get() + ")");
        }
    }

    private void cutActive() throws IOException {
        Segment active = segments.active();
        long cut = size(active.first()) - active.size();
        if (cut > 0) {
            active.truncateFile();
            notices.accept("Cut " + cut + " bytes off the end of " + locate(active.first())
                    + ", a write that was not completed: the log ends at offset " + active.end() + " ("
                    + incomplete.get() + ")");
        }
    }

    private long size(long first) throws IOException {
        long size = files.get(first).size();
        if (size > Integer.MAX_VALUE) {
            throw new IOException(locate(first) + " is larger than any segment: " + size + " bytes");
        }
        return size;
    }

    private String locate(long first) {
        return disk.locate(Segment.name(first));
    }
}
