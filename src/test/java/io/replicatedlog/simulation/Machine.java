package io.replicatedlog.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.log.SimulatedDisk;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.node.Clock;
import io.replicatedlog.node.Liveness;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.Scheduler;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.storage.Storage;
import io.replicatedlog.storage.StorageChange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** A machine with a disk and a clock, on which the process of one node runs, or does not. */
final class Machine implements Clock, Scheduler, Executor {

    /** Where the nodes of a cluster keep their logs. */
    enum Kept {
        MEMORY,
        FILE
    }

    private static final long CAPACITY_BYTES = 1_000_000;
    private static final Storage.Bounds BOUNDS = new Storage.Bounds(new SegmentedLog.Limits(1_500, 2_000), 200);

    /** When a simulation begins, on the wall clock. */
    private static final long EPOCH_MS = 1_000_000_000_000L;

    final String name;
    private final Kept kept;
    private final VirtualTime time;
    private final Random random;
    private SimulatedDisk disk = new SimulatedDisk(CAPACITY_BYTES);

    /** An old copy of the disk, or {@code null}. */
    private SimulatedDisk copy;

    /** Where the log ended when the copy was made. */
    private long copiedEnd;

    private long clockIsAheadMs;

    /** Those of the process. */
    private Storage storage;

    private Liveness liveness;
    private ReadOnlyMode readOnlyMode;
    private boolean up;
    private boolean paused;

    /** The disk does not answer until then. */
    private long hangsUntilMs;

    /** Which process this is; what was begun for one is not done by the next. */
    private int incarnation;

    /** What waits for a process that is paused. */
    private final List<Runnable> backlog = new ArrayList<>();

    Machine(String name, Kept kept, VirtualTime time, Random random) {
        this.name = name;
        this.kept = kept;
        this.time = time;
        this.random = random;
    }

    /**
     * @param changes told what becomes of the storage
     * @return whether the process found a storage that it can use; else it has ended again
     */
    boolean start(Consumer<StorageChange> changes) {
        liveness = new Liveness();
        readOnlyMode = new ReadOnlyMode();
        Storage.Signals signals = new Storage.Signals(liveness, readOnlyMode, changes);
        UUID fresh = new UUID(random.nextLong(), random.nextLong());
        try {
            storage = kept == Kept.MEMORY
                    ? Storage.inMemory(Long.MAX_VALUE, fresh, signals)
                    : Storage.inFiles(disk, BOUNDS, fresh, signals, this, left -> {});
            up = true;
        } catch (StorageException e) {
            if (Boolean.getBoolean("dbg")) e.printStackTrace();
            assertThat(e.isDamage()).as(e.getMessage()).isFalse();
        } catch (IOException e) {
            if (Boolean.getBoolean("dbg")) e.printStackTrace();
            storage = null;
        }
        return up;
    }

    /** The process ends; what it wrote is still there, whether it was forced or not. */
    void kill() {
        up = false;
        paused = false;
        incarnation++;
        backlog.clear();
        storage = null;
    }

    /** The machine stops under the process: what was not forced is there or not. */
    void stop() {
        kill();
        disk.crash(random);
    }

    /** Nothing is left of what was stored. */
    void loseStorage() {
        kill();
        disk = new SimulatedDisk(CAPACITY_BYTES);
        copy = null;
    }

    /** Makes a copy of the disk as it is. */
    void copyDisk() {
        if (kept == Kept.FILE && up) {
            copy = disk.copy();
            copiedEnd = storage.log().end();
        }
    }

    boolean hasCopy() {
        return copy != null;
    }

    long copiedEnd() {
        return copiedEnd;
    }

