package io.replicatedlog.system.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.replicatedlog.system.fixture.Command;
import jakarta.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That the benchmark works; not how fast anything is. */
class BenchmarkIT {

    @Test
    void shouldMeasureAppendsBesideTheCeiling() {
        assumeThat(Command.succeeds("which", "wrk")).as("wrk is installed").isTrue();

        List<JsonObject> rows = AppendBenchmark.measureBesideTheCeiling("memory", 1, 1, List.of(4), List.of(100));

        assertThat(rows).extracting(row -> row.getInt("w")).containsExactly(0, 0, 1, 2, 3);
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.getJsonNumber("requestsPerSecond").doubleValue()).isPositive();
            assertThat(row.getJsonNumber("p50Ms").doubleValue()).isPositive();
            assertThat(row.getInt("errors")).isZero();
            assertThat(row.getJsonArray("cpuSecondsPer1000")).hasSize(3);
            assertThat(row.getJsonNumber("allocatedBytesEach").doubleValue()).isPositive();
            boolean appends = row.getInt("w") > 0;
            assertThat(row.getJsonNumber("callsPerSecond").doubleValue() > 0).isEqualTo(appends);
        });
    }
}
