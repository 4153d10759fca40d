package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.faults.ForceFaults;
import io.replicatedlog.system.fixture.Command;
import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.Load;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.LogClient.Answer;
import io.replicatedlog.system.fixture.SharedCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk that fills up, and one that does not write what it is given. Both need what not every machine allows: mounting a
 * file system, tracing a process. Where that is missing the test is reported as skipped.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
@ExtendWith(SharedCluster.class)
class DiskTroubleIT {

    @TempDir
    private Path mountPoint;

    @Test
    void shouldRefuseAppendsWhileTheDiskIsFullAndResumeByItself() throws Exception {
        assumeThat(Command.succeeds(
                        "mount", "-t", "tmpfs", "-o", "size=32m", "replicated-log-test", mountPoint.toString()))
                .as("a file system can be mounted")
                .isTrue();
        LibertyNode node = LibertyCluster.node(
                "disk-trouble", "full", Map.of("REPLICATEDLOG_DATA_DIRECTORY", mountPoint + "/data"));
        try {
            LogClient primary = node.launch().awaitReady().client();
            assertThat(primary.append("before", 1).status()).isEqualTo(200);
            Path filler = Files.write(mountPoint.resolve("filler"), new byte[20 * 1024 * 1024]);
            String message = "x".repeat(100_000);
            Answer answer = primary.append(message, 1);
            for (int i = 0; i < 300 && answer.status() == 200; i++) {
                answer = primary.append(message, 1);
            }

            assertThat(answer.status()).isEqualTo(507);
            assertThat(answer.problem()).isEqualTo("log-full");
            assertThat(answer.json().getString("appended")).isEqualTo("no");
            assertThat(answer.json().getString("detail")).contains("make room");
            long end = primary.end();
            assertThat(primary.append("refused", 1).status()).isEqualTo(507);
            assertThat(primary.messages()).hasSize((int) end).startsWith("before");
            assertThat(primary.get("/health/live").status()).isEqualTo(200);

            Files.delete(filler);

            assertThat(primary.append("after", 1).offset()).isEqualTo(end);
            node.kill();
            assertThat(node.launch().awaitReady().client().messages())
                    .hasSize((int) end + 1)
                    .startsWith("before")
                    .endsWith("after")
                    .doesNotContain("refused");
        } finally {
            node.close();
            Command.succeeds("umount", mountPoint.toString());
        }
    }

    @Test
    void shouldNotBelieveAForceAfterOneThatFailed(LibertyCluster cluster) throws Exception {
        assumeThat(ForceFaults.arePossible()).as("a process can be traced").isTrue();
        LogClient primary = cluster.primary().client();
        assertThat(primary.append("before", 3).status()).isEqualTo(200);
        long epoch = primary.cluster().getJsonNumber("epoch").longValue();
        Process strace = ForceFaults.inject(cluster.primary(), ForceFaults.FAIL);
        Answer inDoubt = primary.append("in doubt", 3, 5_000);
        try (Load load = Load.start(primary)) {
            load.history().isThere(List.of("in doubt", "after"));
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> primary.get("/health/live").status() == 503);
            Answer refused = primary.append("refused", 1);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.json().getString("appended")).isEqualTo("no");
            assertThat(primary.messages()).as("reads go on").startsWith("before");

            Command.stop(strace);
            await().atMost(Duration.ofSeconds(20)).until(primary::mode, "READ_WRITE"::equals);

            assertThat(primary.append("after", 3).status()).isEqualTo(200);
            load.stop();
            cluster.awaitAllCaughtUp();
            load.check(cluster.nodes(), 1);
        }
        assertThat(inDoubt.status()).isEqualTo(503);
        assertThat(inDoubt.problem()).isEqualTo("outcome-unknown");
        assertThat(inDoubt.json().getString("appended")).isEqualTo("unknown");
        assertThat(primary.cluster().getJsonNumber("epoch").longValue()).isGreaterThan(epoch);
        assertThat(primary.messages()).contains("before", "after").doesNotContain("refused");
        for (LibertyNode secondary : cluster.secondaries()) {
            assertThat(secondary.client().messages()).isEqualTo(primary.messages());
        }
    }

    @Test
    void shouldSayThatTheDiskHangsAndWaitForItNowhere() {
        assumeThat(ForceFaults.arePossible()).as("a process can be traced").isTrue();
        try (LibertyCluster cluster = LibertyCluster.start(
                "disk-hangs",
                2,
                Map.of("REPLICATEDLOG_DISK_TIMEOUT_MS", "1000", "REQUEST_TIMEOUT_MILLISECONDS", "1000"))) {
            LogClient primary = cluster.primary().client();
            assertThat(primary.append("before", 3).status()).isEqualTo(200);

            LibertyNode secondary = cluster.secondary(1);
            Process strace = ForceFaults.inject(secondary, ForceFaults.HANG);
            assertThat(primary.append("without it", 3, 500).status()).isEqualTo(202);
            cluster.awaitHealth(secondary, "UNHEALTHY");
            assertThat(secondary.log()).contains("The disk hangs, nothing more is stored: the disk under ");
            assertThat(secondary.client().cluster().getString("role")).isEqualTo("SECONDARY");
            assertThat(secondary.client().get("/metrics").status()).isEqualTo(200);
            assertThat(primary.append("of two", 2).status()).isEqualTo(200);
            Command.stop(strace);
            cluster.awaitAllCaughtUp();
            assertThat(secondary.log()).contains("The disk answers again");

            Process ofPrimary = ForceFaults.inject(cluster.primary(), ForceFaults.HANG);
            CompletableFuture<Answer> waits = primary.appendAsync("in doubt", 2);
            await().atMost(Duration.ofSeconds(20)).until(primary::mode, "READ_ONLY"::equals);
            assertThat(primary.cluster().getString("readOnlyReason")).contains("has not answered for");
            assertThat(primary.get("/health/live").status()).isEqualTo(503);
            Answer refused = primary.append("refused", 1);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.json().getString("appended")).isEqualTo("no");
            assertThat(primary.messages()).as("reads go on").contains("before");
            assertThat(primary.get("/metrics").status()).isEqualTo(200);
            Command.stop(ofPrimary);

            assertThat(waits.join().status()).isEqualTo(200);
            cluster.awaitAllCaughtUp();
            assertThat(primary.messages()).contains("in doubt").doesNotContain("refused");
        }
    }
}
