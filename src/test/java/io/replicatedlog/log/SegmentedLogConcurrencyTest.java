package io.replicatedlog.log;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SegmentedLogConcurrencyTest extends LogConcurrencyContract {

    @TempDir
    private Path directory;

    @Override
    Log create() throws IOException {
        return new SegmentedLog(new DirectoryDisk(directory), new SegmentedLog.Limits(20_000, 0));
    }
}
