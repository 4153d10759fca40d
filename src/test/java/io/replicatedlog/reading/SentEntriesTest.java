package io.replicatedlog.reading;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.Seeds;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SentEntriesTest {

    private static final long MUCH = 1_000_000;

    /** One log goes on as another from some offset on, in higher epochs, and is longer or shorter in the end. */
    @Test
    void shouldFindWhereALogParted() {
        Seeds.each(2_000, random -> {
            List<Long> before = epochs(random, new ArrayList<>(), 1, 1 + random.nextInt(12));
            int first = random.nextInt(before.size());
            int common = random.nextInt(before.size() + 1);
            long newest = before.get(before.size() - 1);
            List<Long> after = epochs(random, before.subList(0, common), newest + 1, random.nextInt(12));
            SentEntries sent = new SentEntries();
            for (int offset = first; offset < before.size(); offset++) {
                sent.add(offset, before.get(offset));
            }

            assertThat(sent.stillIn(log(before), before.size())).isEqualTo(before.size());
            assertThat(sent.stillIn(log(after), before.size()))
                    .as("%s, from %d on, became %s", before, first, after)
                    .isEqualTo(Math.min(Math.max(common, first), after.size()));
        });
    }

    @Test
    void shouldSayNothingOfWhatWasNotSent() {
        assertThat(new SentEntries().stillIn(log(List.of(1L)), 17)).isEqualTo(17);

        SentEntries sent = new SentEntries();
        sent.add(0, 1);
        sent.add(1, 1);
        sent.cut(0);
        assertThat(sent.stillIn(log(List.of()), 0)).isZero();
    }

    /** Goes on with epochs that never fall. */
    private static List<Long> epochs(Random random, List<Long> start, long lowest, int count) {
        List<Long> epochs = new ArrayList<>(start);
        long epoch = lowest;
        for (int i = 0; i < count; i++) {
            epoch += random.nextInt(3) == 0 ? 1 : 0;
            epochs.add(epoch);
        }
        return epochs;
    }

    private static Log log(List<Long> epochs) {
        Log log = new InMemoryLog(MUCH);
        epochs.forEach(epoch -> log.append(epoch, 0, new byte[0], List.of(new byte[0])));
        return log;
    }
}
