package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.Load;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.SharedCluster;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What was acknowledged survives: nodes are killed under load, and come back with their files or without. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
@ExtendWith(SharedCluster.class)
class DurabilityIT {

    private static LibertyCluster cluster;

    private LogClient primary;

    @BeforeAll
    static void useCluster(LibertyCluster shared) {
        cluster = shared;
    }

    @BeforeEach
    void healCluster() {
        cluster.heal();
        primary = cluster.primary().client();
    }

    @Test
    void shouldLoseNothingWhenThePrimaryIsKilledUnderLoadThreeTimes() {
        long epoch = epoch();
        try (Load load = Load.start(primary)) {
            for (int kill = 0; kill < 3; kill++) {
                awaitMoreAcknowledged(load, 200);
                cluster.primary().kill();
                cluster.restart();
            }
            awaitMoreAcknowledged(load, 200);
            load.stop();
            cluster.awaitAllCaughtUp();
            load.check(cluster.nodes(), 1);
            assertThat(load.unknown())
                    .as("appends under way when it was killed")
                    .isPositive();
        }
        assertThat(epoch()).isGreaterThan(epoch);
    }

    @Test
    void shouldLoseNothingWhenAllNodesAreKilledAtOnce() {
        try (Load load = Load.start(primary)) {
            awaitMoreAcknowledged(load, 300);
            cluster.nodes().forEach(LibertyNode::kill);
            cluster.restart();
            awaitMoreAcknowledged(load, 100);
            load.stop();
            cluster.awaitAllCaughtUp();
            load.check(cluster.nodes(), 1);
        }
    }

    @Test
    void shouldTakeOverWhatTheSecondariesHoldWhenThePrimaryLosesItsDisk() {
        try (Load load = Load.start(primary)) {
            awaitMoreAcknowledged(load, 300);
            cluster.primary().kill();
            cluster.primary().moveDataAway();
            cluster.restart();
            awaitMoreAcknowledged(load, 100);
            load.stop();
            cluster.awaitAllCaughtUp();
            load.check(cluster.nodes());
        }
        assertThat(cluster.primary().logSinceStart()).contains("Takes over the log of");
    }

    @Test
    void shouldWaitForTheSecondariesThatMayHoldMoreAndSayWhom() {
        primary.append("held by two", 3);
        cluster.secondary(2).kill();
        cluster.primary().kill();
        cluster.primary().moveDataAway();
        cluster.primary().launch().awaitReady();

        String waits = cluster.secondary(2).url();
        await().atMost(Duration.ofSeconds(20)).until(() -> reason().contains(waits));
        assertThat(reason()).contains("replicatedlog.recovery-answers=1");
        LogClient.Answer refused = primary.append("too early", 1);
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.json().getString("appended")).isEqualTo("no");
        await().atMost(Duration.ofSeconds(10))
                .until(() -> cluster.primary().logSinceStart().contains(waits));

        cluster.heal();

        assertThat(sameOnEveryNode()).endsWith("held by two");
    }

    @Test
    void shouldGoOnInANewEpochWithOneOfTwoSecondaries() {
        primary.append("before", 3);
        cluster.secondary(1).kill();
        cluster.primary().stop();
        cluster.primary().launch().awaitReady();

        await().atMost(Duration.ofSeconds(20)).until(primary::mode, "READ_WRITE"::equals);
        assertThat(primary.append("after", 2).status()).isEqualTo(200);
        cluster.heal();
        assertThat(sameOnEveryNode()).endsWith("before", "after");
    }

    @Test
    void shouldRememberWhereItsPrimaryIsWhenASecondaryStartsAlone() {
        primary.append("before", 3);
        LibertyNode alone = cluster.secondary(1);
        cluster.primary().kill();
        alone.kill();
        alone.launch().awaitReady();

        LogClient.Answer refused = alone.client().append("elsewhere", 1);

        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.problem()).isEqualTo("primary-unknown");
        assertThat(refused.json().getString("detail"))
                .contains(cluster.primary().url());
        assertThat(alone.client().messages()).endsWith("before");
    }

    private long epoch() {
        return primary.cluster().getJsonNumber("epoch").longValue();
    }

    private String reason() {
        return primary.cluster().getString("readOnlyReason", "");
    }

    private static void awaitMoreAcknowledged(Load load, long more) {
        long wanted = load.acknowledged() + more;
        await("appends are acknowledged").atMost(Duration.ofSeconds(60)).until(() -> load.acknowledged() >= wanted);
    }

    private static List<String> sameOnEveryNode() {
        List<String> log = cluster.primary().client().messages();
        for (LibertyNode secondary : cluster.secondaries()) {
            assertThat(secondary.client().messages()).as(secondary.name()).isEqualTo(log);
        }
        return log;
    }
}
