package io.replicatedlog.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntConsumer;

/**
 * A log in files: segments that are only appended to, each named by its first offset, read by position. The heap holds a
 * sparse index and never the log.
 *
 * <p>Three locks, always taken in this order. {@link #shape}: readers share it; who cuts, clears or opens again has it
 * alone. {@link #forcing}: one force at a time, so that those who come meanwhile are served together by the next. The
 * monitor: one append at a time.
 *
 * <p>After a {@link StorageException} nothing more is appended until {@link #reopen}. A force that failed is never tried
 * again for the same bytes: a system may have dropped what it could not write, and call the next force a success.
 */
public final class SegmentedLog implements Log, AutoCloseable {

    private final Disk disk;
    private final Limits limits;
    private final DurableMarker marker;
    private final Segments segments;
    private final ReadWriteLock shape = new ReentrantReadWriteLock();
    private final Object forcing = new Object();

    /** Changes under the monitor, once its entries can be read. */
    private volatile long end;

    /** Changes under the monitor. */
    private volatile long incarnation;

    /** Everything below is forced. Changes under the monitor. */
    private volatile long durable;

    /** Why nothing is appended, and if it is damage, nothing read; {@code null} while all is well. */
    private volatile StorageException failure;

    /** Entries that had been forced are gone; until {@link #acceptLoss}. Changes under the monitor. */
    private volatile boolean lossy;

    /** Whether appends are refused for want of room. Guarded by the monitor. */
    private boolean full;

    /**
     * What the disk had left when it was asked last, less what was written since; 0 once it is to be asked again, at the
     * latest after a force. Asking at each append shows in its cost. Guarded by the monitor.
     */
    private long room;

    /**
     * The limits of a log in files.
     *
     * @param segmentBytes when to begin another segment; a batch larger than that has one for itself
     * @param reserveBytes how much room to leave on the disk. Once there is less, nothing is appended until there is twice
     *     as much, so that a disk at its limit does not let every other append through
     */
    public record Limits(int segmentBytes, long reserveBytes) {}

    private interface Step {
        void run() throws IOException, CorruptRecordException;
    }

    /**
     * Opens what the disk holds, or begins an empty log. Damage does not keep it from opening: {@link #failure} tells.
     *
     * @throws IOException if the disk cannot be read or written
     */
    public SegmentedLog(Disk disk, Limits limits) throws IOException {
        this(disk, limits, left -> {});
    }

    /**
     * As above.
     *
     * @param opening told, before each segment that is opened, how many are left, as there may be thousands; 0
     *     when that is over
     */
    public SegmentedLog(Disk disk, Limits limits, IntConsumer opening) throws IOException {
        this.disk = disk;
        this.limits = limits;
        this.marker = new DurableMarker(disk);
        this.segments = new Segments(disk, opening);
        synchronized (this) {
            try {
                load(Long.MAX_VALUE);
            } catch (StorageException e) {
                failure = e;
            } catch (CorruptRecordException e) {
                throw new AssertionError("Nothing is cut when a log is opened first", e);
            }
        }
    }

    /** What was found and done with the files, for the log file; forgets it. */
    public synchronized List<String> takeNotices() {
        return segments.takeNotices();
    }

    /** Why nothing is appended now; empty while all is well. */
    public Optional<StorageException> failure() {
        return Optional.ofNullable(failure);
    }

    /** Whether entries that this node had counted as durable were gone when it was opened. */
    public boolean isLossy() {
        return lossy;
    }

    /** Whoever calls this has made sure that this node does not pass for one that holds what it lost. */
    public synchronized void acceptLoss() {
        if (lossy) {
            attempt("The note of what is durable cannot be written", () -> {
                lossy = false;
                note();
                marker.force();
            });
            failure = null;
        }
    }

    @Override
    public long end() {
        return end;
    }

    @Override
    public long durable() {
        return durable;
    }

    @Override
    public long incarnation() {
        return incarnation;
    }

    @Override
    public long sizeInBytes() {
        shape.readLock().lock();
        try {
            return segments.bytesFrom(0);
        } finally {
            shape.readLock().unlock();
        }
    }

    @Override
    public OptionalLong epochAt(long offset) {
        shape.readLock().lock();
        try {
            checkNotDamaged();
            return offset < 0 || offset >= end
                    ? OptionalLong.empty()
                    : OptionalLong.of(segments.of(offset).index().epochAt(offset));
        } finally {
            shape.readLock().unlock();
        }
    }

