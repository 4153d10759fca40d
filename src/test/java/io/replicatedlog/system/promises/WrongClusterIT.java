package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clusters that an operator did not mean: two primaries for the same secondaries, one node under two URLs. */
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
    void shouldKeepWhatWasAcknowledgedWhileASecondPrimaryWasFrozenAtTheBeginningOfItsReign() {
        LogClient primary = cluster.primary().client();
        assertThat(primary.append("before", 3).status()).isEqualTo(200);
        second.launch();
        await().atMost(Duration.ofSeconds(120))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> second.log().contains("Begins log"));
        second.freeze();

        await().atMost(Duration.ofSeconds(60))
                .until(() -> primary.append("while it is frozen", 2, 1_000).status() == 200);
        second.thaw();
        await().atMost(Duration.ofSeconds(30)).until(() -> second.log().contains("Leads no more"));
        second.kill();
        cluster.heal();

        assertThat(primary.messages()).contains("before", "while it is frozen");
        assertThat(cluster.secondary(1).client().messages()).isEqualTo(primary.messages());
        assertThat(cluster.secondary(2).client().messages()).isEqualTo(primary.messages());
    }

    @Test
    void shouldKeepWhatEitherOfTwoPrimariesAcknowledges() {
        List<String> acknowledged = new ArrayList<>();
        second.launch().awaitReady();
        for (int round = 0; round < 4; round++) {
            LibertyNode hidden = cluster.secondary(1 + round % 2);
            hidden.freeze();
            for (int i = 0; i < 6; i++) {
                append(cluster.primary(), round + ", first, " + i, acknowledged);
                append(second, round + ", second, " + i, acknowledged);
            }
            hidden.thaw();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> append(cluster.primary(), "between", acknowledged)
                            || append(second, "between", acknowledged));
        }
        second.kill();
        cluster.heal();

        assertThat(acknowledged).isNotEmpty();
        assertThat(cluster.primary().client().messages()).containsAll(acknowledged);
    }

    private static boolean append(LibertyNode node, String message, List<String> acknowledged) {
        try {
            boolean is = node.client().append(message, 2, 500).status() == 200;
            if (is) {
                acknowledged.add(message);
            }
            return is;
        } catch (UncheckedIOException e) {
            return false;
        }
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
            String reason = again + " (does not say: it is the same node as " + only.url() + ", and counts once)";
            String other = only.url() + " (does not say: it is the same node as " + again + ", and counts once)";

            await().atMost(Duration.ofSeconds(30))
                    .until(
                            () -> client.cluster().getString("readOnlyReason", ""),
                            why -> why.contains(reason) || why.contains(other));
            assertThat(client.append("refused", 1).status()).isEqualTo(503);
        }
    }
}
