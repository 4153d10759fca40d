package io.replicatedlog.log;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

class SegmentedLogModelTest extends LogModelContract {

    private static final SegmentedLog.Limits LIMITS = new SegmentedLog.Limits(2_000, 0);

    private final Map<Log, SimulatedDisk> disks = new HashMap<>();

    @Override
    Log create() throws IOException {
        return open(new SimulatedDisk());
    }

    /** Sometimes the process ends without closing its files. */
    @Override
    Log reopen(Log log) throws IOException {
        if (log.end() % 2 == 0) {
            ((SegmentedLog) log).close();
        }
        return open(disks.remove(log));
    }

    private Log open(SimulatedDisk disk) throws IOException {
        Log log = new SegmentedLog(disk, LIMITS);
        disks.put(log, disk);
        return log;
    }
}
