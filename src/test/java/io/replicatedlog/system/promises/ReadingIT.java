package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.EventClient;
import io.replicatedlog.system.fixture.EventClient.Event;
import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.LogClient.Answer;
import io.replicatedlog.system.fixture.Metrics;
import io.replicatedlog.system.fixture.ProcessUsage;
import jakarta.json.JsonObject;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading a page, waiting for more, following, and what is shown when. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class ReadingIT {

    private static final String ENTRIES = "/api/v1/entries";
    private static final int MAX_SUBSCRIBERS = 3;

    @AutoClose
    private static LibertyCluster cluster;

    private LogClient primary;
    private LogClient secondary;

    @BeforeAll
    static void startCluster() {
        cluster = LibertyCluster.start(
                "reading",
                1,
                Map.of(
                        "REPLICATEDLOG_TESTING_API_ENABLED",
                        "true",
                        // Blocked replication takes liveness down; appends go on.
                        "REPLICATEDLOG_QUORUM",
                        "1",
                        "REPLICATEDLOG_MAX_SUBSCRIBERS",
                        Integer.toString(MAX_SUBSCRIBERS)));
    }

    @BeforeEach
    void emptyLog() {
        cluster.heal();
        primary = cluster.primary().client();
        secondary = cluster.secondary(1).client();
        assertThat(primary.post("/api/test/clean", "").status()).isEqualTo(200);
        for (LogClient node : List.of(primary, secondary)) {
            awaitReaders(node, 0); // those of the test before are noticed to have gone
        }
    }

    @Test
    void shouldReadPageByPage() {
        append(5);

        JsonObject first = primary.get(ENTRIES + "?limit=3").json();
        JsonObject second = primary.get(ENTRIES + "?from=3&limit=3").json();

        assertThat(offsets(first)).containsExactly(0L, 1L, 2L);
        assertThat(first.getInt("next")).isEqualTo(3);
        assertThat(first.getInt("end")).isEqualTo(5);
        assertThat(first.getInt("committed")).isEqualTo(5);
        assertThat(offsets(second)).containsExactly(3L, 4L);
        assertThat(second.getInt("next")).isEqualTo(5);
        JsonObject entry = second.getJsonArray("entries").getJsonObject(1);
        assertThat(entry.getString("message")).isEqualTo("message 4");
        assertThat(entry.keySet()).containsExactly("offset", "epoch", "timestamp", "message");
        assertThat(primary.get(ENTRIES + "?from=end").json().getInt("next")).isEqualTo(5);
        assertThat(offsets(primary.get(ENTRIES + "?from=17").json())).isEmpty();
    }

    @Test
    void shouldReadMessagesPageByPage() {
        append(3);

        assertThat(primary.get("/api/v1/messages?limit=2").body())
                .isEqualTo("{\"messages\":[\"message 0\",\"message 1\"],\"next\":2}");
        assertThat(primary.get("/api/v1/messages?from=2").body())
                .isEqualTo("{\"messages\":[\"message 2\"],\"next\":3}");
        assertThat(primary.messages()).hasSize(3);
    }

    @Test
    void shouldStreamLines() {
        append(1_200);

        String[] lines = read("", "application/x-ndjson").body().split("\n");

        assertThat(lines).as("no page ends it").hasSize(1_200);
        assertThat(lines[1_199]).startsWith("{\"offset\":1199,").endsWith("\"message\":\"message 1199\"}");
        assertThat(read("?from=10&limit=2", "application/x-ndjson").body().split("\n"))
                .hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "*/*, application/json",
        "text/plain, application/json",
        "text/html, application/json",
        "application/json, application/json",
        "image/png, application/json",
        "application/x-ndjson, application/x-ndjson"
    })
    void shouldNeverRefuseForWhatIsAccepted(String accept, String contentType) {
        append(1);

        Answer answer = read("", accept);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.contentType()).startsWith(contentType);
        assertThat(answer.body()).contains("message 0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "from=-1",
                "from=x",
                "from=9999999999999999999",
                "limit=0",
                "limit=x",
                "level=all",
                "waitMs=-1",
                "waitMs=3600001"
            })
    void shouldSayWhatIsWrongWithAQuestion(String query) {
        Answer answer = primary.get(ENTRIES + "?" + query);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().getString("detail")).contains(query.substring(0, query.indexOf('=')));
    }

    @ParameterizedTest
    @ValueSource(strings = {"from=-1", "from=x", "level=all"})
    void shouldSayWhatIsWrongWithASubscription(String query) {
        try (EventClient events = new EventClient(cluster.primary().url(), "?" + query)) {
            assertThat(events.status()).contains(" 400 ");
        }
    }

    @Test
    void shouldSayThatAnIdIsNone() {
        try (EventClient events = new EventClient(cluster.primary().url(), "", "Last-Event-ID: x\r\n")) {
            assertThat(events.status()).contains(" 400 ");
        }
    }

    @Test
    void shouldTellTheEndToWhoAsksForNothingElse() {
        append(3);

        for (String path : List.of(ENTRIES, "/api/v1/messages")) {
            Answer answer = primary.send(primary.request(path)
                    .method("HEAD", HttpRequest.BodyPublishers.noBody())
                    .build());
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.headers().get("etag")).containsExactly("\"3\"");
        }
    }

    @Test
    void shouldAnswerAtOnceWhereThereIsSomething() {
        append(1);
        long began = System.nanoTime();

        assertThat(offsets(primary.get(ENTRIES + "?waitMs=60000").json())).containsExactly(0L);

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void shouldWaitForTheNextEntryOnEveryNode() {
        for (LogClient node : List.of(primary, secondary)) {
            CompletableFuture<Answer> waits = get(node, ENTRIES + "?from=end&waitMs=30000");
            awaitReaders(node, 1);
            assertThat(waits).isNotDone();

            append(1);

            assertThat(offsets(waits.orTimeout(10, TimeUnit.SECONDS).join().json()))
                    .hasSize(1);
        }
    }

    @Test
    void shouldAnswerWithNothingWhenTimeIsUp() {
        append(2);

        JsonObject answer = primary.get(ENTRIES + "?from=2&waitMs=200").json();

        assertThat(offsets(answer)).isEmpty();
        assertThat(answer.getInt("next")).isEqualTo(2);
        awaitReaders(primary, 0);
    }

    @Test
    void shouldHoldNoThreadForThoseWhoWait() {
        List<CompletableFuture<Answer>> waiting = IntStream.range(0, 500)
                .mapToObj(i -> get(primary, ENTRIES + "?waitMs=60000"))
                .toList();
        awaitReaders(primary, 500);

        assertThat(ProcessUsage.of(cluster.primary().pid()).threads()).isLessThan(250);

        append(1);
        assertThat(waiting)
                .allSatisfy(answer -> assertThat(offsets(
                                answer.orTimeout(20, TimeUnit.SECONDS).join().json()))
                        .containsExactly(0L));
    }

    @Test
    void shouldShowAsCommittedOnlyWhatAMajorityHolds() {
        append(1);
        secondary.post("/api/test/replication_block", "{\"enable\":true}");
        try {
            assertThat(primary.append("only here", 1).status()).isEqualTo(200);
            CompletableFuture<Answer> committed = get(primary, ENTRIES + "?from=1&level=committed&waitMs=60000");

            assertThat(offsets(primary.get(ENTRIES).json())).containsExactly(0L, 1L);
            assertThat(offsets(primary.get(ENTRIES + "?level=committed").json()))
                    .containsExactly(0L);
            awaitReaders(primary, 1);
            assertThat(committed).isNotDone();

            secondary.post("/api/test/replication_block", "{\"enable\":false}");
            assertThat(offsets(committed.orTimeout(30, TimeUnit.SECONDS).join().json()))
                    .containsExactly(1L);
        } finally {
            secondary.post("/api/test/replication_block", "{\"enable\":false}");
        }
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(offsets(
                                secondary.get(ENTRIES + "?level=committed").json()))
                        .containsExactly(0L, 1L));
    }

    @Test
    void shouldShowALinearizableReadOnEveryNodeWhatWasAcknowledgedBefore() {
        for (int i = 0; i < 20; i++) {
            append(1);
            for (LogClient node : List.of(primary, secondary)) {
                JsonObject page = page(node, "?level=linearizable&from=" + i);
                assertThat(offsets(page)).containsExactly((long) i);
                assertThat(page.getInt("committed")).isEqualTo(i + 1);
            }
        }
        assertThat(page(secondary, "?level=linearizable&from=end").getInt("next"))
                .isEqualTo(20);
        assertThat(read("?level=linearizable", "application/x-ndjson").body().split("\n"))
                .hasSize(20);
        Answer end = secondary.send(secondary
                .request(ENTRIES + "?level=linearizable")
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build());
        assertThat(end.headers().get("etag")).containsExactly("\"20\"");
    }

    private static JsonObject page(LogClient node, String query) {
        Answer answer = node.get(ENTRIES + query);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void shouldWaitForAnEntryBehindALinearizableRead() {
        append(1);
        CompletableFuture<Answer> waits = get(secondary, ENTRIES + "?level=linearizable&from=end&waitMs=30000");
        awaitReaders(secondary, 1);

        append(1);

        assertThat(offsets(waits.orTimeout(10, TimeUnit.SECONDS).join().json())).containsExactly(1L);
    }

    /** The primary is cut off, for all that it knows. */
    @Test
    void shouldRefuseALinearizableReadWhileNoMajorityAnswers() {
        append(1);
        secondary.post("/api/test/replication_block", "{\"enable\":true}");
        try {
            for (LogClient node : List.of(primary, secondary)) {
                Answer answer = node.get(ENTRIES + "?level=linearizable");
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.json().getString("type")).isEqualTo("urn:replicated-log:problem:primary-unknown");
                assertThat(answer.json().getString("appended")).isEqualTo("no");
                assertThat(answer.headers().get("retry-after")).containsExactly("1");
            }
            assertThat(offsets(primary.get(ENTRIES + "?level=committed").json()))
                    .containsExactly(0L);
        } finally {
            secondary.post("/api/test/replication_block", "{\"enable\":false}");
        }
        await().atMost(Duration.ofSeconds(30))
                .until(() -> primary.get(ENTRIES + "?level=linearizable").status() == 200);
    }

    @Test
    void shouldSayThatEventsAreNotLinearizable() {
        try (EventClient events = new EventClient(cluster.primary().url(), "?level=linearizable")) {
            assertThat(events.status()).contains(" 400 ");
        }
    }

    @Test
    void shouldFollowOnEveryNodeAndResumeWithoutLossOrRepeat() {
        append(2);
        for (LibertyNode node : cluster.nodes()) {
            long end = node.client().end();
            Event last;
            try (EventClient events = new EventClient(node.url(), "?from=" + (end - 2))) {
                assertThat(events.next().id()).isEqualTo(Long.toString(end - 2));
                last = events.next();
                assertThat(last.name()).isEqualTo("entry");
                append(1);
                assertThat(events.next().json().getInt("offset")).isEqualTo((int) end);
                assertThat(events.nextComment()).as("is it still there?").isEqualTo("alive");
            }
            append(1);
            try (EventClient again = new EventClient(node.url(), "", "Last-Event-ID: " + last.id() + "\r\n")) {
                assertThat(again.next().json().getInt("offset")).isEqualTo((int) end);
                assertThat(again.next().json().getInt("offset")).isEqualTo((int) end + 1);
                assertThat(again.isEmpty()).isTrue();
            }
        }
    }

    @Test
    void shouldBoundSubscribersAndNoticeThoseWhoVanish() {
        append(1);
        List<EventClient> open = new ArrayList<>();
        try {
            for (int i = 0; i < MAX_SUBSCRIBERS; i++) {
                EventClient client = new EventClient(cluster.primary().url(), "");
                open.add(client);
                assertThat(client.next().id()).isEqualTo("0");
            }
            try (EventClient oneTooMany = new EventClient(cluster.primary().url(), "")) {
                assertThat(oneTooMany.status()).contains(" 429 ");
            }
            open.remove(0).close();
            await("its place is free")
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> {
                        try (EventClient next =
                                new EventClient(cluster.primary().url(), "")) {
                            return next.status().contains(" 200 ");
                        }
                    });
        } finally {
            open.forEach(EventClient::close);
        }
    }

    @Test
    void shouldTellAFollowerThatTheLogWasCut() {
        append(2);
        try (EventClient events = new EventClient(cluster.primary().url(), "")) {
            events.next();
            events.next();
            primary.post("/api/test/clean", "");
            Event cut = events.next();
            assertThat(cut.name()).isEqualTo("cut");
            assertThat(cut.json().getInt("end")).isZero();
            primary.append("of the new log", 1);
            assertThat(events.next().message()).isEqualTo("of the new log");
        }
    }

    private void append(int count) {
        List<String> messages =
                IntStream.range(0, count).mapToObj(i -> "\"message " + i + "\"").toList();
        assertThat(primary.post("/api/v1/append", "{\"w\":2,\"messages\":" + messages + "}")
                        .status())
                .isEqualTo(200);
    }

    private Answer read(String query, String accept) {
        return primary.send(
                primary.request(ENTRIES + query).header("Accept", accept).GET().build());
    }

    private static CompletableFuture<Answer> get(LogClient node, String path) {
        return node.sendAsync(node.request(path).GET().build());
    }

    private static void awaitReaders(LogClient node, int readers) {
        await(readers + " readers wait")
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> Metrics.of(node).value("replicatedlog_waiting_readers") == readers);
    }

    private static List<Long> offsets(JsonObject page) {
        return page.getJsonArray("entries").getValuesAs(JsonObject.class).stream()
                .map(entry -> entry.getJsonNumber("offset").longValue())
                .toList();
    }
}
