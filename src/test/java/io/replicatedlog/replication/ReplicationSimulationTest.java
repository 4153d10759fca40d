package io.replicatedlog.replication;

import io.replicatedlog.Seeds;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The sending and the receiving side together, through everything that goes wrong between nodes. */
class ReplicationSimulationTest {

    private static final int SEEDS = 300;
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

    private static SimulatedCluster cluster(Random random) {
        SimulatedCluster cluster = new SimulatedCluster(2 + random.nextInt(3), random);
        for (int appends = random.nextInt(150); appends > 0; appends--) {
            cluster.after(random.nextLong(TROUBLE_MS), cluster::append);
        }
        return cluster;
    }

    private static void recover(SimulatedCluster cluster) {
        cluster.heal();
        cluster.run(TROUBLE_MS + RECOVERY_MS);
        cluster.assertEverybodyHoldsTheSame();
    }
}
