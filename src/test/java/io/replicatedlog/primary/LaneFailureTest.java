package io.replicatedlog.primary;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.Seeds;
import io.replicatedlog.membership.Health;
import io.replicatedlog.primary.Lane.Answer;
import io.replicatedlog.primary.Lane.Call;
import io.replicatedlog.protocol.CallSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A lane to a secondary that fails. */
class LaneFailureTest {

    private static final int MAX_BYTES = 64 * 1024;
    private static final Backoff BACKOFF = new Backoff(50, 2_000);

    private final Lane lane = lane(MAX_BYTES, new Random(1));

    /** The virtual time, in milliseconds. */
    private long now = 1;

    @Test
    void shouldWaitAfterAFailureAndThenAskWhereTheSecondaryStands() {
        catchUp(5);
        lane.begin(2, 8).orElseThrow();
        lane.failed(3, "refused", false);
        long notBeforeMs = lane.notBeforeMs();

        assertThat(notBeforeMs).isBetween(3L, 53L);
        assertThat(lane.begin(notBeforeMs - 1, 8)).isEmpty();
        assertThat(lane.begin(notBeforeMs, 8)).contains(new Call(5, 0, 0));
    }

    @Test
    void shouldWaitLongerWithEachFailureUpToTheCap() {
        Seeds.each(200, random -> {
            Lane failing = lane(MAX_BYTES, random);
            long now = 0;
            List<Long> delays = new ArrayList<>();
            for (int failures = 1; failures <= 30; failures++) {
                failing.begin(now, 1).orElseThrow();
                failing.failed(now, "refused", false);
                long delayMs = failing.notBeforeMs() - now;
                assertThat(delayMs).isBetween(0L, BACKOFF.boundMs(failures));
                assertThat(failing.status(1).failures()).isEqualTo(failures);
                delays.add(delayMs);
                now = failing.notBeforeMs();
            }
            assertThat(delays.subList(10, 30)).as("in 20 draws up to 2 s").anyMatch(delayMs -> delayMs > 800);
        });
    }

    @Test
    void shouldForgetFailuresOnceEntriesGotThrough() {
        failTimes(10);
        Call probe = beginWhenAllowed(8);
        lane.acknowledged(now, probe, 0, 0, 8);
        Call call = lane.begin(now, 8).orElseThrow();
        lane.acknowledged(now, call, 8, 8, 8);

        assertThat(lane.status(8)).isEqualTo(new Lane.Status(Lane.State.CAUGHT_UP, 0, null));
    }

    @Test
    void shouldBackOffFromASecondaryThatClaimsAnImpossibleEnd() {
        for (long impossible : new long[] {-5, Long.MIN_VALUE, 9}) {
            Call call = beginWhenAllowed(8);
            assertThat(lane.acknowledged(now, call, 0, impossible, 8)).isEqualTo(Answer.NOT_COUNTED);
            assertThat(lane.status(8).lastError()).contains("claims to hold " + impossible);
        }
        assertThat(beginWhenAllowed(8)).isEqualTo(new Call(8, 0, 0));
    }

    @Test
    void shouldForgetFailuresOnceNothingIsLeftToSend() {
        failTimes(3);
        Call probe = beginWhenAllowed(8);
        lane.acknowledged(now, probe, 0, 8, 8);

        assertThat(lane.status(8).failures()).isZero();
        assertThat(lane.status(8).lastError()).isNull();
    }

    /** Or a secondary that answers probes and chokes on entries would be called without a pause. */
    @Test
    void shouldNotForgetFailuresForAProbeThatSucceeded() {
        failTimes(5);
        Call probe = beginWhenAllowed(8);
        lane.acknowledged(now, probe, 0, 0, 8);
        assertThat(lane.status(8).failures()).isEqualTo(5);
        assertThat(lane.status(8).lastError()).isEqualTo("refused");

        lane.begin(now, 8).orElseThrow();
        lane.failed(now, "refused", false);
        assertThat(lane.status(8).failures()).isEqualTo(6);
    }

