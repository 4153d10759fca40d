package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The quorum of five nodes is three: two may be missing, three may not. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class FiveNodesIT {

    @Test
    void shouldLoseTheQuorumWithTheThirdNodeAndFindItAgain() {
        try (LibertyCluster cluster =
                LibertyCluster.start("five-nodes", 4, Map.of("JVM_ARGS", LibertyNode.startsFast() + " -Xmx192m"))) {
            LogClient primary = cluster.primary().client();
            assertThat(primary.append("all five", 5).status()).isEqualTo(200);

            cluster.secondary(1).kill();
            cluster.secondary(2).kill();
            cluster.awaitHealth(cluster.secondary(1), "UNHEALTHY");
            cluster.awaitHealth(cluster.secondary(2), "UNHEALTHY");
            assertThat(primary.mode()).isEqualTo("READ_WRITE");
            assertThat(primary.append("three of five", "majority").json().getInt("acks"))
                    .isEqualTo(3);

            cluster.secondary(3).freeze();
            await().atMost(Duration.ofSeconds(30)).until(primary::mode, "READ_ONLY"::equals);
            assertThat(primary.append("refused", 1).status()).isEqualTo(503);
            assertThat(primary.messages()).containsExactly("all five", "three of five");

            cluster.secondary(3).thaw();
            await().atMost(Duration.ofSeconds(30)).until(primary::mode, "READ_WRITE"::equals);
            assertThat(primary.append("three again", 3).status()).isEqualTo(200);

            cluster.heal();
            for (LibertyNode node : cluster.nodes()) {
                assertThat(node.client().messages())
                        .as(node.name())
                        .containsExactly("all five", "three of five", "three again");
            }
        }
    }
}
