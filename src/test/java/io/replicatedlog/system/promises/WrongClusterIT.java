package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clusters that an operator did not mean: a node that does not belong, one node under two URLs. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class WrongClusterIT {

    private static final Map<String, String> SETTINGS =
            Map.of("REQUEST_TIMEOUT_MILLISECONDS", "1000", "HEALTHCHECK_PERIOD_MILLISECOND", "300");

    private static LibertyCluster cluster;

    private LibertyNode second;

    @BeforeAll
    static void startCluster() {
        cluster = LibertyCluster.start("wrong-cluster", 2, SETTINGS);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void prepareSecondPrimary() {
        cluster.heal();
        String urls = cluster.secondary(1).url() + "," + cluster.secondary(2).url();
        second = LibertyCluster.node(
                "wrong-cluster",
                "second-" + System.nanoTime(),
                LibertyCluster.with(SETTINGS, Map.of("SECONDARY_URLS", urls)));
    }

    @AfterEach
    void stopSecondPrimary() {
        second.close();
    }

    @Test
    void shouldNotBeDisturbedByANodeThatDoesNotBelong() {
        LogClient primary = cluster.primary().client();
        assertThat(primary.append("before", 3).status()).isEqualTo(200);
        long epoch = epoch();

        second.launch().awaitReady();
        await().atMost(Duration.ofSeconds(30)).until(() -> reason().contains("is not among the members"));
        cluster.primary().freeze();
        try {
            await("it asks while nobody leads")
                    .during(Duration.ofSeconds(5))
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> second.client().cluster().getString("role"), "SECONDARY"::equals);
        } finally {
            cluster.primary().thaw();
        }

        cluster.heal();
        assertThat(epoch()).as("nobody was promised another one").isEqualTo(epoch);
        assertThat(primary.append("after", 3).status()).isEqualTo(200);
        assertThat(second.client().append("refused", 1).status()).isEqualTo(503);
        assertThat(second.client().messages()).isEmpty();
    }

    private static long epoch() {
        return cluster.primary().client().cluster().getJsonNumber("epoch").longValue();
    }

    private String reason() {
        return second.client().cluster().getString("readOnlyReason", "");
    }

    @Test
    void shouldCountOneNodeUnderTwoUrlsOnce() {
        LibertyNode only =
                LibertyCluster.node("wrong-cluster", "alias", Map.of("APP_MODE", "SECONDARY", "HTTP_HOST", "0.0.0.0"));
        String again = only.url().replace("127.0.0.1", "127.0.0.2");
        LibertyNode primary = LibertyCluster.node(
                "wrong-cluster",
                "primary-of-alias",
                LibertyCluster.with(SETTINGS, Map.of("SECONDARY_URLS", only.url() + "," + again)));
        try (only;
                primary) {
            only.launch();
            primary.launch().awaitReady();
            only.awaitReady();
            LogClient client = primary.client();
            String reason = again + " (it is the same node as " + only.url() + ", and counts once)";
            String other = only.url() + " (it is the same node as " + again + ", and counts once)";

            await().atMost(Duration.ofSeconds(30))
                    .until(
                            () -> client.cluster().getString("readOnlyReason", ""),
                            why -> why.contains(reason) || why.contains(other));
            assertThat(client.append("refused", 1).status()).isEqualTo(503);
        }
    }
}
