package io.replicatedlog.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntConsumer;

/**
 * A log in files: segments that are only appended to, each named by its first offset, read by position. The heap holds a
 * sparse index and never the log.
 *
 * <p>Three locks, always taken in this order. {@link #forcing}: one force at a time, so that all callers that arrive
 * meanwhile are served together by the next. The monitor: one append at a time. The lock of the {@link ReadView}: readers.
 * A force holds only the first, so that a disk that does not answer keeps nobody from appending or reading. Cutting,
 * clearing and opening again hold the first two throughout, and the third for a moment.
 *
 * <p>After a {@link StorageException} nothing more is appended until {@link #reopen}. A force that failed is never
 * repeated for the same bytes: a system may have dropped what it could not write, and call the next force a success.
 */
public final class SegmentedLog implements Log, AutoCloseable {

    private static final String UNKNOWN_ROOM = "The room on the disk is unknown";

    private final Disk disk;
    private final Limits limits;
    private final IntConsumer opening;
    private final DurableMarker marker;
    private final Queue<String> notices = new ConcurrentLinkedQueue<>();
    private final Object forcing = new Object();

    /** The segments and the end. Changes under the monitor, and if anything is cut, under {@link #forcing} as well. */
    private final ReadView view = new ReadView();

    /** Guarded by the monitor. */
    private final Room room;

    /** Changes under the monitor. */
    private volatile Durable durable = new Durable(0, 0);

    /** The greatest boundary up to the end. Guarded by the monitor. */
    private long whole;

    /** Changes under the monitor. */
    private volatile long sizeInBytes;

    /** Changes under the monitor. */
    private volatile long incarnation;

    /** Why nothing is appended, and if it is damage, nothing read. */
    private final FailureLatch failure;

    /** Entries that had been forced are gone; until {@link #acceptLoss}. Changes under the monitor. */
    private volatile boolean lossy;

    /** Why nothing is appended after a reopen that found a loss. Changes under {@link #forcing}. */
    private StorageException loss;

    /**
     * The limits of a log in files.
     *
     * @param segmentBytes when to begin another segment; a larger batch has a segment for itself
     * @param reserveBytes how much room to leave on the disk. Once there is less, nothing is appended until there is twice
     *     as much, also after a restart: else a disk at its limit would let every other append through
     */
    public record Limits(int segmentBytes, long reserveBytes) {}

    /**
     * How far the log is forced.
     *
     * @param end everything below is forced; at most the end of the log
     * @param whole the greatest boundary up to that: readers ask for it all the time, and need no file for the answer
     */
    private record Durable(long end, long whole) {

        boolean tells(long offset) {
            return offset >= whole && offset <= end;
        }
    }

    /** As the other constructor, without reports of progress. */
    public SegmentedLog(Disk disk, Limits limits) throws IOException {
        this(disk, limits, left -> {});
    }

    /**
     * Opens what the disk holds, or begins an empty log. If stored entries are damaged, it opens all the same, and
     * {@link #failure} tells.
     *
     * @param opening told, before each segment is opened, how many are left, as there may be thousands; 0 at the end
     * @throws IOException if the disk cannot be read or written; nothing is left that keeps the next start from opening
     */
    public SegmentedLog(Disk disk, Limits limits, IntConsumer opening) throws IOException {
        this.disk = disk;
        this.limits = limits;
        this.opening = opening;
        this.failure = new FailureLatch(disk);
        this.room = new Room(disk, limits.reserveBytes());
        try {
            this.marker = new DurableMarker(disk);
        } catch (NoSpaceException e) {
            throw cannotStart(e);
        }
        try {
            synchronized (this) {
                load(OptionalLong.empty());
            }
        } catch (StorageException e) {
            failure.set(e);
        } catch (DamagedRecordException e) {
            failure.damaged(e);
        } catch (NoSpaceException e) {
            marker.close();
            throw cannotStart(e);
        } catch (IOException e) {
            marker.close();
            throw e;
        }
    }

    /** Notices of what was found and done with the files, for the log file; forgets them. */
    public List<String> takeNotices() {
        List<String> taken = new ArrayList<>();
        for (String next = notices.poll(); next != null; next = notices.poll()) {
            taken.add(next);
        }
        return taken;
    }

    /** Why nothing is appended now; empty while the storage works. */
    public Optional<StorageException> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** Whether entries that this node had counted as durable were gone when it was opened. */
    public boolean isLossy() {
        return lossy;
    }

    /** Appends again after a loss. The caller has made sure that this node is not counted as a holder of what it lost. */
    public void acceptLoss() {
        synchronized (forcing) {
            if (lossy) {
                failure.attempt("The note of what is durable cannot be written", () -> {
                    synchronized (this) {
                        lossy = false;
                        note();
                    }
                    marker.force();
                });
                if (failure.get() == loss) {
                    failure.set(null);
                }
            }
        }
    }

    @Override
    public long end() {
        return view.end();
    }

    @Override
    public long durable() {
        return durable.end();
    }

