package io.replicatedlog.secondary;

import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.list;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.Seeds;
import io.replicatedlog.log.Entry;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.SampleRecords;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Reign;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Everything that a network may do to the batches of one primary. */
class ReplicaDeliveryTest {

    private static final Reign REIGN = new Reign(new UUID(1, 1), 3);

    @Test
    void shouldHoldAPrefixOfThePrimarysLogWhateverArrivesAndAllOfItInTheEnd() {
        Seeds.each(1_000, random -> {
            Log primary = primaryLog(random);
            Log log = new InMemoryLog(Long.MAX_VALUE);
            Replica replica = SampleBatches.replica(log, SampleBatches.inMemory(), bounds(random));
            List<Batch> network = new ArrayList<>();
            for (int step = 0; step < 60; step++) {
                if (network.isEmpty() || random.nextInt(2) == 0) {
                    network.add(cut(primary, random.nextLong(primary.end() + 1), 1 + random.nextInt(8)));
                }
                deliver(random, network, primary, log, replica);
            }
            while (log.end() < primary.end()) {
                network.add(cut(primary, log.end(), 1 + random.nextInt(8)));
                deliver(random, network, primary, log, replica);
            }
            assertThat(list(log)).isEqualTo(list(primary));
        });
    }

    @Test
    void shouldHoldAPrefixOfSingleEntriesWhateverArrivesAndAllOfThemInTheEnd() {
        Seeds.each(1_000, random -> {
            List<Entry> sent = list(primaryLog(random));
            Log log = new InMemoryLog(Long.MAX_VALUE);
            Replica replica = SampleBatches.replica(log, SampleBatches.inMemory(), bounds(random));
            for (int step = 0; step < 100; step++) {
                Entry entry = sent.get(random.nextInt(sent.size()));
                assertThat(replica.receive(Optional.of(REIGN), List.of(entry)).end())
                        .isEqualTo(log.end());
                assertThat(list(log)).isEqualTo(sent.subList(0, (int) log.end()));
            }
            replica.receive(Optional.of(REIGN), sent);
            assertThat(list(log)).isEqualTo(sent);
        });
    }

    /** One of the batches under way arrives, is lost, or arrives and stays under way to arrive once more. */
    private static void deliver(Random random, List<Batch> network, Log primary, Log log, Replica replica) {
        int chosen = random.nextInt(network.size());
        Batch batch = network.get(chosen);
        int fate = random.nextInt(4);
        if (fate != 3) {
            network.remove(chosen);
        }
        if (fate == 2) {
            return;
        }
        long before = log.end();

        long acknowledged = replica.receive(batch).end();

        assertThat(acknowledged).isEqualTo(log.end()).isGreaterThanOrEqualTo(before);
        if (batch.records().first() <= before) {
            assertThat(acknowledged).isGreaterThanOrEqualTo(batch.records().end());
        }
        assertThat(list(log)).isEqualTo(list(primary).subList(0, (int) acknowledged));
    }

    private static Replica.HeldBackBounds bounds(Random random) {
        return new Replica.HeldBackBounds(random.nextInt(20), 200 + random.nextInt(20_000));
    }

    private static Log primaryLog(Random random) {
        Log primary = new InMemoryLog(Long.MAX_VALUE);
        long epoch = 1;
        for (int i = 5 + random.nextInt(30); i > 0; i--) {
            epoch = Math.min(REIGN.epoch(), epoch + (random.nextInt(10) == 0 ? 1 : 0));
            append(primary, epoch, i + SampleRecords.text(random));
        }
        return primary;
    }

    private static Batch cut(Log primary, long from, int entries) {
        long previousEpoch = primary.epochAt(from - 1).orElse(0);
        long start = primary.stepBack(primary.end(), REIGN.epoch() - 1);
        return SampleBatches.startingAt(
                start,
                SampleBatches.batch(
                        REIGN, previousEpoch, 0, Long.MAX_VALUE, primary.read(from, entries, Integer.MAX_VALUE)));
    }
}
