package io.replicatedlog.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SegmentedLogTest extends LogContract {

    @Override
    Log create() throws IOException {
        return new SegmentedLog(new SimulatedDisk(), new SegmentedLog.Limits(1_000, 0));
    }

    @Override
    Log createSmall() throws IOException {
        return new SegmentedLog(new SimulatedDisk(100_000), new SegmentedLog.Limits(10_000, 1_000));
    }

    @Test
    void shouldTellHowManySegmentsAreLeftToOpen() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        SegmentedLog.Limits eachItsOwn = new SegmentedLog.Limits(1, 0);
        List<Integer> left = new ArrayList<>();

        try (SegmentedLog log = new SegmentedLog(disk, eachItsOwn, left::add)) {
            assertThat(left).containsExactly(0);
            for (int i = 0; i < 4; i++) {
                log.append(1, 0, new byte[0], List.of("message".getBytes(UTF_8)));
            }
        }
        left.clear();
        try (SegmentedLog log = new SegmentedLog(disk, eachItsOwn, left::add)) {
            assertThat(log.end()).isEqualTo(4);
        }

        assertThat(left).containsExactly(4, 3, 2, 1, 0);
    }
}
