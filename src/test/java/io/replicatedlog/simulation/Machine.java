package io.replicatedlog.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.log.SimulatedDisk;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.storage.Identity.Holding;
import io.replicatedlog.storage.IdentityFile;
import io.replicatedlog.storage.IdentityStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A machine with a disk, on which the process of one node runs, or does not. */
final class Machine {

    /** Where the nodes of a cluster keep their logs. */
    enum Storage {
        MEMORY,
        FILE
    }

    private static final long CAPACITY_BYTES = 1_000_000;
    private static final SegmentedLog.Limits LIMITS = new SegmentedLog.Limits(1_500, 2_000);

    final String name;
    private final Storage storage;
    private SimulatedDisk disk = new SimulatedDisk(CAPACITY_BYTES);

    /** Those of the process. */
    private Log log;

    private IdentityStore identity;
    private boolean up;
    private boolean paused;

    /** Which process this is; what was begun for one is not done by the next. */
    private int incarnation;

    /** What waits for a process that is paused. */
    private final List<Runnable> backlog = new ArrayList<>();

    Machine(String name, Storage storage) {
        this.name = name;
        this.storage = storage;
    }

    /** @return whether the process found a storage that it can use; else it has ended again */
    boolean start() {
        try {
            open();
            up = true;
        } catch (IOException | StorageException e) {
            log = null;
            identity = null;
        }
        return up;
    }

    private void open() throws IOException {
        if (storage == Storage.MEMORY) {
            log = new InMemoryLog(Long.MAX_VALUE);
            identity = IdentityStore.inMemory();
            return;
        }
        SegmentedLog opened = new SegmentedLog(disk, LIMITS);
        assertThat(opened.failure().filter(StorageException::isDamage)).isEmpty();
        identity = IdentityFile.open(disk, opened.end() == 0 && opened.failure().isEmpty());
        assertThat(opened.isLossy()).isFalse();
        log = opened;
    }

    /** Opens the files again, as a node does once its storage has failed. @return whether that helped */
    boolean reopen() {
        try {
            ((SegmentedLog) log).reopen();
            assertThat(((SegmentedLog) log).isLossy()).isFalse();
            return true;
        } catch (StorageException e) {
            assertThat(e.isDamage()).isFalse();
            return false;
        }
    }

    boolean hasFailed() {
        return log instanceof SegmentedLog files && files.failure().isPresent();
    }

    /** The process ends; what it wrote is still there, whether it was forced or not. */
    void kill() {
        up = false;
        paused = false;
        incarnation++;
        backlog.clear();
        log = null;
        identity = null;
    }

    /** The machine stops under the process: what was not forced is there or not. */
    void stop(Random random) {
        kill();
        disk.crash(random);
    }

    /** Nothing is left of what was stored. */
    void loseStorage() {
        kill();
        disk = new SimulatedDisk(CAPACITY_BYTES);
    }

    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
        List<Runnable> waited = List.copyOf(backlog);
        backlog.clear();
        int before = incarnation;
        waited.forEach(action -> execute(before, action));
    }

    /** Does this in the process that was meant: at once, or once it is resumed, or never. */
    void execute(int meant, Runnable action) {
        if (!up || incarnation != meant) {
            return;
        }
        if (paused) {
            backlog.add(action);
        } else {
            action.run();
        }
    }

    void failForces() {
        disk.failForces();
    }

    void fill() {
        disk.reserve(Long.MAX_VALUE / 4);
    }

    void healDisk() {
        disk.heal();
        disk.reserve(0);
    }

    boolean isUp() {
        return up;
    }

    boolean isPaused() {
        return paused;
    }

    int incarnation() {
        return incarnation;
    }

    Storage storage() {
        return storage;
    }

    /** Only while the process runs. */
    Log log() {
        return log;
    }

    /** Only while the process runs. */
    IdentityStore identity() {
        return identity;
    }

    /** Whether what is stored is sure to be all that this node has acknowledged. */
    boolean isComplete() {
        return up && identity.load().holding() != Holding.PARTIAL;
    }
}
