package io.replicatedlog.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.log.SimulatedDisk;
import java.io.IOException;
import java.util.Random;

/** What a node keeps: on a disk that loses what was not forced, or in memory, where everything goes with the process. */
final class SimulatedStorage {

    /** Where the nodes of a cluster keep their logs. */
    enum Kind {
        MEMORY,
        FILE
    }

    private static final SegmentedLog.Limits LIMITS = new SegmentedLog.Limits(1_500, 0);

    private final Kind kind;
    private final SimulatedDisk disk = new SimulatedDisk();
    private Log log;
    private IdentityStore identity;

    SimulatedStorage(Kind kind) {
        this.kind = kind;
    }

    /** A process starts and opens what is there. */
    void open() {
        if (kind == Kind.MEMORY) {
            log = new InMemoryLog(Long.MAX_VALUE);
            identity = IdentityStore.inMemory();
            return;
        }
        try {
            SegmentedLog opened = new SegmentedLog(disk, LIMITS);
            assertThat(opened.failure()).isEmpty();
            assertThat(opened.isLossy()).isFalse();
            identity = IdentityFile.open(disk, opened.end() == 0);
            log = opened;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The process ends; sometimes the machine stops with it, and then what was not forced may be gone. */
    void crash(Random random) {
        log = null;
        identity = null;
        if (random.nextInt(4) > 0) {
            disk.crash(random);
        }
    }

    /** Only while the process runs. */
    Log log() {
        return log;
    }

    /** Only while the process runs. */
    IdentityStore identity() {
        return identity;
    }
}
