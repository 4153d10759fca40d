package io.replicatedlog.system.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What configuration decides, seen from outside. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class ConfigurationIT {

    @Test
    void shouldStopWithOneLineThatNamesTheWrongValue() {
        LibertyNode node = LibertyCluster.node("configuration", "wrong", Map.of("REPLICATEDLOG_QUORUM", "seven"));

        int status = node.launch().awaitExit();

        assertThat(status).as("EX_CONFIG").isEqualTo(78);
        assertThat(node.log().lines().filter(line -> line.contains("configuration is wrong")))
                .singleElement()
                .asString()
                .contains("replicatedlog.quorum is \"seven\"; allowed: \"majority\" or a number of nodes from 1 to 1");
        assertThat(node.log()).doesNotContain("\tat ");
    }

    /** Somebody meant to close the door. */
    @Test
    void shouldNotStartWithASecretThatIsEmpty() throws IOException {
        Path secrets = Files.createDirectories(
                Path.of("target", "system-tests", "configuration-secrets").toAbsolutePath());
        Files.writeString(secrets.resolve("replicatedlog.cluster-secret"), "\n");
        LibertyNode inEnvironment =
                LibertyCluster.node("configuration", "empty-secret", Map.of("REPLICATEDLOG_CLUSTER_SECRET", ""));
        LibertyNode inFile = LibertyCluster.node(
                "configuration", "empty-secret-file", Map.of("VARIABLE_SOURCE_DIRS", secrets.toString()));
        List<LibertyNode> nodes = List.of(inEnvironment.launch(), inFile.launch());

        for (LibertyNode node : nodes) {
            assertThat(node.awaitExit()).as("EX_CONFIG").isEqualTo(78);
            assertThat(node.log()).contains("replicatedlog.cluster-secret is wrong");
        }
    }

    @Test
    void shouldBeAPrimaryWithoutSecondariesWhereNothingIsConfigured() {
        LibertyNode node = LibertyCluster.node("configuration", "nothing", Map.of());
        try {
            LogClient primary = node.launch().awaitReady().client();

            assertThat(primary.append("alone", "all").body()).isEqualTo("{\"offset\":0,\"w\":1,\"acks\":1}");
            assertThat(primary.messages()).containsExactly("alone");
            assertThat(primary.cluster().getString("role")).isEqualTo("PRIMARY");
        } finally {
            node.close();
        }
    }

    @Test
    void shouldSayWhenTheLogIsFullAndStillServeReads() {
        LibertyNode node = LibertyCluster.node(
                "configuration",
                "full",
                Map.of("REPLICATEDLOG_STORAGE", "memory", "REPLICATEDLOG_MAX_LOG_BYTES", "100000"));
        try {
            LogClient primary = node.launch().awaitReady().client();
            String message = "x".repeat(10_000);
            for (int i = 0; i < 9; i++) {
                assertThat(primary.append(message, 1).status()).isEqualTo(200);
            }

            LogClient.Answer refused = primary.append(message, 1);

            assertThat(refused.status()).isEqualTo(507);
            assertThat(refused.problem()).isEqualTo("log-full");
            assertThat(refused.json().getString("appended")).isEqualTo("no");
            assertThat(primary.messages()).hasSize(9);
            assertThat(primary.append("small", 1).offset()).isEqualTo(9);
        } finally {
            node.kill();
        }
    }

    @Test
    void shouldFillItsMemoryWithLargeMessagesAndLiveOn() {
        LibertyNode node = LibertyCluster.node("configuration", "large", Map.of("REPLICATEDLOG_STORAGE", "memory"));
        try {
            LogClient primary = node.launch().awaitReady().client();
            String message = "x".repeat(1024 * 1024);
            int status = 200;
            int stored = 0;
            for (; status == 200 && stored < 1_000; stored++) {
                status = primary.append(message, 1).status();
            }

            assertThat(status).isEqualTo(507);
            assertThat(primary.end()).isEqualTo(stored - 1).isGreaterThan(200);
            assertThat(primary.append("small", 1).status()).isEqualTo(200);
        } finally {
            node.kill();
        }
    }

    @Test
    void shouldAnswerWhoeverWaitsWhenItIsToldToStop() {
        LibertyNode node = LibertyCluster.node(
                "configuration",
                "stopped",
                Map.of(
                        "SECONDARY_URLS",
                        "http://127.0.0.1:1",
                        "REPLICATEDLOG_QUORUM",
                        "1",
                        "REPLICATEDLOG_RECOVERY_ANSWERS",
                        "0"));
        try {
            LogClient primary = node.launch().awaitReady().client();
            await().atMost(Duration.ofSeconds(20)).until(primary::mode, "READ_WRITE"::equals);
            CompletableFuture<LogClient.Answer> waiting = primary.appendAsync("waiting", 2);
            await().until(() -> primary.cluster().getInt("waitingAppends") == 1);

            long stopped = System.nanoTime();
            node.stop();

            assertThat(Duration.ofNanos(System.nanoTime() - stopped)).isLessThan(Duration.ofSeconds(15));
            assertThat(waiting).succeedsWithin(Duration.ofSeconds(5)).satisfies(answer -> {
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.problem()).isEqualTo("outcome-unknown");
                assertThat(answer.json().getString("appended")).isEqualTo("unknown");
            });
            assertThat(node.log()).contains("Node stops");
        } finally {
            node.close();
        }
    }
}
