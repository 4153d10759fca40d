package io.replicatedlog.system.benchmark;

import static io.replicatedlog.system.benchmark.AppendBenchmark.say;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.Load;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.Pause;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Measures how long nobody is acknowledged when the primary is killed, and when it hands over; beside three nodes of etcd where
 * that is installed. Not a test, and only run by {@code ./lab bench}.
 */
class FailoverBenchmark {

    private static final int TIMES = Integer.getInteger("bench.times", 20);
    private static final Duration BETWEEN_APPENDS = Duration.ofMillis(10);

    @Test
    void shouldMeasureUntilAnotherNodeLeads() {
        for (String electionTimeoutMs : List.of("1500", "500")) {
            Map<String, String> environment = Map.of(
                    "REPLICATEDLOG_FAILOVER", "automatic", "REPLICATEDLOG_ELECTION_TIMEOUT_MS", electionTimeoutMs);
            try (LibertyCluster cluster = LibertyCluster.start("bench-failover", 2, environment)) {
                List<Duration> gaps = new ArrayList<>();
                for (int i = 0; i < TIMES; i++) {
                    LibertyNode killed = cluster.awaitLeader();
                    List<LogClient> others = cluster.nodes().stream()
                            .filter(node -> node != killed)
                            .map(node -> new LogClient(node.url(), Duration.ofSeconds(5)))
                            .toList();
                    others.forEach(FailoverBenchmark::append);
                    long began = System.nanoTime();
                    killed.kill();
                    awaitAppend(others);
                    gaps.add(Duration.ofNanos(System.nanoTime() - began));
                    cluster.heal();
                }
                say(
                        "SIGKILL of the primary until a majority acknowledges, election-timeout-ms=%s: %s",
                        electionTimeoutMs, describe(gaps));
            }
        }
        EtcdCluster.measure(TIMES)
                .ifPresent(gaps ->
                        say("etcd with its defaults, SIGKILL of the leader until the next put: %s", describe(gaps)));
    }

    @Test
    void shouldMeasureAHandOver() {
        Map<String, String> environment = Map.of("REPLICATEDLOG_FAILOVER", "automatic");
        try (LibertyCluster cluster = LibertyCluster.start("bench-hand-over", 2, environment)) {
            List<Duration> gaps = new ArrayList<>();
            for (int i = 0; i < TIMES; i++) {
                LibertyNode before = cluster.awaitLeader();
                LibertyNode next = cluster.nodes().stream()
                        .filter(node -> node != before)
                        .findFirst()
                        .orElseThrow();
                try (Load load = Load.start(next.client())) {
                    Pause.ofMs(2_000);
                    load.forgetLongestUnavailability();
                    next.client().post("/api/v1/cluster/primary", "{\"node\":\"" + next.url() + "\"}");
                    Pause.ofMs(1_000);
                    gaps.add(load.longestUnavailability());
                }
                cluster.awaitAllCaughtUp();
            }
            say("hand-over under load, the longest time without an acknowledgement: %s", describe(gaps));
        }
    }

    private static void awaitAppend(List<LogClient> nodes) {
        for (int i = 0; !append(nodes.get(i % nodes.size())); i++) {
            Pause.ofMs(BETWEEN_APPENDS.toMillis());
        }
    }

    private static boolean append(LogClient node) {
        try {
            return node.append("x", "majority", 2_000).status() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private static String describe(List<Duration> gaps) {
        List<Duration> sorted = gaps.stream().sorted().toList();
        return String.format(
                "p50 %d ms, max %d ms, %d times",
                sorted.get(sorted.size() / 2).toMillis(),
                sorted.get(sorted.size() - 1).toMillis(),
                sorted.size());
    }
}
