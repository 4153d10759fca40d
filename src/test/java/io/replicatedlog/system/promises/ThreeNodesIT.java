package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.LogClient.Answer;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a primary with two secondaries promises. The scenarios share one cluster, which is healed before each; they tell
 * their own messages from those of others by where the log ended before.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class ThreeNodesIT {

    /** A cap beyond every test: who comes back in time was woken, and did not just happen to be tried. */
    private static final Map<String, String> SETTINGS =
            Map.of("REPLICATEDLOG_BACKOFF_BASE_MS", "60000", "REPLICATEDLOG_BACKOFF_CAP_MS", "600000");

    @AutoClose
    private static LibertyCluster cluster;

    private LogClient primary;
    private long start;

    @BeforeAll
    static void startCluster() {
        cluster = LibertyCluster.start("three-nodes", 2, SETTINGS);
    }

    @BeforeEach
    void healCluster() {
        cluster.heal();
        primary = cluster.primary().client();
        start = primary.end();
    }

    @Test
    void shouldHoldEveryMessageOnEveryNodeByteForByte() {
        List<String> messages = List.of(
                "",
                "plain",
                "\0",
                "\"quoted\" \\ and\nlines\r\n\t",
                "𝄞 and 😀, two surrogate pairs",
                "é".repeat(250_000));

        messages.forEach(
                message -> assertThat(primary.append(message, "all").status()).isEqualTo(200));

        for (LibertyNode node : cluster.nodes()) {
            assertThat(mine(node)).as(node.name()).isEqualTo(messages);
        }
    }

    @Test
    void shouldAppendManyAtOnceOnEveryNodeAllOrNothing() {
        long first = primary.append("before", 3).offset() + 1;

        Answer json = primary.post("/api/v1/append", "{\"messages\":[\"a\",\"b\",\"c\"],\"w\":3}");
        assertThat(json.body()).isEqualTo("{\"offset\":" + first + ",\"count\":3,\"w\":3,\"acks\":3}");
        Answer lines = appendLines(primary, "?w=all&timeoutMs=20000", "\"d\"\n{\"message\":\"e\"}\n");
        assertThat(lines.body()).isEqualTo("{\"offset\":" + (first + 3) + ",\"count\":2,\"w\":3,\"acks\":3}");

        Answer refused = appendLines(primary, "", "\"never\"\n\"never\"\nnever\n");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().getString("detail")).startsWith("Line 3: ");
        assertThat(refused.json().getString("appended")).isEqualTo("no");
        for (LibertyNode node : cluster.nodes()) {
            assertThat(node.client().messages()).endsWith("before", "a", "b", "c", "d", "e");
        }
    }

    private static Answer appendLines(LogClient node, String query, String lines) {
        return node.send(node.request("/api/v1/append" + query)
                .header("Content-Type", "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofString(lines))
                .build());
    }

    @Test
    void shouldAnswerWithTheNumberOfNodesThatWasAskedFor() {
        for (int w = 1; w <= 3; w++) {
            Answer answer = primary.append("w " + w, w);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.contentType()).isEqualTo("application/json");
            assertThat(answer.offset()).isEqualTo(start + w - 1);
            assertThat(answer.json().getInt("w")).isEqualTo(w);
            assertThat(answer.json().getInt("acks")).isBetween(w, 3);
            assertThat(answer.json().containsKey("satisfied")).isFalse();
        }
        assertThat(primary.append("default", "majority").json().getInt("w")).isEqualTo(2);
        assertThat(primary.append("default", "all").json().getInt("w")).isEqualTo(3);
        assertThat(primary.post("/api/v1/append", "{\"message\":\"default\"}")
                        .json()
                        .getInt("w"))
                .isEqualTo(2);
    }

    @Test
    void shouldBlockOnlyTheAppendsThatWaitForASecondaryThatIsDown() {
        cluster.secondary(1).kill();

        CompletableFuture<Answer> blocked = primary.appendAsync("blocked", 3);
        await().until(() -> primary.end() == start + 1);

        assertThat(primary.append("one", 1).status()).isEqualTo(200);
        assertThat(primary.append("two", 2).status()).isEqualTo(200);
        assertThat(blocked).isNotDone();
        cluster.awaitHealth(cluster.secondary(1), "UNHEALTHY");
        assertThat(primary.append("two again", 2).status()).isEqualTo(200);
        assertThat(blocked).isNotDone();

        cluster.heal();
        assertThat(blocked).succeedsWithin(Duration.ofSeconds(30)).satisfies(answer -> {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().getInt("acks")).isEqualTo(3);
        });
        assertThat(mine(cluster.secondary(1))).containsExactly("blocked", "one", "two", "two again");
    }

    @Test
    void shouldAnswerInTimeThatAWriteConcernIsNotMetYet() {
        cluster.secondary(1).kill();

        Answer answer = primary.append("late", 3, 500);

        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.json().toString())
                .isEqualTo("{\"offset\":" + start + ",\"w\":3,\"acks\":2,\"satisfied\":false}");
        assertThat(answer.headers().get("Location")).containsExactly("/api/v1/entries/" + start);
        assertThat(primary.get("/api/v1/entries/" + start).json().getInt("acks"))
                .isEqualTo(2);
        cluster.heal();
        assertThat(primary.get("/api/v1/entries/" + start).json().getInt("acks"))
                .isEqualTo(3);
    }

    @Test
    void shouldNotLetTwoThousandBlockedClientsBlockAnybody() {
        cluster.secondary(2).kill();
        List<CompletableFuture<Answer>> blocked = IntStream.range(0, 2_000)
                .mapToObj(i -> primary.appendAsync("blocked " + i, 3))
                .toList();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> primary.cluster().getInt("waitingAppends") == blocked.size());

        for (int i = 0; i < 20; i++) {
            assertThat(primary.append("free " + i, 2))
                    .extracting(Answer::status)
                    .isEqualTo(200);
        }
        assertThat(primary.messages()).hasSize((int) start + 2_020);
        assertThat(blocked).noneMatch(CompletableFuture::isDone);

        cluster.heal();
        for (CompletableFuture<Answer> one : blocked) {
            assertThat(one)
                    .succeedsWithin(Duration.ofSeconds(60))
                    .extracting(Answer::status)
                    .isEqualTo(200);
        }
        assertThat(cluster.secondary(2).client().messages()).isEqualTo(primary.messages());
    }

    @Test
    void shouldSendWhatASecondaryMissedOnceItRejoins() {
        long lossesBefore = lossesLogged();
        cluster.secondary(1).kill();
        List<String> missed =
                IntStream.range(0, 500).mapToObj(i -> "missed " + i).toList();
        missed.forEach(message -> primary.append(message, 2));

        cluster.heal();

        assertThat(mine(cluster.secondary(1))).isEqualTo(missed);
        assertThat(cluster.secondary(1).client().messages()).isEqualTo(primary.messages());
        assertThat(cluster.primary().log()).contains("has caught up");
        assertThat(lossesLogged()).as("it came back with what it held").isEqualTo(lossesBefore);
    }

    @Test
    void shouldRefillASecondaryThatComesBackEmpty() {
        primary.append("before", 3);
        cluster.secondary(1).kill();
        cluster.secondary(1).moveDataAway();

        cluster.heal();

        assertThat(mine(cluster.secondary(1))).containsExactly("before");
        assertThat(cluster.secondary(1).client().messages()).isEqualTo(primary.messages());
    }

    @Test
    void shouldResumeWithTheFirstHeartbeatsAfterAnOutage() {
        LibertyNode frozen = cluster.secondary(1);
        frozen.freeze();
        try {
            cluster.awaitHealth(frozen, "UNHEALTHY");
            assertThat(primary.append("missed", 2).status()).isEqualTo(200);
            CompletableFuture<Answer> everywhere = primary.appendAsync("everywhere", 3);
            // The outage is what is waited for here, and the answer is what must not come. A longer one shows no more:
            // the lane has stopped, and by itself would try again only after the back-off, up to a minute.
            assertThat(everywhere).failsWithin(Duration.ofSeconds(3));
            awaitStoppedLane(frozen);

            long thawed = System.nanoTime();
            frozen.thaw();
            CompletableFuture<Answer> again = primary.appendAsync("again", 3);
            assertThat(again).succeedsWithin(Duration.ofSeconds(10));

            Duration back = Duration.ofNanos(System.nanoTime() - thawed);
            assertThat(back)
                    .as("two heartbeats of 500 ms, and one that was under way")
                    .isLessThan(Duration.ofSeconds(3));
        } finally {
            frozen.thaw();
        }
    }

    @Test
    void shouldTimeOutAFrozenSecondaryAndServeTheOthers() {
        LibertyNode frozen = cluster.secondary(2);
        frozen.freeze();
        try {
            for (int i = 0; i < 10; i++) {
                assertThat(primary.append("while it is frozen " + i, 2, 5_000).status())
                        .isEqualTo(200);
            }
            assertThat(primary.append("not by all", 3, 500).status()).isEqualTo(202);
            cluster.awaitHealth(frozen, "UNHEALTHY");
            awaitStoppedLane(frozen);
        } finally {
            frozen.thaw();
        }
        cluster.awaitAllCaughtUp();
        assertThat(mine(frozen)).hasSize(11).isEqualTo(mine(cluster.primary()));
    }

    @Test
    void shouldRefuseAppendsWhileTheQuorumIsLostAndKeepClientsWaiting() {
        CompletableFuture<Answer> waiting;
        cluster.secondary(1).kill();
        waiting = primary.appendAsync("accepted before", 3);
        await().until(() -> primary.end() == start + 1);
        cluster.secondary(2).kill();
        await().atMost(Duration.ofSeconds(30)).until(primary::mode, "READ_ONLY"::equals);

        Answer refused = primary.append("refused", 1);

        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.contentType()).isEqualTo("application/problem+json");
        assertThat(refused.problem()).isEqualTo("read-only");
        assertThat(refused.headers()).containsKey("Retry-After");
        assertThat(refused.json().getString("appended")).isEqualTo("no");
        assertThat(mine(cluster.primary())).containsExactly("accepted before");
        assertThat(primary.get("/health/live").status()).isEqualTo(200);
        assertThat(primary.get("/health/ready").status()).isEqualTo(200);
        assertThat(waiting).isNotDone();

        cluster.heal();
        assertThat(primary.mode()).isEqualTo("READ_WRITE");
        assertThat(waiting)
                .succeedsWithin(Duration.ofSeconds(10))
                .extracting(Answer::status)
                .isEqualTo(200);
        assertThat(primary.append("found again", 3).offset()).isEqualTo(start + 1);
    }

    @Test
    void shouldOrderConcurrentWritersTheSameEverywhereExactlyOnce() {
        int writers = 32;
        int each = 300;
        long lossesBefore = lossesLogged();
        ExecutorService threads = Executors.newFixedThreadPool(writers);
        List<CompletableFuture<List<Long>>> running = IntStream.range(0, writers)
                .mapToObj(writer -> CompletableFuture.supplyAsync(
                        () -> {
                            List<Long> offsets = new ArrayList<>();
                            for (int i = 0; i < each; i++) {
                                offsets.add(primary.append(writer + "/" + i, 1 + i % 3)
                                        .offset());
                            }
                            return offsets;
                        },
                        threads))
                .toList();
        List<List<Long>> offsets = running.stream().map(CompletableFuture::join).toList();
        cluster.awaitAllCaughtUp();

        List<String> log = mine(cluster.primary());
        assertThat(log).hasSize(writers * each).doesNotHaveDuplicates();
        for (int writer = 0; writer < writers; writer++) {
            assertThat(offsets.get(writer)).isSorted();
            for (int i = 0; i < each; i++) {
                int index = (int) (offsets.get(writer).get(i) - start);
                assertThat(log.get(index)).isEqualTo(writer + "/" + i);
            }
        }
        assertThat(mine(cluster.secondary(1))).isEqualTo(log);
        assertThat(mine(cluster.secondary(2))).isEqualTo(log);
        assertThat(lossesLogged()).as("acknowledgements that fell back").isEqualTo(lossesBefore);
    }

    @Test
    void shouldForwardAppendsFromASecondaryToThePrimary() {
        LogClient secondary = cluster.secondary(1).client();

        assertThat(secondary.append("elsewhere", 3).body()).isEqualTo("{\"offset\":" + start + ",\"w\":3,\"acks\":3}");
        assertThat(appendLines(secondary, "?w=all&timeoutMs=9000", "\"and\"\n\"more\"\n")
                        .body())
                .isEqualTo("{\"offset\":" + (start + 1) + ",\"count\":2,\"w\":3,\"acks\":3}");
        assertThat(mine(cluster.primary())).containsExactly("elsewhere", "and", "more");
    }

    @Test
    void shouldRedirectAppendsFromASecondaryWhereThatIsAskedFor() {
        Answer lines =
                appendLines(cluster.secondary(1).client(), "?w=all&timeoutMs=30&redirect=true", "\"elsewhere\"\n");

        assertThat(lines.status()).isEqualTo(307);
        assertThat(lines.headers().get("Location"))
                .as("what was asked for is kept")
                .containsExactly(cluster.primary().url() + "/api/v1/append?w=all&timeoutMs=30&redirect=true");
        assertThat(primary.end()).isEqualTo(start);
    }

    /** The lane is told after the health is shown. */
    private static void awaitStoppedLane(LibertyNode secondary) {
        await().until(() -> cluster.seenByPrimary(secondary).get("lane"), "STOPPED"::equals);
    }

    private static long lossesLogged() {
        return cluster.primary()
                .log()
                .lines()
                .filter(line -> line.contains("lost data"))
                .count();
    }

    /** The messages that this test appended, as a node shows them. */
    private List<String> mine(LibertyNode node) {
        List<String> all = node.client().messages();
        return all.subList((int) start, all.size());
    }
}
