package io.replicatedlog.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * What readers of a {@link SegmentedLog} see: its segments, up to its end. They share a lock. It is held alone only for the
 * moment in which the segments in memory are cut or exchanged, never over a write or a force: files that change
 * afterwards are no longer read where they change.
 */
final class ReadView {

    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    /** {@code null} while nothing is open. */
    private volatile Segments segments;

    private volatile long end;

    /** How often the segments were cut or exchanged. */
    private volatile long changes;

    /** The segments that are open; {@code null} while there are none. */
    Segments segments() {
        return segments;
    }

    /** Everything below can be read. */
    long end() {
        return end;
    }

    /** Entries were appended. */
    void extend(long newEnd) {
        end = newEnd;
    }

    /** Segments were opened, or ({@code null}) closed. */
    void show(Segments opened, long newEnd) {
        change(newEnd, () -> segments = opened);
    }

    /** Entries are cut off, in memory. */
    void cut(Cut cut, long newEnd) {
        change(newEnd, cut::forget);
    }

    /** Entries are hidden that may no longer be in the files. */
    void hide(long newEnd) {
        change(newEnd, () -> {});
    }

    /** The epoch of an entry; empty if there is no such entry, or nothing is open. */
    OptionalLong epochAt(long offset) {
        lock.readLock().lock();
        try {
            return offset < 0 || offset >= end || segments == null
                    ? OptionalLong.empty()
                    : OptionalLong.of(segments.of(offset).index().epochAt(offset));
        } finally {
            lock.readLock().unlock();
        }
    }

    /** As {@link Log#wholeUntil}; 0 if nothing is open. */
    long wholeUntil(long offset) throws IOException, DamagedRecordException {
        lock.readLock().lock();
        try {
            return segments == null ? 0 : segments.wholeUntil(Math.min(offset, end));
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Reads as {@link Log#read}; nothing if nothing is open. */
    Records read(long from, int maxEntries, int maxBytes) throws IOException, DamagedRecordException {
        lock.readLock().lock();
        try {
            List<Records> parts = new ArrayList<>();
            long until = segments == null ? from : Math.min(end, from + Math.min(maxEntries, Long.MAX_VALUE - from));
            long bytes = 0;
            for (long next = from; next < until && bytes < maxBytes; ) {
                Segment segment = segments.of(next);
                Records part = segment.read(next, (int) (until - next), (int) (maxBytes - bytes));
                bytes += part.sizeInBytes();
                if (bytes > maxBytes && !parts.isEmpty()) {
                    break;
                }
                parts.add(part);
                next = part.end();
                if (next < segment.end()) {
                    break;
                }
            }
            return Records.concat(from, parts);
        } finally {
            lock.readLock().unlock();
        }
    }

    /**
     * Reads a complete segment and checks every record. Takes no lock, as that takes long; if segments are cut or exchanged
     * meanwhile, it finds nothing.
     */
    void verify(Segment segment) throws IOException, DamagedRecordException {
        long before = changes;
        try {
            Segments open = segments;
            if (open != null && open.contains(segment)) {
                SegmentScan scan = segment.scan();
                SegmentIndex.Tip tip = scan.index().tip();
                Optional<String> damage = scan.damage();
                if (damage.isPresent() && changes == before) {
                    throw new DamagedRecordException(segment.first(), tip.end(), tip.size(), damage.get());
                }
            }
        } catch (IOException e) {
            if (changes == before) {
                throw e;
            }
        }
    }

    private void change(long newEnd, Runnable step) {
        lock.writeLock().lock();
        try {
            end = newEnd;
            changes = changes + 1;
            step.run();
        } finally {
            lock.writeLock().unlock();
        }
    }
}