    @Test
    void shouldBackOffFromASecondaryThatTakesNothing() {
        catchUp(0);
        for (int failures = 1; failures <= 6; failures++) {
            Call call = lane.begin(now, 8).orElseThrow();
            assertThat(lane.acknowledged(now, call, 8, 0, 8)).isEqualTo(Answer.NOT_COUNTED);
            assertThat(lane.status(8).failures()).isEqualTo(failures);
            assertThat(lane.status(8).lastError()).contains("took none of 8");
            assertThat(lane.notBeforeMs()).isBetween(now, now + BACKOFF.boundMs(failures));
            Call probe = beginWhenAllowed(8);
            assertThat(probe.maxEntries()).isZero();
            assertThat(lane.acknowledged(now, probe, 0, 0, 8)).isEqualTo(Answer.COUNTED);
        }
    }

    @Test
    void shouldNotCountASecondaryThatIsAheadOfThePrimary() {
        Call probe = lane.begin(0, 5).orElseThrow();

        assertThat(lane.acknowledged(10, probe, 0, 6, 5)).isEqualTo(Answer.NOT_COUNTED);
        assertThat(lane.status(5).failures()).isEqualTo(1);
        assertThat(lane.status(5).lastError()).contains("6").contains("5");
        assertThat(lane.notBeforeMs()).isBetween(10L, 60L);
        assertThat(lane.begin(100, 5)).as("nor goes on from there").contains(new Call(5, 0, 0));
    }

    @Test
    void shouldSendHalfAsMuchAfterEachTimeOut() {
        catchUp(0);
        int expected = MAX_BYTES;
        for (int i = 0; i < 10; i++) {
            Call call = beginSending(8);
            assertThat(call.maxBytes()).isEqualTo(expected);
            lane.failed(now, "timed out", true);
            expected = Math.max(CallSize.MIN_BYTES, expected / 2);
        }
        assertThat(beginSending(8).maxBytes()).isEqualTo(CallSize.MIN_BYTES);
    }

    @Test
    void shouldSendAsMuchAsBeforeAfterAnyOtherFailure() {
        catchUp(0);
        beginSending(8);
        lane.failed(now, "refused", false);

        assertThat(beginSending(8).maxBytes()).isEqualTo(MAX_BYTES);
    }

    @Test
    void shouldSendTwiceAsMuchAfterEachSuccessUpToItsLimit() {
        catchUp(0);
        for (int i = 0; i < 10; i++) {
            beginSending(100);
            lane.failed(now, "timed out", true);
        }
        int expected = CallSize.MIN_BYTES;
        for (int held = 1; held <= 10; held++) {
            Call call = beginSending(100);
            assertThat(call.maxBytes()).isEqualTo(expected);
            lane.acknowledged(now, call, 1, held, 100);
            expected = Math.min(MAX_BYTES, expected * 2);
        }
        assertThat(expected).isEqualTo(MAX_BYTES);
    }

    @Test
    void shouldNeverSendMoreThanItsLimitHoweverSmallOrLarge() {
        for (int limit : new int[] {1, 100, CallSize.MIN_BYTES, Integer.MAX_VALUE}) {
            Lane limited = lane(limit, new Random(1));
            Call probe = limited.begin(0, 100).orElseThrow();
            limited.acknowledged(0, probe, 0, 0, 100);
            for (int held = 1; held <= 40; held++) {
                Call call = limited.begin(0, 100).orElseThrow();
                assertThat(call.maxBytes()).isBetween(1, limit);
                limited.acknowledged(0, call, 1, held, 100);
            }
            limited.begin(0, 100).orElseThrow();
            limited.failed(0, "timed out", true);
            Call again = limited.begin(1_000, 100).orElseThrow();
            limited.acknowledged(1_000, again, 0, 40, 100);
            assertThat(limited.begin(1_000, 100).orElseThrow().maxBytes()).isBetween(1, limit);
        }
    }

