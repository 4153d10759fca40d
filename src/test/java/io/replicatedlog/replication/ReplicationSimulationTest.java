package io.replicatedlog.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.Seeds;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The sending and the receiving side together, through everything that goes wrong between nodes. */
class ReplicationSimulationTest {

    private static final int SEEDS = 300;
    private static final int RESTART_SEEDS = 1_000;
    private static final long TROUBLE_MS = 3_000;

    /** After the last fault: the largest backoff, a probe that times out, and time to send everything. */
    private static final long RECOVERY_MS = 10_000;

    @Test
    void shouldEndWithEqualLogsOverANetworkThatLosesDelaysAndRepeats() {
        Seeds.each(SEEDS, random -> {
            SimulatedCluster cluster = cluster(random);

            cluster.run(TROUBLE_MS);

            recover(cluster);
        });
    }

    @Test
    void shouldRefillSecondariesThatComeBackEmpty() {
        Seeds.each(SEEDS, random -> {
            SimulatedCluster cluster = cluster(random);
            for (int restarts = 1 + random.nextInt(6); restarts > 0; restarts--) {
                cluster.after(random.nextLong(TROUBLE_MS), cluster::restartOne);
            }

            cluster.run(TROUBLE_MS);

            recover(cluster);
        });
    }

    @Test
    void shouldKeepWhatWasAcknowledgedWhicheverNodesLoseWhatTheyDidNotForce() {
        restarts(SimulatedStorage.Kind.FILE);
    }

    @Test
    void shouldKeepWhatAMajorityAcknowledgedWhileAMinorityAtATimeLosesEverything() {
        restarts(SimulatedStorage.Kind.MEMORY);
    }

    @Test
    void shouldKeepNothingOfALogThatWasReplaced() {
        Seeds.each(SEEDS, random -> {
            SimulatedCluster cluster = cluster(random);
            for (int resets = 1 + random.nextInt(3); resets > 0; resets--) {
                cluster.after(random.nextLong(TROUBLE_MS), cluster::reset);
            }

            cluster.run(TROUBLE_MS);

            recover(cluster);
        });
    }

    private static void restarts(SimulatedStorage.Kind storage) {
        AtomicInteger acknowledged = new AtomicInteger();
        Seeds.each(RESTART_SEEDS, random -> {
            SimulatedCluster cluster = cluster(new SimulatedCluster(1 + random.nextInt(5), storage, random), random);
            for (int restarts = 1 + random.nextInt(8); restarts > 0; restarts--) {
                cluster.after(random.nextLong(TROUBLE_MS), cluster::restartSome);
            }

            cluster.run(TROUBLE_MS);

            acknowledged.addAndGet(recover(cluster));
        });
        assertThat(acknowledged).as("appends that were acknowledged").hasValueGreaterThan(0);
    }

    private static SimulatedCluster cluster(Random random) {
        SimulatedCluster cluster = new SimulatedCluster(2 + random.nextInt(3), SimulatedStorage.Kind.MEMORY, random);
        return cluster(cluster, random);
    }

    private static SimulatedCluster cluster(SimulatedCluster cluster, Random random) {
        for (int appends = random.nextInt(150); appends > 0; appends--) {
            cluster.after(random.nextLong(TROUBLE_MS), cluster::append);
        }
        return cluster;
    }

    /** @return how many appends were acknowledged */
    private static int recover(SimulatedCluster cluster) {
        cluster.heal();
        cluster.run(TROUBLE_MS + RECOVERY_MS);
        return cluster.assertEverybodyHoldsTheSame();
    }
}
