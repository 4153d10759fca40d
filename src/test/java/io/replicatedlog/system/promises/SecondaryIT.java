package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.LogClient.Answer;
import java.net.http.HttpRequest;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A secondary by itself: what it makes of replicate calls, whoever sends them. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class SecondaryIT {

    private static final String REPLICATE = "/api/v1/internal/replicate";

    private static LibertyNode node;

    private final LogClient secondary = node.client();

    @BeforeAll
    static void startNode() {
        node = LibertyCluster.node(
                "secondary", "lone", Map.of("APP_MODE", "SECONDARY", "REPLICATEDLOG_TESTING_API_ENABLED", "true"));
        node.launch().awaitReady();
    }

    @AfterAll
    static void stopNode() {
        if (node != null && node.isRunning()) {
            node.stop();
        }
    }

    @BeforeEach
    void emptyLog() {
        assertThat(secondary.post("/api/test/clean", "").status()).isEqualTo(200);
    }

    @Test
    void shouldShowOnlyWhatFollowsOnWithoutAGap() {
        assertThat(replicate(0, "zero")).isEqualTo(1);
        assertThat(replicate(1, "one")).isEqualTo(2);
        assertThat(replicate(3, "three")).isEqualTo(2);
        assertThat(secondary.messages()).containsExactly("zero", "one");
        assertThat(secondary.cluster().getInt("heldBack")).isEqualTo(1);

        assertThat(replicate(2, "two")).isEqualTo(4);

        assertThat(secondary.messages()).containsExactly("zero", "one", "two", "three");
        assertThat(secondary.cluster().getInt("heldBack")).isZero();
    }

    @Test
    void shouldTakeEachEntryOnce() {
        replicate(0, "zero");
        replicate(0, "zero");
        replicate(2, "two");
        replicate(2, "two");
        replicate(1, "one");
        replicate(1, "one");
        replicate(0, "zero");

        assertThat(secondary.messages()).containsExactly("zero", "one", "two");
    }

    @Test
    void shouldTakeSeveralEntriesInOneCallInAnyOrder() {
        Answer answer = secondary.post(
                REPLICATE,
                "{\"entries\":[{\"order\":2,\"message\":\"two\"},{\"order\":0,\"message\":\"zero\"},"
                        + "{\"order\":1,\"message\":\"one\"}]}");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().getInt("end")).isEqualTo(3);
        assertThat(secondary.messages()).containsExactly("zero", "one", "two");
    }

    @Test
    void shouldRefuseASecondLogAndDropNothing() {
        String first = "\"logId\":\"00000000-0000-0000-0000-000000000001\",\"epoch\":1,";
        String second = "\"logId\":\"00000000-0000-0000-0000-000000000002\",\"epoch\":9,";
        secondary.post(REPLICATE, "{" + first + "\"order\":0,\"message\":\"zero\"}");

        Answer refused = secondary.post(REPLICATE, "{" + second + "\"order\":0,\"message\":\"foreign\"}");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.problem()).isEqualTo("foreign-log");
        assertThat(refused.json().getInt("end")).isEqualTo(1);
        assertThat(refused.json().getString("logId")).endsWith("1");
        assertThat(secondary.messages()).containsExactly("zero");
    }

    @Test
    void shouldRefuseWhatIsNoBatchAndChangeNothing() {
        replicate(0, "zero");

        Answer refused = secondary.send(secondary
                .request(REPLICATE)
                .header("Content-Type", "application/vnd.replicated-log.batch")
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[1000]))
                .build());

        assertThat(refused.status()).isEqualTo(400);
        for (String body :
                new String[] {"", "{}", "{\"order\":-1,\"message\":\"x\"}", "{\"order\":1}", "{\"entries\":3}"}) {
            assertThat(secondary.post(REPLICATE, body))
                    .as(body)
                    .satisfies(answer -> assertThat(answer.status()).isEqualTo(400))
                    .satisfies(answer -> assertThat(answer.contentType()).isEqualTo("application/problem+json"));
        }
        assertThat(secondary.messages()).containsExactly("zero");
    }

    @Test
    void shouldNotKnowAPrimaryBeforeOneHasCalled() {
        Answer answer = secondary.append("where to?", 1);

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.problem()).isEqualTo("primary-unknown");
    }

    private long replicate(int order, String message) {
        Answer answer = secondary.post(REPLICATE, "{\"order\":" + order + ",\"message\":\"" + message + "\"}");
        assertThat(answer.status()).isEqualTo(200);
        return answer.json().getJsonNumber("end").longValue();
    }
}
