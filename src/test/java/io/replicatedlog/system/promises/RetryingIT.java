package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.LogClient.Answer;
import java.net.http.HttpRequest;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Appends that are sent again, and appends that expect the log to end somewhere. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class RetryingIT {

    @AutoClose
    private static LibertyCluster cluster;

    private LogClient primary;

    @BeforeAll
    static void startCluster() {
        cluster = LibertyCluster.start("retrying", 1, Map.of());
    }

    @BeforeEach
    void healCluster() {
        cluster.heal();
        primary = cluster.primary().client();
    }

    @Test
    void shouldStoreAnAppendOnceHoweverOftenItIsSent() {
        long end = primary.end();

        Answer first = append("order-1", "{\"message\":\"once\",\"w\":1}");
        Answer again = append("\"order-1\"", "{\"w\":2,\"message\":\"once\"}");

        assertThat(first.offset()).isEqualTo(end);
        assertThat(again.body()).isEqualTo("{\"offset\":" + end + ",\"w\":2,\"acks\":2}");
        assertThat(primary.end()).isEqualTo(end + 1);
    }

    @Test
    void shouldStoreAnAppendOnceThatIsSentManyTimesAtTheSameTime() {
        long end = primary.end();

        List<CompletableFuture<Answer>> answers = IntStream.range(0, 50)
                .mapToObj(i -> primary.sendAsync(request("at-the-same-time", "{\"messages\":[\"a\",\"b\"],\"w\":2}")))
                .toList();

        assertThat(answers)
                .allSatisfy(answer -> assertThat(answer.join().body())
                        .isEqualTo("{\"offset\":" + end + ",\"count\":2,\"w\":2,\"acks\":2}"));
        assertThat(primary.end()).isEqualTo(end + 2);
    }

    @Test
    void shouldRefuseAnotherBodyUnderTheSameKey() {
        append("taken", "{\"message\":\"one\"}");
        long end = primary.end();

        Answer other = append("taken", "{\"message\":\"another\"}");

        assertThat(other.status()).isEqualTo(422);
        assertThat(other.problem()).isEqualTo("key-reused");
        assertThat(other.json().getString("appended")).isEqualTo("no");
        assertThat(primary.end()).isEqualTo(end);
    }

    @Test
    void shouldKnowTheKeyAfterThePrimaryWasKilled() {
        long offset = append("survives", "{\"message\":\"durable\",\"w\":2}").offset();

        cluster.primary().kill();
        cluster.heal();

        assertThat(append("survives", "{\"message\":\"durable\",\"w\":2}").offset())
                .isEqualTo(offset);
        assertThat(append("survives", "{\"message\":\"other\"}").status()).isEqualTo(422);
    }

    @Test
    void shouldKnowTheKeyAfterThePrimaryLostItsDisk() {
        long offset = append("taken-over", "{\"message\":\"held by the other\",\"w\":2}")
                .offset();

        cluster.primary().kill();
        cluster.primary().moveDataAway();
        cluster.heal();

        assertThat(append("taken-over", "{\"message\":\"held by the other\",\"w\":2}")
                        .offset())
                .isEqualTo(offset);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"unfinished", "two words", ""})
    void shouldRefuseKeysThatAreNone(String key) {
        assertProblem(append(key, "{\"message\":\"x\"}"), 400, "invalid-condition");
    }

    @Test
    void shouldBoundTheLengthOfAKeyWithoutItsQuotes() {
        String longest = "k".repeat(200);

        assertThat(append("\"" + longest + "\"", "{\"message\":\"x\"}").status())
                .isEqualTo(200);
        assertProblem(append(longest + "k", "{\"message\":\"x\"}"), 400, "invalid-condition");
    }

    @Test
    void shouldAppendOnlyWhereTheLogEndsAsExpected() {
        long end = primary.end();

        assertThat(appendAt("\"" + end + "\"").offset()).isEqualTo(end);
        Answer late = appendAt("\"" + end + "\"");

        assertProblem(late, 412, "end-moved");
        assertThat(late.json().getJsonNumber("end").longValue()).isEqualTo(end + 1);
        assertThat(primary.end()).isEqualTo(end + 1);
        assertThat(appendAt("*").status()).isEqualTo(200);
        for (String wrong : List.of("17", "\"x\"", "W/\"1\"", "\"1\", \"2\"")) {
            assertProblem(appendAt(wrong), 400, "invalid-condition");
        }
    }

    @Test
    void shouldLetOneOfManyWhoExpectTheSameEnd() {
        long end = primary.end();

        List<Answer> answers =
                IntStream.range(0, 20)
                        .mapToObj(i -> primary.sendAsync(conditional("\"" + end + "\"")))
                        .toList()
                        .stream()
                        .map(CompletableFuture::join)
                        .toList();

        assertThat(answers).filteredOn(answer -> answer.status() == 200).hasSize(1);
        assertThat(answers).filteredOn(answer -> answer.status() == 412).hasSize(19);
    }

    private static void assertProblem(Answer answer, int status, String type) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.problem()).isEqualTo(type);
    }

    private Answer append(String key, String body) {
        return primary.send(request(key, body));
    }

    private HttpRequest request(String key, String body) {
        return primary.request("/api/v1/append")
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private Answer appendAt(String ifMatch) {
        return primary.send(conditional(ifMatch));
    }

    private HttpRequest conditional(String ifMatch) {
        return primary.request("/api/v1/append")
                .header("Content-Type", "application/json")
                .header("If-Match", ifMatch)
                .POST(HttpRequest.BodyPublishers.ofString("{\"message\":\"expected\"}"))
                .build();
    }
}