    /** The copy takes the place of the disk. */
    void rollBack() {
        kill();
        disk = copy;
        copy = null;
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
            return;
        }
        try {
            action.run();
        } catch (ProcessEndedError e) {
            // As a thread ends with its process.
        }
    }

    /** Does what needs the disk: in the process that was meant, once the disk answers. */
    void executeOnDisk(int meant, Runnable action) {
        if (up && incarnation == meant && time.nowMs() < hangsUntilMs) {
            time.after(hangsUntilMs - time.nowMs(), () -> executeOnDisk(meant, action));
        } else {
            execute(meant, action);
        }
    }

    /** A thread of the process waits and holds no lock; the world goes on, and the process may end. */
    void suspend(long forMs) {
        int before = incarnation;
        time.goOn(forMs);
        while (paused && incarnation == before) {
            time.goOn(1);
        }
        if (incarnation != before) {
            throw new ProcessEndedError();
        }
    }

    // --- the clock and the threads of the process
    // ------------------------------------------------------------------------

    @Override
    public long nanoTime() {
        return time.nowMs() * 1_000_000;
    }

    @Override
    public long wallClockMs() {
        return EPOCH_MS + time.nowMs() + clockIsAheadMs;
    }

    void jumpClock(long byMs) {
        clockIsAheadMs += byMs;
    }

    @Override
    public Runnable after(long delayMs, Runnable task) {
        int meant = incarnation;
        boolean[] cancelled = {false};
        time.after(
                delayMs,
                () -> execute(meant, () -> {
                    if (!cancelled[0]) {
                        task.run();
                    }
                }));
        return () -> cancelled[0] = true;
    }

    @Override
    public void execute(Runnable task) {
        after(random.nextInt(2), task);
    }

    /** Threads that force. */
    void executeOnDisk(Runnable task) {
        int meant = incarnation;
        time.after(random.nextInt(random.nextInt(20) == 0 ? 400 : 20), () -> executeOnDisk(meant, task));
    }

    // --- the disk
    // ---------------------------------------------------------------------------------------------------------

    void failForces() {
        disk.failForces();
    }

    void fill() {
        disk.reserve(Long.MAX_VALUE / 4);
    }

    /** Calls to the disk do not come back for a while; after some of it, the node says so. */
    void hang(long forMs) {
        hangsUntilMs = Math.max(hangsUntilMs, time.nowMs() + forMs);
        after(BOUNDS.diskTimeoutMs(), this::noticeHang);
        after(hangsUntilMs - time.nowMs(), this::noticeHang);
    }

    private void noticeHang() {
        if (time.nowMs() < hangsUntilMs) {
            liveness.fail(Liveness.Cause.DISK, "hangs");
            readOnlyMode.enter(ReadOnlyMode.Cause.DISK, "hangs");
        } else {
            liveness.recover(Liveness.Cause.DISK);
            readOnlyMode.leave(ReadOnlyMode.Cause.DISK);
        }
    }

    void healDisk() {
        disk.heal();
        disk.reserve(0);
        hangsUntilMs = 0;
        if (up) {
            noticeHang();
        }
    }

    // --- what it shows
    // ----------------------------------------------------------------------------------------------------

    boolean isUp() {
        return up;
    }

    boolean isPaused() {
        return paused;
    }

    boolean hangs() {
        return time.nowMs() < hangsUntilMs;
    }

    int incarnation() {
        return incarnation;
    }

    Kept kept() {
        return kept;
    }

    /** Only while the process runs. */
    Storage storage() {
        return storage;
    }

    /** Only while the process runs. */
    Log log() {
        return storage.log();
    }

    /** Only while the process runs. */
    IdentityStore identity() {
        return storage.identity();
    }

    /** Only while the process runs. */
    CommittedOffset committed() {
        return storage.committed();
    }

    /** Only while the process runs. */
    Liveness liveness() {
        return liveness;
    }

    /** Only while the process runs. */
    ReadOnlyMode readOnlyMode() {
        return readOnlyMode;
    }

    Optional<String> failure() {
        return storage.failure();
    }

    /** Whether the node is sure to hold all that it has acknowledged. */
    boolean isComplete() {
        return up && identity().load().isComplete();
    }

    @Override
    public String toString() {
        return name;
    }
}