    @Test
    void shouldStopWhileTheSecondaryIsUnhealthyAndWakeWithTheFirstGoodHeartbeat() {
        catchUp(5);
        failTimes(12);
        lane.health(Health.SUSPECTED);
        lane.health(Health.UNHEALTHY);
        assertThat(lane.begin(now + 1_000_000, 8)).isEmpty();

        lane.health(Health.HEALTHY);
        assertThat(lane.begin(now, 8)).as("at once, whatever the backoff").contains(new Call(5, 0, 0));
    }

    @Test
    void shouldGoOnWhileTheSecondaryIsOnlySuspected() {
        catchUp(5);
        lane.health(Health.HEALTHY);
        lane.health(Health.SUSPECTED);

        assertThat(lane.begin(2, 8)).isPresent();
    }

    @Test
    void shouldKeepBackingOffWhileHeartbeatsGoOnAsBefore() {
        lane.health(Health.HEALTHY);
        failTimes(12);
        long notBeforeMs = lane.notBeforeMs();
        lane.health(Health.HEALTHY);

        assertThat(lane.notBeforeMs()).isEqualTo(notBeforeMs);
    }

    @Test
    void shouldAskAgainWhenTheSecondaryMayBeANewProcess() {
        lane.health(Health.HEALTHY);
        catchUp(5);
        lane.health(Health.SUSPECTED);
        lane.health(Health.HEALTHY);

        assertThat(lane.begin(2, 8)).contains(new Call(5, 0, 0));
    }

    @Test
    void shouldStartAtOnceAfterAReset() {
        catchUp(5);
        failTimes(12);
        lane.reset();

        assertThat(lane.begin(now, 2)).contains(new Call(2, 0, 0));
    }

    @Test
    void shouldLookFurtherBackAtOnceWhereTheLogsDiffer() {
        Call probe = lane.begin(0, 8).orElseThrow();
        assertThat(probe.from()).as("mostly they are the same").isEqualTo(8);

        lane.steppedBack(1, probe, 5);

        assertThat(lane.status(8).failures()).isZero();
        Call next = lane.begin(1, 8).orElseThrow();
        assertThat(next).isEqualTo(new Call(5, 0, 0));
        lane.acknowledged(2, next, 0, 5, 8);
        assertThat(lane.begin(2, 8)).hasValueSatisfying(call -> {
            assertThat(call.from()).isEqualTo(5);
            assertThat(call.maxEntries()).isPositive();
        });
    }

    @Test
    void shouldBackOffFromASecondaryThatLeadsItNoFurtherBack() {
        Call probe = lane.begin(0, 8).orElseThrow();

        lane.steppedBack(1, probe, 8);

        assertThat(lane.status(8).failures()).isEqualTo(1);
        assertThat(lane.status(8).lastError()).contains("before offset 8");
    }

    private void catchUp(long end) {
        Call probe = lane.begin(0, end).orElseThrow();
        assertThat(lane.acknowledged(1, probe, 0, end, end)).isEqualTo(Answer.CAUGHT_UP);
    }

    private void failTimes(int failures) {
        for (int i = 0; i < failures; i++) {
            beginWhenAllowed(8);
            lane.failed(now, "refused", false);
        }
    }

    private Call beginWhenAllowed(long end) {
        now = Math.max(now, lane.notBeforeMs());
        return lane.begin(now, end).orElseThrow();
    }

    /** Begins a call that carries entries, after a probe where the lane wants one. */
    private Call beginSending(long end) {
        Call call = beginWhenAllowed(end);
        if (call.maxEntries() == 0) {
            lane.acknowledged(now, call, 0, call.from(), end);
            call = lane.begin(now, end).orElseThrow();
        }
        assertThat(call.maxEntries()).isPositive();
        return call;
    }

    private static Lane lane(int maxBytes, Random random) {
        return new Lane(new Lane.Limits(100, maxBytes, 1_000, 6_000), BACKOFF, random);
    }
}
