package io.replicatedlog.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.IntConsumer;

/**
 * The segments of a log as files on a disk: finds, checks and mends them when they are opened, makes and removes them.
 *
 * <p>Guarded by the {@link SegmentedLog} that owns it; {@link #of} and {@link #active} may be called beside
 * {@link #create}.
 */
final class Segments {

    private final Disk disk;
    private final IntConsumer opening;
    private final List<String> notices = new ArrayList<>();

    /** By first offset. The last one is appended to; the others are complete and forced. */
    private final ConcurrentSkipListMap<Long, Segment> segments = new ConcurrentSkipListMap<>();

    /** @param opening told, before a segment is opened, how many are left; 0 when that is over */
    Segments(Disk disk, IntConsumer opening) {
        this.disk = disk;
        this.opening = opening;
    }

    /**
     * Opens what is there, or begins with an empty segment. A write that was not completed is cut off the end.
     *
     * @param noted how far the log is known to have been forced; empty if that is not known
     * @throws StorageException if what is there is damaged; nothing was changed then
     */
    void open(OptionalLong noted) throws IOException {
        try {
            open(findFirsts(), noted);
        } finally {
            opening.accept(0);
        }
        if (segments.isEmpty()) {
            create(0);
        }
    }

    private void open(List<Long> firsts, OptionalLong noted) throws IOException {
        for (int i = 0; i < firsts.size(); i++) {
            long first = firsts.get(i);
            opening.accept(firsts.size() - i);
            if (first != end()) {
                throw damaged("Entries from offset " + end() + " on are missing: " + locate(first)
                        + " is the next file there is");
            }
            Segment segment = i < firsts.size() - 1 ? openComplete(first) : openLast(first, noted);
            checkEpoch(segment);
            segments.put(first, segment);
        }
    }

    /** The segment with this offset. */
    Segment of(long offset) {
        return segments.floorEntry(offset).getValue();
    }

    /** The one that is appended to. */
    Segment active() {
        return segments.lastEntry().getValue();
    }

    /** Whether nothing is open, because opening failed. */
    boolean isEmpty() {
        return segments.isEmpty();
    }

    /** All but the active one. */
    List<Segment> complete() {
        return List.copyOf(segments.headMap(segments.lastKey()).values());
    }

    boolean contains(Segment segment) {
        return segments.get(segment.first()) == segment;
    }

    /** What was found and done, for the log file; forgets it. */
    List<String> takeNotices() {
        List<String> taken = List.copyOf(notices);
        notices.clear();
        return taken;
    }

    /** Begins the next segment after the active one, which must have been forced. */
    void roll() throws IOException {
        disk.replace(Segment.indexName(active().first()), active().index().encode());
        create(active().end());
    }

    /**
     * Cuts off everything from an offset on: from the end, each step durable before the next, so that a crash between
     * them leaves a log without gaps.
     */
    void truncate(long newEnd) throws IOException, CorruptRecordException {
        while (segments.size() > 1 && active().first() >= newEnd) {
            Segment last = segments.pollLastEntry().getValue();
            last.close();
            disk.delete(Segment.name(last.first()));
            disk.delete(Segment.indexName(last.first()));
            disk.force();
        }
        disk.delete(Segment.indexName(active().first()));
        active().truncate(newEnd);
    }

    /** The size in bytes of the segments that have entries from this offset on. */
    long bytesFrom(long offset) {
        return segments.isEmpty()
                ? 0
                : segments.tailMap(segments.floorKey(offset)).values().stream()
                        .mapToLong(Segment::size)
                        .sum();
    }

    /** Copies what will be cut off to a file of its own, for whoever wants to know what it was. */
    void keepAside(long from) throws IOException, CorruptRecordException {
        long end = end();
        String name =
                "cut-" + from + "-" + end + "-of-epoch-" + active().index().lastEpoch() + ".log";
        try (DiskFile aside = disk.open(name)) {
            aside.truncate(0);
            long position = 0;
            for (long next = from; next < end; ) {
                ByteBuffer bytes =
                        of(next).read(next, Integer.MAX_VALUE, 1024 * 1024).bytes();
                next = Records.parse(next, bytes.duplicate()).end();
                aside.write(position, bytes);
                position += bytes.limit();
            }
            aside.force();
            disk.force();
        }
        notices.add("Cut " + (end - from) + " entries off the log, from offset " + from + " on; they are kept in "
                + disk.locate(name));
    }

