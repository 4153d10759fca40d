package io.replicatedlog.system.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.replicatedlog.system.fixture.Command;
import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.LogClient.Answer;
import jakarta.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** That the benchmark works; not how fast anything is. */
class BenchmarkIT {

    @Test
    void shouldAddTheCeilingToTheApplication() {
        Map<String, String> environment = Map.of(
                "WLP_USER_DIR", ServerWithEcho.userDirectory().toString(),
                "REPLICATEDLOG_TESTING_API_ENABLED", "true",
                "REPLICATEDLOG_STORAGE", "memory");
        try (LibertyNode node = LibertyCluster.node("bench-echo", "node", environment)) {
            LogClient client = node.launch().awaitReady().client();

            for (String path : List.of("/api/test/echo", "/api/test/echo/later")) {
                Answer echo = client.post(path, LogClient.body("hello", 1));
                assertThat(echo.status()).as(echo.body()).isEqualTo(200);
                assertThat(echo.body()).isEqualTo("{\"offset\":0,\"w\":1,\"acks\":1}");
            }
            assertThat(client.messages()).isEmpty();
        }
    }

    @Test
    void shouldMeasureAppendsBesideTheCeiling() {
        assumeThat(Command.succeeds("which", "wrk")).as("wrk is installed").isTrue();

        List<JsonObject> rows = AppendBenchmark.measureBesideTheCeiling(
                "memory", LibertyNode.startsFast() + " -Xmx4g", 1, 1, List.of(4), List.of(100));

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
