package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.Load;
import io.replicatedlog.system.fixture.LogClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Any node leads: a log goes on without the primary that it had. The nodes are configured as they were before any could. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class FailoverIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    private static LibertyCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = LibertyCluster.start("failover", 2, Map.of("REPLICATEDLOG_FAILOVER", ""));
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void healCluster() {
        cluster.restart();
        awaitSameLogs();
    }

    @Test
    void shouldTakeAppendsOnEveryNode() {
        for (LibertyNode node : cluster.nodes()) {
            LogClient.Answer answer = node.client().append("sent to " + node.name(), 3);

            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        }
        LogClient.Answer bad = cluster.secondary(1).client().append("bad", 9);
        assertThat(bad.status()).isEqualTo(400);
        assertThat(bad.problem()).isEqualTo("invalid-write-concern");
    }

    @Test
    void shouldShowALinearizableReadOnEachNodeWhatAMajorityHolds() {
        for (LibertyNode node : cluster.nodes()) {
            String message = "by way of " + node.name();
            assertThat(node.client().append(message, 2).status()).isEqualTo(200);

            for (LibertyNode any : cluster.nodes()) {
                LogClient.Answer answer = any.client().send(linearizable(any));
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                assertThat(answer.body()).as(any.name()).contains(message);
            }
        }
    }

    private static HttpRequest linearizable(LibertyNode node) {
        return node.client().request("/api/v1/entries?level=linearizable").GET().build();
    }

    @Test
    void shouldGoOnWithoutThePrimaryThatWasKilled() {
        LibertyNode killed = leader();
        LibertyNode other = other(killed);
        assertThat(other.client().append("before", 2).status()).isEqualTo(200);

        killed.kill();
        awaitAppend(other, "after", 2);

        LibertyNode next = leader();
        assertThat(next).isNotEqualTo(killed);
        killed.launch().awaitReady();
        assertThat(awaitSameLogs()).contains("before", "after");
        assertThat(leader()).as("who leads goes on").isEqualTo(next);
    }

    @Test
    void shouldDeposeAPrimaryThatIsFrozen() {
        LibertyNode frozen = leader();
        LibertyNode other = other(frozen);
        frozen.freeze();
        CompletableFuture<LogClient.Answer> read;
        try {
            awaitAppend(other, "while it is frozen", 2);
            read = frozen.client().sendAsync(linearizable(frozen));
        } finally {
            frozen.thaw();
        }

        LogClient.Answer answer = read.join();
        assertThat(answer.status() == 503 || answer.body().contains("while it is frozen"))
                .as("the first thing that it answers: " + answer)
                .isTrue();

        assertThat(awaitSameLogs()).contains("while it is frozen");
        assertThat(leader()).isNotEqualTo(frozen);
        assertThat(frozen.log()).contains("Leads no more");
    }

    @Test
    void shouldNotBeginAnewOnANodeThatWasWiped() {
        LibertyNode first = cluster.primary();
        assertThat(other(first).client().append("kept", 3).status()).isEqualTo(200);

        first.kill();
        first.moveDataAway();
        awaitAppend(other(first), "meanwhile", 2);
        first.launch().awaitReady();

        assertThat(awaitSameLogs()).contains("kept", "meanwhile");
        assertThat(other(first).client().append("by all", 3).status()).isEqualTo(200);
    }

    @Test
    void shouldHandOverToTheNodeThatIsPromoted() {
        LibertyNode before = leader();
        LibertyNode next = other(before);
        LibertyNode third = cluster.nodes().stream()
                .filter(node -> node != before && node != next)
                .findFirst()
                .orElseThrow();

        LogClient.Answer promoted = promote(third, next.url());

        assertThat(promoted.status()).as(promoted.body()).isEqualTo(200);
        assertThat(promoted.json().getString("primary")).isEqualTo(next.url());
        assertThat(leader()).isEqualTo(next);
        assertThat(third.client().append("after the hand-over", 3).status()).isEqualTo(200);
        assertThat(promote(third, "http://127.0.0.1:1").status()).isEqualTo(404);
        assertThat(promote(third, "nobody").status()).isEqualTo(404);
        assertThat(third.client().post("/api/v1/cluster/primary", "{}").status())
                .isEqualTo(400);
        third.kill();
        await().atMost(SOON).until(() -> promote(before, third.url()).status() == 409);
        assertThat(leader()).isEqualTo(next);
    }

    private static LogClient.Answer promote(LibertyNode asked, String url) {
        return asked.client().post("/api/v1/cluster/primary", "{\"node\":\"" + url + "\"}");
    }

    @Test
    void shouldLoseNothingWhenThePrimaryIsToldToStopUnderLoad() {
        LibertyNode stopped = leader();
        LibertyNode other = other(stopped);
        try (Load load = Load.start(other.client())) {
            await().atMost(SOON).until(() -> load.acknowledged() >= 200);
            stopped.stop();
            assertThat(stopped.log())
                    .as("it waits for no hand-over that has ended")
                    .doesNotContain("Nobody was handed over to");
            long acknowledged = load.acknowledged();
            await().atMost(SOON).until(() -> load.acknowledged() >= acknowledged + 200);
            load.stop();
            stopped.launch().awaitReady();
            awaitSameLogs();
            load.check(cluster.nodes());
        }
    }

    @Test
    void shouldBeReadOnlyAndNotSplitWithTwoOfThreeDown() {
        LibertyNode alone = leader();
        cluster.nodes().stream().filter(node -> node != alone).forEach(LibertyNode::kill);

        await().atMost(SOON).until(() -> alone.client().mode(), "READ_ONLY"::equals);
        assertThat(alone.client().append("refused", 1).status()).isEqualTo(503);
        assertThat(alone.client().get("/health/live").status()).isEqualTo(200);
    }

    private static void awaitAppend(LibertyNode node, String message, int w) {
        await("an append is acknowledged")
                .atMost(SOON)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> node.client().append(message, w, 5_000).status() == 200);
    }

    private static LibertyNode other(LibertyNode one) {
        return cluster.nodes().stream()
                .filter(node -> node != one && node.isRunning())
                .findFirst()
                .orElseThrow();
    }

    private static LibertyNode leader() {
        return cluster.awaitLeader();
    }

    private static List<String> awaitSameLogs() {
        return await("all logs are the same")
                .atMost(SOON)
                .until(
                        () -> cluster.nodes().stream()
                                .map(node -> node.client().messages())
                                .distinct()
                                .toList(),
                        logs -> logs.size() == 1 && cluster.leader().isPresent())
                .get(0);
    }
}
