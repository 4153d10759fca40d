package io.replicatedlog.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What configuration decides, seen from outside. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ConfigurationIT {

    @Test
    void shouldStopWithOneLineThatNamesTheWrongValue() {
        LibertyNode node = LibertyCluster.node("configuration", "wrong", Map.of("REPLICATEDLOG_QUORUM", "seven"));

        int status = node.launch().awaitExit();

        assertThat(status).isNotZero();
        assertThat(node.log().lines().filter(line -> line.contains("configuration is wrong")))
                .singleElement()
                .asString()
                .contains("replicatedlog.quorum is \"seven\"; allowed: \"majority\" or a number of nodes from 1 to 1");
        assertThat(node.log()).doesNotContain("\tat ");
    }

    @Test
    void shouldBeAPrimaryWithoutSecondariesWhereNothingIsConfigured() {
        LibertyNode node = LibertyCluster.node("configuration", "nothing", Map.of());
        try {
            LogClient primary = node.launch().awaitReady().client();

            assertThat(primary.append("alone", "all").body()).isEqualTo("{\"offset\":0,\"w\":1,\"acks\":1}");
            assertThat(primary.messages()).containsExactly("alone");
            assertThat(primary.cluster().getString("role")).isEqualTo("PRIMARY");
            node.stop();
            assertThat(node.log()).contains("Node stops");
        } finally {
            if (node.isRunning()) {
                node.kill();
            }
        }
    }

    @Test
    void shouldSayWhenTheLogIsFullAndStillServeReads() {
        LibertyNode node =
                LibertyCluster.node("configuration", "full", Map.of("REPLICATEDLOG_MAX_LOG_BYTES", "100000"));
        try {
            LogClient primary = node.launch().awaitReady().client();
            String message = "x".repeat(10_000);
            for (int i = 0; i < 9; i++) {
                assertThat(primary.append(message, 1).status()).isEqualTo(200);
            }

            LogClient.Answer refused = primary.append(message, 1);

            assertThat(refused.status()).isEqualTo(507);
            assertThat(refused.problem()).isEqualTo("log-full");
            assertThat(refused.json().getString("appended")).isEqualTo("no");
            assertThat(primary.messages()).hasSize(9);
            assertThat(primary.append("small", 1).offset()).isEqualTo(9);
        } finally {
            node.kill();
        }
    }
}
