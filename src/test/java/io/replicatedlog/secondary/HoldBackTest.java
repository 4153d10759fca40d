package io.replicatedlog.secondary;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.Seeds;
import io.replicatedlog.log.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HoldBackTest {

    private static final int LARGE = Integer.MAX_VALUE;

    @Test
    void shouldGiveOutAnEntryOnceItIsNext() {
        HoldBack holdBack = new HoldBack(10, LARGE);
        holdBack.hold(entry(3));
        holdBack.hold(entry(2));

        assertThat(holdBack.take(1)).isEmpty();
        assertThat(holdBack.take(2)).contains(entry(2));
        assertThat(holdBack.take(3)).contains(entry(3));
        assertThat(holdBack.take(4)).isEmpty();
        assertThat(holdBack.size()).isZero();
    }

    @Test
    void shouldDropWhatTheLogHasOvertaken() {
        HoldBack holdBack = new HoldBack(10, LARGE);
        holdBack.hold(entry(2));
        holdBack.hold(entry(3));
        holdBack.hold(entry(9));

        assertThat(holdBack.take(5)).isEmpty();
        assertThat(holdBack.size()).isEqualTo(1);
    }

    @Test
    void shouldHoldAnEntryOnlyOnce() {
        HoldBack holdBack = new HoldBack(10, LARGE);
        holdBack.hold(new Entry(2, 1, 0, "", "first"));
        holdBack.hold(new Entry(2, 1, 0, "", "again"));

        assertThat(holdBack.size()).isEqualTo(1);
        assertThat(holdBack.take(2).map(Entry::message)).contains("first");
    }

    @Test
    void shouldPreferTheHigherEpochAtTheSameOffset() {
        HoldBack holdBack = new HoldBack(10, LARGE);
        holdBack.hold(new Entry(2, 2, 0, "", "middle"));
        holdBack.hold(new Entry(2, 1, 0, "", "low"));
        holdBack.hold(new Entry(2, 3, 0, "", "high"));

        assertThat(holdBack.size()).isEqualTo(1);
        assertThat(holdBack.take(2).map(Entry::message)).contains("high");
    }

    @Test
    void shouldDropTheFarthestEntryFirstWhenThereAreTooMany() {
        HoldBack holdBack = new HoldBack(2, LARGE);
        holdBack.hold(entry(5));
        holdBack.hold(entry(9));
        holdBack.hold(entry(4));
        holdBack.hold(entry(8));

        assertThat(holdBack.size()).isEqualTo(2);
        assertThat(holdBack.take(4)).isPresent();
        assertThat(holdBack.take(5)).isPresent();
    }

    @Test
    void shouldDropTheFarthestEntriesFirstWhenTheyTakeTooMuch() {
        HoldBack holdBack = new HoldBack(LARGE, 10_000);
        holdBack.hold(large(7, 2_000));
        holdBack.hold(large(6, 2_000));
        holdBack.hold(large(5, 4_000));

        assertThat(holdBack.size()).isEqualTo(1);
        assertThat(holdBack.take(5)).isPresent();
    }

    @Test
    void shouldHoldNothingThatIsLargerThanItsBound() {
        HoldBack holdBack = new HoldBack(LARGE, 1_000);
        holdBack.hold(large(1, 1_000));

        assertThat(holdBack.size()).isZero();
        assertThat(new HoldBack(0, LARGE)).satisfies(none -> {
            none.hold(entry(1));
            assertThat(none.size()).isZero();
        });
    }

    @Test
    void shouldHaveItsRoomBackForWhatItGaveOutOrDroppedOrReplaced() {
        HoldBack holdBack = new HoldBack(LARGE, 5_000);
        for (int round = 0; round < 100; round++) {
            holdBack.hold(new Entry(2, 1, 0, "", "x".repeat(2_000)));
            holdBack.hold(new Entry(2, 2, 0, "", "x".repeat(2_000)));
            assertThat(holdBack.size()).as("round %d", round).isEqualTo(1);
            if (round % 3 == 0) {
                assertThat(holdBack.take(2)).isPresent();
            } else if (round % 3 == 1) {
                assertThat(holdBack.take(3)).isEmpty();
            } else {
                holdBack.clear();
            }
            assertThat(holdBack.size()).isZero();
        }
    }

    /** What stays is always the nearest entries that were offered since, as many as are allowed. */
    @Test
    void shouldKeepTheNearestEntriesWhateverTheOrder() {
        Seeds.each(1_000, random -> {
            int bound = 1 + random.nextInt(6);
            HoldBack holdBack = new HoldBack(bound, LARGE);
            TreeMap<Long, Entry> model = new TreeMap<>();
            for (int step = 0; step < 50; step++) {
                long offset = random.nextInt(20);
                if (random.nextInt(5) > 0) {
                    holdBack.hold(entry(offset));
                    model.put(offset, entry(offset));
                    if (model.size() > bound) {
                        model.pollLastEntry();
                    }
                } else {
                    model.headMap(offset).clear();
                    assertThat(holdBack.take(offset)).isEqualTo(Optional.ofNullable(model.remove(offset)));
                }
                assertThat(holdBack.size()).isEqualTo(model.size());
            }
            List<Entry> rest = new ArrayList<>();
            for (long offset = 0; offset < 20; offset++) {
                holdBack.take(offset).ifPresent(rest::add);
            }
            assertThat(rest).containsExactlyElementsOf(model.values());
        });
    }

    private static Entry entry(long offset) {
        return new Entry(offset, 1, 0, "", "m" + offset);
    }

    private static Entry large(long offset, int characters) {
        return new Entry(offset, 1, 0, "", "x".repeat(characters));
    }
}