    @Override
    public long wholeUntil(long offset) {
        Durable known = durable;
        if (known.tells(offset)) {
            return known.whole();
        }
        checkReadable();
        return reading(offset, () -> view.wholeUntil(offset));
    }

    @Override
    public long sizeInBytes() {
        return sizeInBytes;
    }

    @Override
    public long incarnation() {
        return incarnation;
    }

    @Override
    public OptionalLong epochAt(long offset) {
        OptionalLong epoch = view.epochAt(offset);
        checkReadable();
        return epoch;
    }

    @Override
    public synchronized long append(long epoch, long timestamp, byte[] key, List<byte[]> messages) {
        Records records = Records.encode(end(), epoch, timestamp, key, messages);
        append(records);
        return records.first();
    }

    @Override
    public synchronized void append(Records records) {
        failure.check();
        if (records.first() != end()) {
            throw new IllegalArgumentException("Records from " + records.first() + " at end " + end());
        }
        if (records.isEmpty()) {
            return;
        }
        checkEpoch(records.epochAt(records.first()));
        makeRoom(records.sizeInBytes());
        write(() -> view.segments().active().append(records));
        sizeInBytes = sizeInBytes + records.sizeInBytes();
        whole = records.wholeUntil(records.end());
        view.extend(records.end());
    }

    @Override
    public long force() {
        synchronized (forcing) {
            Durable target;
            Unforced unforced;
            synchronized (this) {
                failure.check();
                room.askAgain();
                target = new Durable(end(), whole);
                if (target.end() == durable()) {
                    return durable();
                }
                unforced = view.segments().unforced();
            }
            failure.attempt("A force failed", unforced::force);
            forced(target);
            if (unforced.hasComplete()) {
                failure.attempt("The note of what is durable cannot be forced", marker::force);
            }
            return durable();
        }
    }

    @Override
    public Records read(long from, int maxEntries, int maxBytes) {
        if (from < 0) {
            throw new IndexOutOfBoundsException("Offsets start at 0, not at " + from);
        }
        checkReadable();
        return reading(from, () -> view.read(from, maxEntries, maxBytes));
    }

    /** What is read from files. */
    @FunctionalInterface
    private interface Reading<T> {
        T read() throws IOException, DamagedRecordException;
    }

    private <T> T reading(long from, Reading<T> reading) {
        try {
            T read = reading.read();
            checkReadable(); // nothing is read from a log that was closed meanwhile
            return read;
        } catch (DamagedRecordException e) {
            throw failure.damaged(e);
        } catch (IOException e) {
            throw failure.failed("Reading from offset " + from + " on failed in " + disk.locate(""), e);
        }
    }

    @Override
    public void truncate(long newEnd) {
        exclusively(() -> {
            failure.check();
            if (newEnd < end()) {
                Segments segments = view.segments();
                if (!failure.ask(UNKNOWN_ROOM, () -> room.suffices(segments.bytesFrom(newEnd)))) {
                    throw full();
                }
                failure.attempt("The log cannot be cut", () -> {
                    Cut cut = segments.cut(newEnd);
                    notices.add(cut.keepAside());
                    cut(cut, newEnd);
                });
            }
        });
    }

    @Override
    public void clear() {
        exclusively(() -> {
            failure.check();
            try {
                failure.attempt(
                        "The log cannot be cleared", () -> cut(view.segments().cut(0), 0));
            } finally {
                incarnation = incarnation + 1;
            }
        });
    }

    /**
     * Opens the files again after a failure, and checks them. Cuts off what had not been forced: the system may show it,
     * and not have it. If forced entries are gone, nothing is appended before {@link #acceptLoss}.
     *
     * @throws StorageException if the storage still fails
     */
    public void reopen() {
        exclusively(() -> {
            checkReadable();
            if (failure.get() == null) {
                return;
            }
            try {
                failure.attempt("The log cannot be opened again in " + disk.locate(""), () -> {
                    hideUnforced();
                    load(OptionalLong.of(durable()));
                });
            } finally {
                incarnation = incarnation + 1;
            }
            loss = lossy ? goneAt(end()) : null;
            failure.set(loss);
        });
    }

    /** Reads every complete segment and checks every record. {@link #failure} tells what it finds. */
    public void verify() {
        Segments open = view.segments();
        if (failure.get() != null || open == null) {
            return;
        }
        for (Segment segment : open.complete()) {
            if (failure.get() == null) {
                try {
                    view.verify(segment);
                } catch (DamagedRecordException e) {
                    failure.damaged(e);
                } catch (IOException e) {
                    failure.failed("Reading " + locate(segment) + " failed", e);
                }
            }
        }
    }

    /** Forces everything, if the storage works, and closes the files; the disk stays open. */
    @Override
    public void close() throws IOException {
        try {
            if (failure.get() == null) {
                force();
                marker.force();
            }
        } finally {
            release();
        }
    }

    private void release() throws IOException {
        synchronized (forcing) {
            synchronized (this) {
                failure.failed("The log is closed", new IOException("the node stops"));
                Segments closing = view.segments();
                view.show(null, end());
                marker.close();
                if (closing != null) {
                    closing.close();
                }
            }
        }
    }

