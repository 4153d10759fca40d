package io.replicatedlog.log;

import java.io.IOException;

class SegmentedLogTest extends LogContract {

    @Override
    Log create() throws IOException {
        return new SegmentedLog(new SimulatedDisk(), new SegmentedLog.Limits(1_000, 0));
    }

    @Override
    Log createSmall() throws IOException {
        return new SegmentedLog(new SimulatedDisk(100_000), new SegmentedLog.Limits(10_000, 1_000));
    }
}