    void close() throws IOException {
        while (!segments.isEmpty()) {
            segments.pollLastEntry().getValue().close();
        }
    }

    String locate(long first) {
        return disk.locate(Segment.name(first));
    }

    /** What an operator is told. */
    StorageException damaged(String what) {
        return StorageException.damaged(what + ". Nothing was changed. Move " + disk.locate("") + " away and start the"
                + " node: it gets the log from the other nodes. Restore a copy only if no other node holds the log");
    }

    StorageException damaged(long segment, long offset, long position, String what) {
        return damaged(locate(segment) + " is damaged at offset " + offset + ", byte " + position + ": " + what);
    }

    private long end() {
        return segments.isEmpty() ? 0 : active().end();
    }

    /** Files without content are left by a crash, or by a roll that failed, and are deleted. */
    private List<Long> findFirsts() throws IOException {
        List<Long> firsts = new ArrayList<>();
        for (String name : disk.list()) {
            if (name.matches("00[0-9]{18}\\.log")) {
                boolean isEmpty;
                try (DiskFile file = disk.open(name)) {
                    isEmpty = file.size() == 0;
                }
                if (isEmpty) {
                    disk.delete(name);
                } else {
                    firsts.add(Long.parseLong(name.substring(0, name.indexOf('.'))));
                }
            }
        }
        return firsts.stream().sorted().toList();
    }

    private Segment openComplete(long first) throws IOException {
        DiskFile file = disk.open(Segment.name(first));
        long size = checkedSize(first, file);
        Optional<SegmentIndex> known =
                disk.read(Segment.indexName(first)).flatMap(bytes -> SegmentIndex.decode(bytes, first, size));
        if (known.isPresent()) {
            return new Segment(first, file, known.get());
        }
        SegmentScan scan = new SegmentScan(file, first, size);
        if (scan.damage().isPresent()) {
            throw damaged(first, scan);
        }
        disk.replace(Segment.indexName(first), scan.index().encode());
        notices.add("The index of " + locate(first) + " was missing or damaged, and was rebuilt");
        return new Segment(first, file, scan.index());
    }

    private Segment openLast(long first, OptionalLong noted) throws IOException {
        DiskFile file = disk.open(Segment.name(first));
        long size = checkedSize(first, file);
        SegmentScan scan = new SegmentScan(file, first, size);
        if (scan.damage().isPresent()) {
            SegmentIndex.Tip tip = scan.index().tip();
            boolean wasForced = noted.isEmpty() || tip.end() < noted.getAsLong();
            if (wasForced && scan.isFollowedByARecord()) {
                throw damaged(first, scan);
            }
            file.truncate(tip.size());
            notices.add("Cut " + (size - tip.size()) + " bytes off the end of " + locate(first)
                    + ", a write that was not completed: the log ends at offset " + tip.end() + " ("
                    + scan.damage().get() + ")");
        }
        return new Segment(first, file, scan.index());
    }

    private StorageException damaged(long segment, SegmentScan scan) {
        SegmentIndex.Tip tip = scan.index().tip();
        return damaged(segment, tip.end(), tip.size(), scan.damage().orElseThrow());
    }

    private long checkedSize(long first, DiskFile file) throws IOException {
        long size = file.size();
        if (size > Integer.MAX_VALUE) {
            throw new IOException(locate(first) + " is larger than any segment: " + size + " bytes");
        }
        return size;
    }

    private void checkEpoch(Segment segment) {
        Map.Entry<Long, Segment> before = segments.lastEntry();
        if (before != null
                && segment.end() > segment.first()
                && segment.index().epochAt(segment.first())
                        < before.getValue().index().lastEpoch()) {
            throw damaged("The epoch falls at the beginning of " + locate(segment.first()));
        }
    }

    private void create(long first) throws IOException {
        DiskFile file = disk.open(Segment.name(first));
        file.truncate(0);
        disk.force();
        segments.put(first, new Segment(first, file, new SegmentIndex(first)));
    }
}
