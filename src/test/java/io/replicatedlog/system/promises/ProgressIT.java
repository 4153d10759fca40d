package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.faults.FaultyLink;
import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode.Place;
import io.replicatedlog.system.fixture.LogClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What takes long says how far it is, and how long it will take yet. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class ProgressIT {

    private static final int BATCH = 10;
    private static final int MISSED = 12_000;

    @Test
    void shouldSayHowLongASecondaryTakesToCatchUp() {
        List<FaultyLink> links = new ArrayList<>();
        LibertyCluster prepared = LibertyCluster.prepare(
                "progress",
                Map.of("REPLICATEDLOG_QUORUM", "1", "REPLICATEDLOG_MAX_BATCH_ENTRIES", String.valueOf(BATCH)),
                Collections.nCopies(2, Place.LOOPBACK),
                url -> {
                    links.add(new FaultyLink(url));
                    return links.get(0).url();
                });
        try (FaultyLink link = links.get(0);
                LibertyCluster cluster = prepared.start()) {
            link.hold(true);
            append(cluster.primary().client());
            link.there.delay(20);
            link.hold(false);

            Map<String, Object> seen = await("the primary says how long it will take")
                    .atMost(Duration.ofSeconds(40))
                    .until(() -> seen(cluster), now -> now.containsKey("remainingSeconds"));
            assertThat((Long) seen.get("remainingSeconds")).isBetween(1L, 300L);
            await("so does the log file")
                    .atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(cluster.primary().log())
                            .containsPattern(
                                    "Lane to " + link.url() + " catches up: \\d+ entries are left, some \\d+ s more"));

            link.heal();
            await("it has caught up")
                    .atMost(Duration.ofSeconds(40))
                    .untilAsserted(() ->
                            assertThat(seen(cluster)).containsEntry("lag", 0L).doesNotContainKey("remainingSeconds"));
        }
    }

    private static void append(LogClient primary) {
        String bulk = LogClient.bulk("missed", BATCH, 1);
        for (int missed = 0; missed < MISSED; missed += 50 * BATCH) {
            List<CompletableFuture<LogClient.Answer>> answers = IntStream.range(0, 50)
                    .mapToObj(i -> primary.postAsync("/api/v1/append", bulk))
                    .toList();
            assertThat(answers)
                    .allSatisfy(answer -> assertThat(answer.join().status()).isEqualTo(200));
        }
    }

    private static Map<String, Object> seen(LibertyCluster cluster) {
        return cluster.primary().client().secondaries().get(0);
    }
}