    /**
     * Opens the segments, makes everything durable that they hold, and notes that.
     *
     * @param known how far this process has forced the log, and what is kept at most; empty at the start of a process
     */
    private void load(OptionalLong known) throws IOException, DamagedRecordException {
        Optional<DurableMarker.Note> note = marker.read();
        OptionalLong noted = known;
        if (known.isEmpty() && note.isPresent()) {
            noted = OptionalLong.of(note.get().durable());
            room.setFull(note.get().isFull());
        }
        Segments opened = Opening.run(disk, noted, opening, notices::add);
        try {
            if (opened.end() > known.orElse(Long.MAX_VALUE)) {
                Cut cut = opened.cut(known.getAsLong());
                cut.forget();
                cut.apply();
            }
            if (known.isPresent() && opened.active().size() > 0) {
                opened.roll();
            }
            opened.rewrite(noted.orElse(0));
            opened.unforced().force();
            lossy = lossy || note.filter(DurableMarker.Note::isLossy).isPresent() || noted.orElse(0) > opened.end();
            marker.write(new DurableMarker.Note(opened.end(), lossy, room.isFull()));
            marker.force();
            whole = opened.wholeUntil(opened.end());
        } catch (IOException | DamagedRecordException | RuntimeException e) {
            opened.close();
            throw e;
        }
        show(opened);
    }

    private void show(Segments opened) throws IOException {
        Segments before = view.segments();
        durable = new Durable(opened.end(), whole);
        sizeInBytes = opened.bytesFrom(0);
        view.show(opened, opened.end());
        if (before != null) {
            before.close();
        }
    }

    /** Opening the log again may cut unforced entries out of the files: readers must no longer read these. */
    private void hideUnforced() throws IOException {
        try {
            Cut cut = view.segments().cut(durable());
            view.cut(cut, durable());
            cut.closeRemoved();
        } catch (DamagedRecordException | IOException e) {
            view.hide(durable()); // The files are not as they were: opening them finds out how.
        }
    }

    /** Makes the active segment accept so many bytes more, or refuses before anything has changed. */
    private void makeRoom(int bytes) {
        if (!failure.ask(UNKNOWN_ROOM, () -> room.take(bytes))) {
            throw full();
        }
        Segment active = view.segments().active();
        if (active.size() > 0 && bytes > limits.segmentBytes() - active.size()) {
            write(view.segments()::roll);
        }
    }

    /**
     * A write that fails for lack of room has changed nothing. After any other failure nothing more is written; nor if a
     * partial write could not be cut off: the next start could take it for entries.
     */
    private void write(FailureLatch.Step step) {
        try {
            step.run();
        } catch (IOException | DamagedRecordException e) {
            boolean isUndone = e.getSuppressed().length == 0;
            if (isUndone && (e instanceof NoSpaceException || failure.ask(UNKNOWN_ROOM, room::isShort))) {
                throw full();
            }
            String what = "Writing to " + locate(view.segments().active()) + " failed";
            StorageException failed = failure.failed(what, e);
            throw isUndone ? failed : StorageException.outcomeUnknown(what, e);
        }
    }

    private LogFullException full() {
        boolean isNew = !room.isFull();
        room.setFull(true);
        if (isNew) {
            failure.attempt("The disk is full, and that cannot be noted", this::note);
        }
        return room.refusal();
    }

    private void checkEpoch(long epoch) {
        long last = epochBefore(end());
        if (epoch < last) {
            throw new IllegalArgumentException("Epoch " + epoch + " after " + last);
        }
    }

    private synchronized void forced(Durable target) {
        durable = target.end() > durable() ? target : durable;
        failure.attempt("The note of what is durable cannot be written", this::note);
    }

    private void note() throws IOException {
        marker.write(new DurableMarker.Note(durable(), lossy, room.isFull()));
    }

    private void cut(Cut cut, long newEnd) throws IOException, DamagedRecordException {
        whole = view.segments().wholeUntil(newEnd);
        durable = newEnd < durable() ? new Durable(newEnd, whole) : durable;
        note();
        marker.force();
        view.cut(cut, newEnd);
        sizeInBytes = view.segments().bytesFrom(0);
        cut.apply();
        room.askAgain();
    }

    private void exclusively(Runnable step) {
        synchronized (forcing) {
            synchronized (this) {
                step.run();
            }
        }
    }

    private void checkReadable() {
        StorageException found = failure.get();
        if (found != null && (found.isDamage() || view.segments() == null)) {
            throw found;
        }
    }

    private String locate(Segment segment) {
        return disk.locate(Segment.name(segment.first()));
    }

    private static StorageException goneAt(long end) {
        return StorageException.failed(
                "The log ends at offset " + end, new IOException("entries that had been forced are gone"));
    }

    private static IOException cannotStart(NoSpaceException e) {
        return new NoSpaceException(e.getMessage() + "; make room and start again", e);
    }
}
