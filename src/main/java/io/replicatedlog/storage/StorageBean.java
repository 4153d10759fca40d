package io.replicatedlog.storage;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.logging.Level.FINE;
import static java.util.logging.Level.WARNING;

import io.replicatedlog.log.DirectoryDisk;
import io.replicatedlog.log.Disk;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.node.Liveness;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.Progress;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.StorageConfig;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.storage.Identity.Holding;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Logger;

/**
 * Makes the log of this node and its identity, once, whatever its role. While it runs it looks after the files: shows a
 * failure, and opens them again until that helps.
 */
@ApplicationScoped
public class StorageBean {

    private static final Logger LOG = Logger.getLogger(StorageBean.class.getName());
    private static final long WATCH_PERIOD_MS = 1_000;

    @Inject
    private NodeConfig config;

    @Inject
    private Liveness liveness;

    @Inject
    private ReadOnlyMode readOnlyMode;

    @Inject
    private Event<StorageChange> changes;

    @Resource
    private ManagedExecutorService executor;

    @Resource(lookup = "concurrent/scheduler")
    private ManagedScheduledExecutorService scheduler;

    private Log log;
    private IdentityStore identity;

    /** What is in files; empty for a log in memory. */
    private Optional<Files> files = Optional.empty();

    private final Progress opening = new Progress("segments", 0);

    private Future<?> watching;

    /** Held by whoever reports a failure or mends it. */
    private final ReentrantLock mending = new ReentrantLock();

    private record Files(Disk disk, SegmentedLog log) {}

    @PostConstruct
    void open() {
        StorageConfig storage = config.storage();
        if (storage.directory().isPresent()) {
            openFiles(storage.directory().get(), storage);
        } else {
            log = new InMemoryLog(storage.maxLogBytes());
            identity = IdentityStore.inMemory();
        }
    }

    @Produces
    @Singleton
    public Log log() {
        return log;
    }

    @Produces
    @Singleton
    public IdentityStore identity() {
        return identity;
    }

    /** Begins to look after the files; called once. */
    public void start() {
        files.ifPresent(opened -> {
            LOG.info(
                    "Log in " + opened.disk().locate("") + ": " + log.end() + " entries, " + describe(identity.load()));
            check();
            watching = scheduler.scheduleWithFixedDelay(this::check, WATCH_PERIOD_MS, WATCH_PERIOD_MS, MILLISECONDS);
            executor.execute(this::verify);
        });
    }

    /** What has failed, and what to do; empty while all is well. */
    public Optional<String> failure() {
        return files.flatMap(opened -> opened.log().failure()).map(Throwable::getMessage);
    }

    /** Looks whether the storage has failed, and if so sees to it that everybody knows, and tries to mend it. */
    public void check() {
        files.ifPresent(opened -> {
            mending.lock();
            try {
                opened.log().failure().ifPresent(this::tell);
                if (liveness.failure(Liveness.Cause.STORAGE).isPresent()) {
                    mend(opened.log());
                }
                opened.log().takeNotices().forEach(LOG::warning);
            } catch (RuntimeException | Error e) {
                // A scheduled task that throws is not run again.
                LOG.log(WARNING, "The storage could not be looked after", e);
            } finally {
                mending.unlock();
            }
        });
    }

    @PreDestroy
    void close() {
        if (watching != null) {
            watching.cancel(false);
        }
        files.ifPresent(opened -> {
            mending.lock();
            try (Disk disk = opened.disk();
                    SegmentedLog closing = opened.log()) {
                LOG.log(FINE, () -> "Closes " + disk.locate("") + " at offset " + closing.end());
            } catch (IOException | RuntimeException e) {
                LOG.log(WARNING, "The log was not closed as it should; the next start checks it", e);
            } finally {
                mending.unlock();
            }
        });
    }

    private void openFiles(Path directory, StorageConfig storage) {
        Disk disk = null;
        try {
            disk = new DirectoryDisk(directory);
            SegmentedLog.Limits limits = new SegmentedLog.Limits(storage.segmentBytes(), storage.reserveBytes());
            SegmentedLog opened = new SegmentedLog(disk, limits, this::opening);
            boolean isNew = opened.end() == 0 && opened.failure().isEmpty();
            identity = IdentityFile.open(disk, isNew);
            log = opened;
            files = Optional.of(new Files(disk, opened));
            acceptLoss(opened);
        } catch (IOException e) {
            release(disk);
            throw StorageException.failed("The data directory " + directory + " cannot be used", e);
        } catch (StorageException e) {
            release(disk);
            throw e;
        }
    }

    private void opening(int segmentsLeft) {
        if (opening.update(ReplicationBean.nowMs(), segmentsLeft)) {
            LOG.info("Opens the log: " + opening.describe());
        }
    }

    private static void release(Disk disk) {
        try {
            if (disk != null) {
                disk.close();
            }
        } catch (IOException e) {
            LOG.log(FINE, "The process ends anyway", e);
        }
    }

    /** A node that has lost something must not pass, now or after its next start, for one that holds everything. */
    private void acceptLoss(SegmentedLog opened) {
        if (opened.isLossy()) {
            LOG.warning("Entries that this node had made durable are gone: it ends at offset " + opened.end()
                    + ". It asks the other nodes for them, and does not count itself among those that hold the log");
            identity.store(identity.load().with(Holding.PARTIAL));
            opened.acceptLoss();
        }
    }

    /** A failure may turn into another: what cannot be opened again may prove to be damaged. */
    private void tell(StorageException failure) {
        String why = failure.getMessage();
        if (liveness.failure(Liveness.Cause.STORAGE).filter(why::equals).isPresent()) {
            return;
        }
        boolean isFirst = liveness.fail(Liveness.Cause.STORAGE, why);
        LOG.severe("Storage has failed, nothing more is stored: " + why);
        readOnlyMode.enter(ReadOnlyMode.Cause.STORAGE, "storage has failed: " + why);
        if (isFirst) {
            changes.fire(new StorageChange(true));
        }
    }

    /** Tried again, whole, until nothing of it fails. */
    private void mend(SegmentedLog opened) {
        try {
            opened.reopen();
            acceptLoss(opened);
        } catch (StorageException e) {
            LOG.log(FINE, "The storage still fails", e);
            opened.failure().ifPresent(this::tell);
            return;
        }
        liveness.recover(Liveness.Cause.STORAGE);
        readOnlyMode.leave(ReadOnlyMode.Cause.STORAGE);
        LOG.info("Storage works again: opened and checked up to offset " + opened.end());
        changes.fire(new StorageChange(false));
    }

    private void verify() {
        files.ifPresent(opened -> {
            opened.log().verify();
            check();
        });
    }

    private static String describe(Identity identity) {
        return identity.reign()
                .map(reign -> "log " + reign.logId() + ", epoch " + reign.epoch())
                .orElse("of no log yet");
    }
}
