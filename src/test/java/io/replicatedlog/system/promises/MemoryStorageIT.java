package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LogClient;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A cluster that keeps its log in memory only: the nodes that stay up bring back those that restart. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class MemoryStorageIT {

    @Test
    void shouldKeepTheLogWhenThePrimaryRestarts() {
        try (LibertyCluster cluster = LibertyCluster.start("memory", 2, Map.of("REPLICATEDLOG_STORAGE", "memory"))) {
            LogClient primary = cluster.primary().client();
            String logId = primary.cluster().getString("logId");
            primary.append("first", 3);
            primary.append("second", 2);

            cluster.primary().kill();
            cluster.heal();

            assertThat(primary.messages()).containsExactly("first", "second");
            assertThat(primary.cluster().getString("logId")).isEqualTo(logId);
            assertThat(primary.append("third", 3).offset()).isEqualTo(2);
            assertThat(cluster.primary().data()).doesNotExist();

            // A secondary that was restarted is empty, and an empty primary needs both.
            cluster.secondary(1).kill();
            cluster.primary().kill();
            cluster.primary().launch().awaitReady();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> primary.cluster()
                            .getString("readOnlyReason", "")
                            .contains("waits for 1 more of the members to promise"));
            cluster.heal();

            assertThat(primary.messages()).containsExactly("first", "second", "third");
            assertThat(cluster.secondary(1).client().messages()).isEqualTo(primary.messages());
        }
    }
}