    @Override
    public synchronized long append(long epoch, long timestamp, byte[] key, List<byte[]> messages) {
        Records records = Records.encode(end, epoch, timestamp, key, messages);
        append(records);
        return records.first();
    }

    @Override
    public synchronized void append(Records records) {
        checkNotFailed();
        if (records.first() != end) {
            throw new IllegalArgumentException("Records from " + records.first() + " at end " + end);
        }
        if (records.isEmpty()) {
            return;
        }
        checkEpoch(records.epochAt(records.first()));
        makeRoom(records.sizeInBytes());
        write(() -> segments.active().append(records));
        end = records.end();
    }

    @Override
    public long force() {
        synchronized (forcing) {
            Segment segment;
            long target;
            synchronized (this) {
                checkNotFailed();
                segment = segments.active();
                target = end;
                room = 0;
            }
            if (target > durable) {
                force(segment);
                forced(target);
            }
            return durable;
        }
    }

    @Override
    public Records read(long from, int maxEntries, int maxBytes) {
        if (from < 0) {
            throw new IndexOutOfBoundsException("Offsets start at 0, not at " + from);
        }
        shape.readLock().lock();
        try {
            checkNotDamaged();
            List<Records> parts = new ArrayList<>();
            long until = Math.min(end, from + Math.min(maxEntries, Long.MAX_VALUE - from));
            long bytes = 0;
            for (long next = from; next < until && bytes < maxBytes; ) {
                Segment segment = segments.of(next);
                Records part = read(segment, next, (int) (until - next), (int) (maxBytes - bytes));
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
            shape.readLock().unlock();
        }
    }

    @Override
    public void truncate(long newEnd) {
        alone(() -> {
            checkNotFailed();
            if (newEnd < end) {
                if (usableBytes() < limits.reserveBytes() + segments.bytesFrom(newEnd)) {
                    throw full();
                }
                attempt("What is cut off cannot be kept", () -> segments.keepAside(newEnd));
                attempt("The log cannot be cut", () -> cut(newEnd));
            }
        });
    }

    @Override
    public void clear() {
        alone(() -> {
            checkNotFailed();
            incarnation++;
            attempt("The log cannot be cleared", () -> cut(0));
        });
    }

    /**
     * Opens the files again after a failure, and checks what is on the disk. What had not been forced is cut off: the
     * system may show it, and not have it. If what had been forced is gone, nothing is appended before {@link #acceptLoss}.
     *
     * @throws StorageException if that does not help
     */
    public void reopen() {
        alone(() -> {
            checkNotDamaged();
            if (failure != null) {
                incarnation++;
                attempt("The log cannot be opened again in " + disk.locate(""), () -> {
                    segments.close();
                    load(durable);
                    if (segments.active().size() > 0) {
                        segments.roll();
                    }
                });
                failure = lossy
                        ? StorageException.failed(
                                "The log ends at offset " + end,
                                new IOException("entries that had been forced are gone"))
                        : null;
            }
        });
    }

    /** Reads every complete segment and checks every record. What it finds is in {@link #failure}. */
    public void verify() {
        if (failure != null) {
            return;
        }
        for (Segment segment : segments.complete()) {
            shape.readLock().lock();
            try {
                if (failure == null && segments.contains(segment)) {
                    verify(segment);
                }
            } finally {
                shape.readLock().unlock();
            }
        }
    }

    /** Forces what there is, if all is well, and lets go of the files; the disk stays open. */
    @Override
    public void close() throws IOException {
        if (failure == null) {
            force();
            marker.force();
        }
        shape.writeLock().lock();
        try {
            synchronized (this) {
                failure = StorageException.failed("The log is closed", new IOException("the node stops"));
                segments.close();
                marker.close();
            }
        } finally {
            shape.writeLock().unlock();
        }
    }

    /** @param keep at most this is kept of what is found */
    private void load(long keep) throws IOException, CorruptRecordException {
        OptionalLong noted = marker.read();
        try {
            segments.open(noted);
        } catch (IOException | StorageException e) {
            segments.close();
            throw e;
        }
        end = segments.active().end();
        if (end > keep) {
            cut(keep);
        }
        segments.active().rewrite(noted.orElse(0));
        segments.active().force();
        lossy = noted.isPresent() && noted.getAsLong() > end;
        durable = Math.min(durable, end);
        forced(end);
        marker.force();
    }

    /** Sees to it that the active segment takes so many bytes more, or refuses before anything has changed. */
    private void makeRoom(int bytes) {
        long needed = (full ? 2 : 1) * limits.reserveBytes() + bytes;
        if (room < needed) {
            room = usableBytes();
        }
        if (room < needed) {
            throw full();
        }
        full = false;
        room -= bytes;
        Segment active = segments.active();
        if (active.size() > 0 && bytes > limits.segmentBytes() - active.size()) {
            force(active);
            forced(end);
            attempt("The note of what is durable cannot be forced", marker::force);
            write(segments::roll);
        }
    }

    /**
     * A write that fails for want of room has changed nothing; after any other nothing more is written. Nor where what was
     * written in part could not be cut off: the next start could take it for entries.
     */
    private void write(Step step) {
        try {
            step.run();
        } catch (IOException | CorruptRecordException e) {
            boolean isUndone = e.getSuppressed().length == 0;
            if (isUndone && usableBytes() < Math.max(1, 2 * limits.reserveBytes())) {
                throw full();
            }
            throw failed("Writing to " + segments.locate(segments.active().first()) + " failed", e);
        }
    }

    private LogFullException full() {
        full = true;
        room = 0;
        return new LogFullException("The disk is full: " + usableBytes() + " bytes are left in " + disk.locate("")
                + "; make room, and appends are taken again from " + 2 * limits.reserveBytes() + " bytes on");
    }

    private long usableBytes() {
        try {
            return disk.usableBytes();
        } catch (IOException e) {
            throw failed("The room in " + disk.locate("") + " cannot be asked for", e);
        }
    }

    private void checkEpoch(long epoch) {
        long last = end == 0 ? 0 : segments.of(end - 1).index().epochAt(end - 1);
        if (epoch < last) {
            throw new IllegalArgumentException("Epoch " + epoch + " after " + last);
        }
    }

    /** Called all the time: what an operator is told is put together only if it fails. */
    private void force(Segment segment) {
        try {
            segment.force();
        } catch (IOException e) {
            throw failed("A force failed on " + segments.locate(segment.first()), e);
        }
    }

    private synchronized void forced(long target) {
        durable = Math.max(durable, target);
        attempt("The note of what is durable cannot be written", this::note);
    }

    /** As long as a loss is not accepted, the note tells of it. */
    private void note() throws IOException {
        if (!lossy) {
            marker.write(durable);
        }
    }

    private void cut(long newEnd) throws IOException, CorruptRecordException {
        durable = Math.min(durable, newEnd);
        note();
        marker.force();
        end = newEnd;
        segments.truncate(newEnd);
        durable = newEnd;
        full = false;
    }

    private void alone(Runnable step) {
        shape.writeLock().lock();
        try {
            synchronized (forcing) {
                synchronized (this) {
                    step.run();
                }
            }
        } finally {
            shape.writeLock().unlock();
        }
    }

    private void attempt(String whatFails, Step step) {
        try {
            step.run();
        } catch (IOException e) {
            throw failed(whatFails, e);
        } catch (CorruptRecordException e) {
            throw fail(segments.damaged(whatFails + ": " + e.getMessage()));
        } catch (StorageException e) {
            throw fail(e);
        }
    }

    private Records read(Segment segment, long from, int maxEntries, int maxBytes) {
        try {
            return segment.read(from, maxEntries, maxBytes);
        } catch (CorruptRecordException e) {
            SegmentIndex.Place near = segment.index().floor(from);
            throw fail(segments.damaged(segment.first(), near.offset(), near.position(), e.getMessage()));
        } catch (IOException e) {
            throw failed("Reading " + segments.locate(segment.first()) + " failed", e);
        }
    }

    private void verify(Segment segment) {
        try {
            SegmentScan scan = segment.scan();
            SegmentIndex.Tip tip = scan.index().tip();
            scan.damage().ifPresent(damage -> fail(segments.damaged(segment.first(), tip.end(), tip.size(), damage)));
        } catch (IOException e) {
            failed("Reading " + segments.locate(segment.first()) + " failed", e);
        }
    }

    /** After this nothing more is written until the files are opened again. */
    private StorageException failed(String what, Exception cause) {
        return fail(StorageException.failed(what, cause));
    }

    private StorageException fail(StorageException found) {
        failure = found;
        return found;
    }

    private void checkNotFailed() {
        StorageException found = failure;
        if (found != null) {
            throw found;
        }
    }

    private void checkNotDamaged() {
        StorageException found = failure;
        if (found != null && (found.isDamage() || segments.isEmpty())) {
            throw found;
        }
    }
}
