package io.replicatedlog.primary;

import static io.replicatedlog.primary.SamplePrimary.FIRST;
import static io.replicatedlog.primary.SamplePrimary.NODE;
import static io.replicatedlog.primary.SamplePrimary.SECOND;
import static io.replicatedlog.primary.SamplePrimary.keyed;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.storage.IdentityStore;
import org.junit.jupiter.api.Test;

/** How long a key counts while the wall clock is what it is. */
class IdempotencyWindowTest {

    private static final long HOUR_MS = 3_600_000;
    private static final long DAY_MS = 24 * HOUR_MS;

    private final Log log = new InMemoryLog(1_000_000);
    private final SamplePrimary node = new SamplePrimary(
                    log, IdentityStore.inMemory(NODE), new IdempotencyWindow.Limits(1_000, HOUR_MS))
            .leads(FIRST);

    @Test
    void shouldKeepEarlierKeysWhenTheWallClockJumpsAheadForOneAppend() {
        append("early");
        long now = node.time.wallClockMs();
        node.time.setWallClock(now + DAY_MS);
        append("ahead");
        node.time.setWallClock(now);
        append("late");

        assertThat(append("early")).isZero();
        assertThat(append("ahead")).isEqualTo(1);
        assertThat(append("late")).isEqualTo(2);
        assertThat(log.end()).isEqualTo(3);
    }

    @Test
    void shouldKeepKeysWhileTheWallClockStaysAheadOrGoesBack() {
        append("early");
        node.time.setWallClock(node.time.wallClockMs() + DAY_MS);
        assertThat(append("early")).isZero();
        node.time.setWallClock(node.time.wallClockMs() - 5 * DAY_MS);
        assertThat(append("early")).isZero();

        node.time.advance(HOUR_MS);
        assertThat(append("early")).isZero();
        node.time.advance(1);
        assertThat(append("early")).as("an hour has passed").isEqualTo(1);
    }

    @Test
    void shouldKeepEarlierKeysThatItLearnsFromALogWithAnEntryStampedAhead() {
        append("early");
        long now = node.time.wallClockMs();
        node.time.setWallClock(now + DAY_MS);
        append("ahead");
        node.time.setWallClock(now);
        append("late");

        node.leads(SECOND);

        assertThat(append("early")).isZero();
        assertThat(append("ahead")).isEqualTo(1);
        assertThat(append("late")).isEqualTo(2);
        node.time.advance(HOUR_MS);
        assertThat(append("ahead")).as("it counts as new").isEqualTo(1);
        node.time.advance(1);
        assertThat(append("ahead")).as("and not for ever").isEqualTo(3);
    }

    @Test
    void shouldForgetOnlyTheEntryThatWasStampedBehindWhenItLearns() {
        append("early");
        long now = node.time.wallClockMs();
        node.time.setWallClock(now - DAY_MS);
        append("behind");
        node.time.setWallClock(now);
        append("late");

        node.leads(SECOND);

        assertThat(append("early")).isZero();
        assertThat(append("late")).isEqualTo(2);
        assertThat(append("behind")).as("it looks old").isEqualTo(3);
    }

    @Test
    void shouldLearnHowOldAnEntryIs() {
        append("a");
        node.time.advance(HOUR_MS - 10);
        append("b");
        node.leads(SECOND);

        node.time.advance(10);
        assertThat(append("a")).isZero();
        node.time.advance(1);
        assertThat(append("a")).isEqualTo(2);
        assertThat(append("b")).isEqualTo(1);
    }

    /** @return its offset */
    private long append(String key) {
        return node.append(keyed(key, 1, "message of " + key)).join().offset();
    }
}
