package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.LogClient.Answer;
import io.replicatedlog.system.fixture.SharedCluster;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The testing API, and what the primary makes of secondaries that it shows in odd states. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
@ExtendWith(SharedCluster.class)
class ApiForTestsIT {

    private static LibertyCluster cluster;

    private LogClient primary;

    @BeforeAll
    static void useCluster(LibertyCluster shared) {
        cluster = shared;
    }

    @BeforeEach
    void healCluster() {
        cluster.heal();
        primary = cluster.primary().client();
    }

    @Test
    void shouldBeginANewLogOnEveryNode() {
        primary.append("old", 3);
        String oldLog = primary.cluster().getString("logId");

        assertThat(primary.post("/api/test/clean", "").body()).isEqualTo("{\"role\":\"PRIMARY\",\"unreachable\":[]}");

        assertThat(primary.cluster().getString("logId")).isNotEqualTo(oldLog);
        assertThat(primary.append("new", 3).offset()).isZero();
        for (LibertyNode node : cluster.nodes()) {
            assertThat(node.client().messages()).as(node.name()).containsExactly("new");
        }
    }

    /** Browsers let any page post, and send along where it is from. */
    @Test
    void shouldBeAbsentForPagesOfOtherSites() {
        primary.append("stays", 3);

        for (String origin : List.of("https://elsewhere.example", "null", "http://localhost:1")) {
            Answer answer = primary.send(primary.request("/api/test/clean")
                    .header("Origin", origin)
                    .POST(HttpRequest.BodyPublishers.noBody())
                    .build());
            assertThat(answer.status()).as(origin).isEqualTo(404);
        }

        assertThat(primary.messages()).contains("stays");
        assertThat(primary.send(primary.request("/api/test/clean")
                                .header("Origin", cluster.primary().url())
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build())
                        .status())
                .as("its own page")
                .isEqualTo(200);
    }

    @Test
    void shouldTellClientsThatWaitForAnOldLogThatTheirOutcomeIsUnknown() {
        cluster.secondary(1).kill();
        CompletableFuture<Answer> waiting = primary.appendAsync("waiting", 3);
        await().until(() -> primary.cluster().getInt("waitingAppends") == 1);

        primary.post("/api/test/clean", "");

        assertThat(waiting).succeedsWithin(Duration.ofSeconds(10)).satisfies(answer -> {
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.problem()).isEqualTo("outcome-unknown");
            assertThat(answer.json().getString("appended")).isEqualTo("unknown");
            assertThat(answer.headers())
                    .as("to send it again could store it twice")
                    .doesNotContainKey("Retry-After");
        });
        // It holds the old log, and would refuse the new one.
        cluster.secondary(1).moveDataAway();
    }

    @Test
    void shouldLetReplicationHangAndGoOnWhenItIsLetThrough() {
        LibertyNode blocked = cluster.secondary(1);
        block(blocked, true);
        assertThat(blocked.client().get("/health/live").status()).isEqualTo(503);
        cluster.awaitHealth(blocked, "UNHEALTHY");

        CompletableFuture<Answer> everywhere = primary.appendAsync("everywhere", 3);
        assertThat(primary.append("by two", 2).status()).isEqualTo(200);
        assertThat(everywhere).isNotDone();
        assertThat(blocked.client().messages()).doesNotContain("everywhere");

        block(blocked, false);
        assertThat(everywhere)
                .succeedsWithin(Duration.ofSeconds(10))
                .extracting(Answer::status)
                .isEqualTo(200);
        assertThat(blocked.client().get("/health/live").status()).isEqualTo(200);
        cluster.awaitAllCaughtUp();
        assertThat(blocked.client().messages()).isEqualTo(primary.messages());
    }

    @Test
    void shouldHangACallThatCameWhileItWasBlocked() {
        LibertyNode blocked = cluster.secondary(2);
        long end = blocked.client().end();
        block(blocked, true);
        CompletableFuture<Answer> hanging = CompletableFuture.supplyAsync(() -> blocked.client()
                .post("/api/v1/internal/replicate", "{\"order\":" + (end + 1_000) + ",\"message\":\"far\"}"));
        assertThat(hanging).failsWithin(Duration.ofSeconds(2));

        block(blocked, false);

        assertThat(hanging)
                .succeedsWithin(Duration.ofSeconds(10))
                .extracting(Answer::status)
                .isEqualTo(200);
    }

    @Test
    void shouldFollowASecondaryThatLostItsLogWithoutMissingAHeartbeat() {
        primary.append("kept", 3);
        LibertyNode emptied = cluster.secondary(1);

        emptied.client().post("/api/test/clean", "");

        // Nothing is appended: the lane notices when it asks where the idle secondary stands.
        await().atMost(Duration.ofSeconds(10))
                .until(() -> emptied.client().messages().equals(primary.messages()));
    }

    @Test
    void shouldShowASecondaryThatHoldsAnotherLogAndLeaveItAlone() {
        primary.append("of the first log", 3);
        LibertyNode away = cluster.secondary(1);
        var before = away.client().messages();
        away.kill();
        assertThat(primary.post("/api/test/clean", "").body()).contains(away.url());
        away.launch().awaitReady();

        await().atMost(Duration.ofSeconds(20))
                .until(() -> String.valueOf(cluster.seenByPrimary(away).get("lastError"))
                        .contains("nothing was dropped"));
        assertThat(primary.append("of the next log", 2).status()).isEqualTo(200);
        assertThat(away.client().messages()).isEqualTo(before);

        // What an operator does: empty it.
        away.client().post("/api/test/clean", "");
        cluster.awaitAllCaughtUp();
        assertThat(away.client().messages()).containsExactly("of the next log");
    }

    private static void block(LibertyNode node, boolean enable) {
        Answer answer = node.client().post("/api/test/replication_block", "{\"enable\":" + enable + "}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"enabled\":" + enable + "}");
    }
}
