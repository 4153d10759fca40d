package io.replicatedlog.storage;

import static java.util.logging.Level.FINE;

import io.replicatedlog.log.Disk;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.node.Clock;
import io.replicatedlog.node.Liveness;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.reading.CommittedOffset;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.logging.Logger;

/**
 * The log of this node and its identity, in memory or in files. Files are watched: a failure is shown, and they are opened
 * again until that helps; a disk that does not answer is shown as well.
 *
 * <p>Thread-safe. {@link #watch} takes no lock and asks no disk; {@link #check} may wait for the disk, one thread at a time.
 */
public final class Storage implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Storage.class.getName());

    private final Log log;
    private final IdentityStore identity;
    private final CommittedOffset committed;

    /** Empty for a log in memory. */
    private final Optional<Files> files;

    private final Signals signals;

    /** Held by the thread that reports a failure or mends it. */
    private final ReentrantLock mending = new ReentrantLock();

    private record Files(WatchedDisk disk, SegmentedLog log, long timeoutMs) {}

    /**
     * The parts of the node that a failure of the storage changes.
     *
     * @param changes told when the storage has failed, and when it works again, in this order
     */
    public record Signals(Liveness liveness, ReadOnlyMode readOnlyMode, Consumer<StorageChange> changes) {}

    /**
     * The bounds of files.
     *
     * @param log of the segments
     * @param diskTimeoutMs how long a call to the disk may take before the node says so, in milliseconds
     */
    public record Bounds(SegmentedLog.Limits log, long diskTimeoutMs) {}

    private Storage(Log log, IdentityStore identity, Optional<Files> files, Signals signals) {
        this.log = log;
        this.identity = identity;
        this.files = files;
        this.signals = signals;
        long known = identity.load().committed();
        this.committed = new CommittedOffset(CommittedOffset.within(log, log.end(), known));
    }

    /**
     * A storage that ends with the process.
     *
     * @param maxBytes what records may take on the heap
     * @param node its node id
     */
    public static Storage inMemory(long maxBytes, UUID node, Signals signals) {
        return new Storage(new InMemoryLog(maxBytes), IdentityStore.inMemory(node), Optional.empty(), signals);
    }

    /**
     * Opens the files on a disk, or begins them. The disk is closed with the storage; if opening fails, by the caller.
     *
     * @param fresh the node id of a storage that begins
     * @param opening told, before each segment that is opened, how many are left
     * @throws IOException if the disk cannot be read or written
     * @throws StorageException if the identity is damaged
     */
    public static Storage inFiles(
            Disk disk, Bounds bounds, UUID fresh, Signals signals, Clock clock, IntConsumer opening)
            throws IOException {
        WatchedDisk watched = new WatchedDisk(disk, clock);
        SegmentedLog log = new SegmentedLog(watched, bounds.log(), opening);
        IdentityFile identity = openIdentity(watched, log, fresh);
        Storage storage =
                new Storage(log, identity, Optional.of(new Files(watched, log, bounds.diskTimeoutMs())), signals);
        storage.acceptLoss(log);
        return storage;
    }

    /** A log that could not be opened says why better than the identity that is missing beside it. */
    private static IdentityFile openIdentity(Disk disk, SegmentedLog log, UUID fresh) throws IOException {
        boolean isEmpty = log.end() == 0;
        if (isEmpty && log.failure().isPresent() && disk.read(IdentityFile.NAME).isEmpty()) {
            throw log.failure().get();
        }
        return IdentityFile.open(disk, isEmpty, fresh);
    }

    public Log log() {
        return log;
    }

    public IdentityStore identity() {
        return identity;
    }

    public CommittedOffset committed() {
        return committed;
    }

    /** What has failed, and what to do; empty while nothing has. */
    public Optional<String> failure() {
        return files.flatMap(opened -> opened.log().failure()).map(Throwable::getMessage);
    }

    /**
     * To be called before something waits for the disk: a thread more that waits for a disk that hangs helps nobody.
     *
     * @throws StorageException if the disk has not answered for too long; nothing was stored
     */
    public void requireResponsive() {
        signals.liveness().failure(Liveness.Cause.DISK).ifPresent(why -> {
            throw StorageException.failed("Nothing is stored now", new IOException(why));
        });
    }

    /** Shows whether the disk answers. To be called about once a second; returns at once, whatever the disk does. */
    public void watch() {
        files.ifPresent(opened -> {
            long waitingMs = opened.disk().waitingMs();
            if (waitingMs > opened.timeoutMs()) {
                String why = "the disk under " + opened.disk().locate("") + " has not answered for " + waitingMs / 1_000
                        + " s";
                if (signals.liveness().fail(Liveness.Cause.DISK, why)) {
                    LOG.severe("The disk hangs, nothing more is stored: " + why
                            + ". The node goes on by itself once it answers; else mend the disk, or replace the node");
                }
                signals.readOnlyMode().enter(ReadOnlyMode.Cause.DISK, why);
            } else if (signals.liveness().recover(Liveness.Cause.DISK)) {
                signals.readOnlyMode().leave(ReadOnlyMode.Cause.DISK);
                LOG.info("The disk answers again");
            }
        });
    }

    /** Reports a failure of the storage, if there is one, and tries to mend it. To be called about once a second. */
    public void check() {
        files.ifPresent(opened -> {
            mending.lock();
            try {
                opened.log().failure().ifPresent(this::report);
                if (signals.liveness().failure(Liveness.Cause.STORAGE).isPresent()) {
                    mend(opened.log());
                }
                opened.log().takeNotices().forEach(LOG::warning);
            } finally {
                mending.unlock();
            }
        });
    }

    /** Reads every complete segment and checks it; takes as long as that takes. */
    public void verify() {
        files.ifPresent(opened -> {
            opened.log().verify();
            check();
        });
    }

    @Override
    public void close() throws IOException {
        if (files.isEmpty()) {
            return;
        }
        mending.lock();
        try (Disk disk = files.get().disk();
                SegmentedLog closing = files.get().log()) {
            LOG.log(FINE, () -> "Closes " + disk.locate("") + " at offset " + closing.end());
        } finally {
            mending.unlock();
        }
    }

    /** A node that has lost something must not pass, now or after its next start, for one that holds everything. */
    private void acceptLoss(SegmentedLog opened) {
        long known = identity.load().committed();
        if (opened.isLossy()) {
            LOG.warning("Entries that this node had made durable are gone: it ends at offset " + opened.end()
                    + ". It asks the other nodes for them, and does not count itself among those that hold the log");
        } else if (known > opened.end()) {
            LOG.warning("The log of this node is older than what the node remembers: it ends at offset "
                    + opened.end() + ", and everything below " + known
                    + " was committed. It asks the other nodes for the"
                    + " rest, and does not count itself among those that hold the log");
        } else {
            return;
        }
        identity.update(Identity::incomplete);
        opened.acceptLoss();
    }

    /** A failure may turn into another: what cannot be opened again may prove to be damaged. */
    private void report(StorageException failure) {
        String why = failure.getMessage();
        if (signals.liveness()
                .failure(Liveness.Cause.STORAGE)
                .filter(why::equals)
                .isPresent()) {
            return;
        }
        boolean isFirst = signals.liveness().fail(Liveness.Cause.STORAGE, why);
        LOG.severe("Storage has failed, nothing more is stored: " + why);
        signals.readOnlyMode().enter(ReadOnlyMode.Cause.STORAGE, "storage has failed: " + why);
        if (isFirst) {
            signals.changes().accept(new StorageChange(true));
        }
    }

    /** Tried again, whole, until nothing of it fails. */
    private void mend(SegmentedLog opened) {
        try {
            opened.reopen();
            acceptLoss(opened);
        } catch (StorageException e) {
            LOG.log(FINE, "The storage still fails", e);
            opened.failure().ifPresent(this::report);
            return;
        }
        signals.liveness().recover(Liveness.Cause.STORAGE);
        signals.readOnlyMode().leave(ReadOnlyMode.Cause.STORAGE);
        LOG.info("Storage works again: opened and checked up to offset " + opened.end());
        signals.changes().accept(new StorageChange(false));
    }
}
