package io.replicatedlog.leadership;

import static io.replicatedlog.leadership.TakeOverTest.position;
import static io.replicatedlog.leadership.TakeOverTest.run;
import static io.replicatedlog.leadership.TakeOverTest.source;
import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.list;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.Seeds;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever two logs have in common and whatever not, the one becomes the same as the other. */
class TakeOverHistoriesTest {

    private static final int ONE_ENTRY = 1;

    @Test
    void shouldEndWithEqualLogsWhateverTheirHistories() {
        Seeds.each(1_000, random -> {
            List<Log> logs = histories(random);
            for (Log first : logs) {
                for (Log second : logs) {
                    Log taking = copy(second, second.end());

                    run(taking, source(first, 1 + random.nextInt(300)), position(first));

                    assertThat(list(taking)).isEqualTo(list(first));
                }
            }
        });
    }

    @Test
    void shouldCompleteInAnotherRunWhatWasBrokenOff() {
        Seeds.each(300, random -> {
            List<Log> logs = histories(random);
            Log first = logs.get(random.nextInt(logs.size()));
            Log taking = copy(logs.get(random.nextInt(logs.size())), Long.MAX_VALUE);
            int runs = 0;
            for (boolean complete = false; !complete; runs++) {
                complete = runUntilItBreaksOff(taking, first, random);
                assertThat(runs).isLessThan(1_000);
            }
            assertThat(list(taking)).isEqualTo(list(first));
        });
    }

    /** @return whether it went through */
    private static boolean runUntilItBreaksOff(Log taking, Log first, Random random) {
        try {
            run(
                    taking,
                    (from, previousEpoch, maxBytes) -> {
                        if (random.nextInt(3) == 0) {
                            throw new IllegalArgumentException("it does not answer");
                        }
                        return source(first, ONE_ENTRY).read(from, previousEpoch, maxBytes);
                    },
                    position(first));
            return true;
        } catch (NotTakenOverException brokenOff) {
            return false;
        }
    }

    /** Each epoch goes on from some prefix of an earlier log: so entries with the same offset and epoch are the same. */
    private static List<Log> histories(Random random) {
        List<Log> logs = new ArrayList<>(List.of(new InMemoryLog(Long.MAX_VALUE)));
        for (int epoch = 1; epoch <= 5; epoch++) {
            Log base = logs.get(random.nextInt(logs.size()));
            Log next = copy(base, random.nextLong(base.end() + 1));
            for (int entries = random.nextInt(5); entries > 0; entries--) {
                append(next, epoch, "m" + random.nextInt());
            }
            logs.add(next);
            logs.add(copy(next, random.nextLong(next.end() + 1)));
        }
        return logs;
    }

    private static Log copy(Log log, long end) {
        Log copy = new InMemoryLog(Long.MAX_VALUE);
        copy.append(log.read(0, Integer.MAX_VALUE, Integer.MAX_VALUE));
        copy.truncate(end);
        return copy;
    }
}
