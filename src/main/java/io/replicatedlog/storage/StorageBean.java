package io.replicatedlog.storage;

import static java.util.logging.Level.FINE;
import static java.util.logging.Level.WARNING;

import io.replicatedlog.log.DirectoryDisk;
import io.replicatedlog.log.Disk;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.node.Clock;
import io.replicatedlog.node.Liveness;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.NodeThreads;
import io.replicatedlog.node.Progress;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.StorageConfig;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.CommittedOffset;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.logging.Logger;

/** Makes the {@link Storage} of this node, once, whatever its role, and hands out its parts. */
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

    @Inject
    private NodeThreads threads;

    private Storage storage;

    private final Progress opening = new Progress("segments", 0);

    @PostConstruct
    void open() {
        StorageConfig configured = config.storage();
        Storage.Signals signals = new Storage.Signals(liveness, readOnlyMode, changes::fire);
        storage = configured
                .directory()
                .map(directory -> open(directory, configured, signals))
                .orElseGet(() -> Storage.inMemory(configured.maxLogBytes(), UUID.randomUUID(), signals));
    }

    @Produces
    @Singleton
    public Log log() {
        return storage.log();
    }

    @Produces
    @Singleton
    public IdentityStore identity() {
        return storage.identity();
    }

    @Produces
    @Singleton
    public CommittedOffset committed() {
        return storage.committed();
    }

    /** Begins to watch the files; called once. */
    public void start() {
        config.storage().directory().ifPresent(directory -> {
            LOG.info("Log in " + directory + ": " + storage.log().end() + " entries, "
                    + describe(storage.identity().load()));
            check();
            threads.every(WATCH_PERIOD_MS, storage::watch);
            threads.every(WATCH_PERIOD_MS, this::check);
            threads.execute(storage::verify);
        });
    }

    /** As {@link Storage#failure}. */
    public Optional<String> failure() {
        return storage.failure();
    }

    /** As {@link Storage#requireResponsive}. */
    public void requireResponsive() {
        storage.requireResponsive();
    }

    /** As {@link Storage#check}. */
    public void check() {
        storage.check();
    }

    @PreDestroy
    void close() {
        try {
            storage.close();
        } catch (IOException | RuntimeException e) {
            LOG.log(WARNING, "The log was not closed as it should; the next start checks it", e);
        }
    }

    private Storage open(Path directory, StorageConfig configured, Storage.Signals signals) {
        Disk disk = null;
        try {
            disk = new DirectoryDisk(directory);
            Storage.Bounds bounds = new Storage.Bounds(
                    new SegmentedLog.Limits(configured.segmentBytes(), configured.reserveBytes()),
                    configured.diskTimeoutMs());
            return Storage.inFiles(disk, bounds, UUID.randomUUID(), signals, Clock.SYSTEM, this::opening);
        } catch (IOException e) {
            release(disk);
            throw StorageException.failed("The data directory " + directory + " cannot be used", e);
        } catch (StorageException e) {
            release(disk);
            throw e;
        }
    }

    private void opening(int segmentsLeft) {
        if (opening.update(Clock.SYSTEM.nowMs(), segmentsLeft)) {
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

    private static String describe(Identity identity) {
        String node = "node " + identity.node() + ", ";
        return node + identity.reign().map(Reign::toString).orElse("of no log yet");
    }
}
