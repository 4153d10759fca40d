package io.replicatedlog.system.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.Command;
import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient.Answer;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the fault lab does to a node's network, disk, clock and forces arrives there, and ends. */
class FaultyPlaceIT {

    private static FaultyPlace place;
    private static LibertyNode node;

    @BeforeAll
    static void start() {
        place = new FaultyPlace(true);
        node = LibertyCluster.node("faulty-place", "primary", Map.of(), place.forNode());
        node.launch().awaitReady();
    }

    @AfterAll
    static void stop() {
        node.close();
        place.close();
    }

    @Test
    void shouldPartition() {
        NodeNamespace network = assumed(place.network);
        network.partition();
        assertThat(node.client().isReady()).isFalse();

        place.heal();
        assertThat(node.client().isReady()).isTrue();
    }

    @Test
    void shouldFillTheDisk() {
        NodeDisk disk = assumed(place.disk);
        disk.fill();
        assertThat(append().problem()).isEqualTo("log-full");

        place.heal();
        await().atMost(Duration.ofSeconds(20)).until(() -> append().status() == 200);
    }

    @Test
    void shouldMoveTheClock() {
        NodeClock clock = assumed(place.clock);
        clock.jump(3_600);
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(timestamp(append()))
                        .isCloseTo(Instant.now().plusSeconds(3_600), within(1, ChronoUnit.MINUTES)));

        clock.heal();
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(
                        () -> assertThat(timestamp(append())).isCloseTo(Instant.now(), within(1, ChronoUnit.MINUTES)));
    }

    @Test
    void shouldSlowTheForces() {
        assumeThat(ForceFaults.arePossible()).isTrue();
        append();
        Process tracer = ForceFaults.inject(node, ForceFaults.SLOW);
        long began = System.nanoTime();
        append();
        Duration slow = Duration.ofNanos(System.nanoTime() - began);
        Command.stop(tracer);

        assertThat(slow).isGreaterThan(Duration.ofMillis(200));
    }

    private static Answer append() {
        return node.client().append("message", 1);
    }

    private static Instant timestamp(Answer append) {
        JsonObject entry =
                node.client().get("/api/v1/entries/" + append.offset()).json();
        return Instant.ofEpochMilli(entry.getJsonNumber("timestamp").longValue());
    }

    private static <T> T assumed(Optional<T> fault) {
        assumeThat(fault).as("what this machine allows").isPresent();
        return fault.orElseThrow();
    }
}
