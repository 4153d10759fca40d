package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.LogClient.Answer;
import jakarta.json.JsonObject;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A primary whose one secondary is never there, with narrow bounds: what is refused, and how. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class LonePrimaryIT {

    private static final String APPEND = "/api/v1/append";
    private static final int MAX_WAITING = 5;
    private static final int MAX_MESSAGE_BYTES = 10_000;

    private static LibertyNode node;

    private final LogClient primary = node.client();

    @BeforeAll
    static void startNode() {
        node = LibertyCluster.node(
                "primary",
                "lone",
                Map.of(
                        "SECONDARY_URLS",
                        "http://127.0.0.1:1",
                        "REPLICATEDLOG_QUORUM",
                        "1",
                        "REPLICATEDLOG_RECOVERY_ANSWERS",
                        "0",
                        "REPLICATEDLOG_MAX_WAITING_APPENDS",
                        Integer.toString(MAX_WAITING),
                        "REPLICATEDLOG_MAX_MESSAGE_BYTES",
                        Integer.toString(MAX_MESSAGE_BYTES)));
        LogClient client = node.launch().awaitReady().client();
        await().atMost(Duration.ofSeconds(20)).until(client::mode, "READ_WRITE"::equals);
    }

    @AfterAll
    static void stopNode() {
        if (node != null && node.isRunning()) {
            node.stop();
        }
    }

    @Test
    void shouldRefuseBadInputWithAProblemAndStoreNothing() {
        long end = primary.end();
        List<String> bodies = List.of(
                "",
                "{",
                "[]",
                "null",
                "{\"message\":\"a\"} x",
                "[".repeat(100_000),
                "{\"x\":" + "[".repeat(100_000),
                "{}",
                "{\"message\":null}",
                "{\"message\":3}",
                "{\"message\":\"\\ud800\"}",
                "{\"message\":\"a\",\"w\":0}",
                "{\"message\":\"a\",\"w\":-1}",
                "{\"message\":\"a\",\"w\":3}",
                "{\"message\":\"a\",\"w\":1099511627776}",
                "{\"message\":\"a\",\"w\":2.5}",
                "{\"message\":\"a\",\"w\":\"most\"}",
                "{\"message\":\"a\",\"w\":[1]}",
                "{\"message\":\"a\",\"timeoutMs\":-1}");

        for (String body : bodies) {
            assertProblem(primary.post(APPEND, body), 400);
        }
        byte[] invalid = "{\"message\":\"é\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertProblem(
                primary.send(primary.request(APPEND)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(invalid))
                        .build()),
                400);
        assertThat(primary.end()).isEqualTo(end);
    }

    @Test
    void shouldAnswerEveryErrorWithAProblem() {
        assertProblem(primary.get("/api/v1/nothing"), 404);
        assertProblem(primary.get("/nothing"), 404);
        assertProblem(primary.get("/console/"), 404);
        assertProblem(primary.get("/WEB-INF/web.xml"), 404);
        assertProblem(primary.get("/api/v1/entries/999999"), 404);
        assertProblem(primary.get("/api/v1/entries/first"), 404);
        assertProblem(primary.get(APPEND), 405);
        assertProblem(primary.post("/api/v1/messages", "{}"), 405);
        assertProblem(primary.post("/api/test/clean", "{}"), 404);
        assertProblem(primary.post("/api/test/replication_block", "{\"enable\":true}"), 404);
        assertProblem(primary.post("/api/v1/internal/replicate", "{\"order\":0,\"message\":\"x\"}"), 409);
        assertProblem(
                primary.send(primary.request(APPEND)
                        .header("Content-Type", "text/xml")
                        .POST(HttpRequest.BodyPublishers.ofString("<message/>"))
                        .build()),
                415);
    }

    @Test
    void shouldAnswerJsonWhateverIsAccepted() {
        HttpRequest append = primary.request(APPEND)
                .header("Content-Type", "application/json")
                .header("Accept", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("{\"message\":\"plain\",\"w\":1}"))
                .build();
        HttpRequest read = primary.request("/api/v1/messages")
                .header("Accept", "text/plain")
                .GET()
                .build();

        assertThat(primary.send(append)).satisfies(answer -> {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.contentType()).isEqualTo("application/json");
        });
        assertThat(primary.send(read).contentType()).isEqualTo("application/json");
    }

    @Test
    void shouldRefuseWhatIsTooLarge() {
        long end = primary.end();

        assertProblem(primary.append("x".repeat(MAX_MESSAGE_BYTES + 1), 1), 413);
        assertProblem(primary.append("é".repeat(MAX_MESSAGE_BYTES / 2 + 1), 1), 413);
        assertProblem(primary.append("x".repeat(2_000_000), 1), 413);

        assertThat(primary.end()).isEqualTo(end);
        assertThat(primary.append("x".repeat(MAX_MESSAGE_BYTES), 1).status()).isEqualTo(200);
    }

    @Test
    void shouldRefuseToLetMoreWaitThanItsBoundAndFreeTheirPlaces() {
        // Their own deadline frees the places again.
        List<CompletableFuture<Answer>> waiting = IntStream.range(0, MAX_WAITING)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> primary.append("waiting " + i, 2, 3_000)))
                .toList();
        await().until(() -> primary.cluster().getInt("waitingAppends") == MAX_WAITING);
        long end = primary.end();

        Answer refused = primary.append("one too many", 2);

        assertProblem(refused, 429);
        assertThat(refused.headers()).containsKey("Retry-After");
        assertThat(primary.end()).isEqualTo(end);
        assertThat(primary.append("waits for nobody", 1).status()).isEqualTo(200);
        assertThat(waiting)
                .allSatisfy(one -> assertThat(one)
                        .succeedsWithin(Duration.ofSeconds(20))
                        .extracting(Answer::status)
                        .isEqualTo(202));
        assertThat(primary.cluster().getInt("waitingAppends")).isZero();
    }

    @Test
    void shouldDescribeItsApi() {
        String openapi = primary.get("/openapi").body();

        assertThat(openapi)
                .contains("/api/v1/append", "/api/v1/messages", "/api/v1/cluster", "/api/v1/entries/{offset}")
                .doesNotContain("/api/test");
        assertThat(primary.get("/openapi/ui/").status()).isEqualTo(200);
    }

    @Test
    void shouldDescribeHowToRetryAndHowToRead() {
        JsonObject paths = primary.get("/openapi?format=JSON").json().getJsonObject("paths");
        JsonObject append = paths.getJsonObject("/api/v1/append").getJsonObject("post");
        JsonObject entries = paths.getJsonObject("/api/v1/entries").getJsonObject("get");
        JsonObject answer = entries.getJsonObject("responses").getJsonObject("200");

        assertThat(parameters(append))
                .containsExactlyInAnyOrder("Idempotency-Key", "If-Match", "w", "timeoutMs", "redirect");
        assertThat(append.getJsonObject("responses"))
                .containsKeys(
                        "200", "202", "307", "400", "408", "412", "413", "415", "422", "429", "500", "503", "507");
        assertThat(append.getJsonObject("responses").getJsonObject("307").getJsonObject("headers"))
                .containsKey("Location");
        assertThat(parameters(entries)).containsExactlyInAnyOrder("from", "limit", "level", "waitMs", "Last-Event-ID");
        assertThat(answer.getJsonObject("content"))
                .containsOnlyKeys("application/json", "application/x-ndjson", "text/event-stream");
        assertThat(answer.getJsonObject("headers")).containsKey("ETag");
        assertThat(paths.toString()).as("the levels").contains("#/components/schemas/level");
    }

    /** Each has to be described. */
    private static List<String> parameters(JsonObject operation) {
        return operation.getJsonArray("parameters").getValuesAs(JsonObject.class).stream()
                .filter(parameter -> parameter.containsKey("description"))
                .map(parameter -> parameter.getString("name"))
                .toList();
    }

    private static void assertProblem(Answer answer, int status) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.contentType()).startsWith("application/problem+json");
        assertThat(answer.json().getInt("status")).isEqualTo(status);
        assertThat(answer.json().getString("type")).startsWith("urn:replicated-log:problem:");
        assertThat(answer.json().getString("title")).isNotBlank();
        assertThat(answer.json().getString("detail")).isNotBlank();
        assertThat(answer.json().getString("appended")).isEqualTo("no");
        assertThat(answer.body()).doesNotContain("Exception", "io.replicatedlog", "\tat ");
    }
}
