package io.replicatedlog.primary;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.membership.Health;
import io.replicatedlog.primary.Lane.Answer;
import io.replicatedlog.primary.Lane.Call;
import io.replicatedlog.primary.Lane.State;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A lane to a secondary that answers. */
class LaneTest {

    private static final int MAX_ENTRIES = 100;
    private static final int MAX_BYTES = 64 * 1024;
    private static final Call PROBE = new Call(0, 0, 0);

    private final Lane lane =
            new Lane(new Lane.Limits(MAX_ENTRIES, MAX_BYTES, 1_000, 6_000), new Backoff(50, 2_000), new Random(1));

    @Test
    void shouldAskFirstWhereTheSecondaryStands() {
        assertThat(lane.begin(0, 0)).contains(PROBE);
        lane.acknowledged(1, PROBE, 0, 0, 0);

        Lane another = new Lane(new Lane.Limits(1, 1, 1, 1), new Backoff(1, 1), new Random(1));
        assertThat(another.begin(0, 7)).as("however much there is to send").contains(new Call(7, 0, 0));
    }

    @Test
    void shouldGoOnFromWhatTheSecondaryHolds() {
        Call probe = lane.begin(0, 7).orElseThrow();
        lane.acknowledged(1, probe, 0, 4, 7);

        assertThat(lane.begin(1, 7)).contains(new Call(4, MAX_ENTRIES, MAX_BYTES));
    }

    @Test
    void shouldSendEverythingThatGatheredMeanwhileAsOneBatch() {
        catchUp(0);
        Call first = lane.begin(10, 1).orElseThrow();
        assertThat(lane.begin(11, 50)).as("one call at a time").isEmpty();

        lane.acknowledged(12, first, 1, 1, 50);

        Call second = lane.begin(12, 50).orElseThrow();
        assertThat(second).isEqualTo(new Call(1, MAX_ENTRIES, MAX_BYTES));
        lane.acknowledged(13, second, 49, 50, 50);
        assertThat(lane.begin(13, 50)).as("nothing is left").isEmpty();
    }

    @Test
    void shouldMakeOneCallAtATime() {
        Call probe = lane.begin(0, 5).orElseThrow();
        assertThat(lane.begin(100_000, 5)).isEmpty();
        lane.acknowledged(1, probe, 0, 0, 5);

        lane.begin(2, 5).orElseThrow();
        assertThat(lane.begin(100_000, 99)).isEmpty();
    }

    @Test
    void shouldSayNothingWhileThereIsNothingToSayAndThenAskAgain() {
        catchUp(5);

        assertThat(lane.begin(1_000, 5)).isEmpty();
        assertThat(lane.begin(1_001, 5)).contains(new Call(5, 0, 0));
    }

    @Test
    void shouldAskAtOnceAndOnceForEachRoundThatIsWanted() {
        catchUp(5);
        lane.want(3);
        Call probe = lane.begin(2, 5).orElseThrow();
        assertThat(probe).isEqualTo(new Call(5, 0, 0));

        lane.want(3);
        lane.acknowledged(3, probe, 0, 5, 5);
        assertThat(lane.begin(3, 5)).isEmpty();

        lane.want(4);
        assertThat(lane.begin(3, 5)).isPresent();
    }

    @Test
    void shouldAskOnceMoreForARoundThatBeganDuringACall() {
        catchUp(5);
        Call call = lane.begin(2, 6).orElseThrow();
        lane.want(1);
        assertThat(lane.begin(2, 6)).as("one call at a time").isEmpty();

        lane.acknowledged(3, call, 1, 6, 6);

        assertThat(lane.begin(3, 6)).contains(new Call(6, 0, 0));
    }

    @Test
    void shouldCountACallWithEntriesForTheRoundThatIsWanted() {
        catchUp(5);
        lane.want(1);
        Call call = lane.begin(2, 6).orElseThrow();
        assertThat(call.maxEntries()).isPositive();

        lane.acknowledged(3, call, 1, 6, 6);

        assertThat(lane.begin(3, 6)).isEmpty();
    }

    @Test
    void shouldNotAskASecondaryThatIsUnhealthyOrBacksOffForARound() {
        catchUp(5);
        lane.health(Health.UNHEALTHY);
        lane.want(1);
        assertThat(lane.begin(2, 5)).isEmpty();

        lane.health(Health.HEALTHY);
        lane.begin(2, 5).orElseThrow();
        lane.failed(3, "no answer in time", false);
        lane.want(2);
        assertThat(lane.begin(lane.notBeforeMs() - 1, 5)).isEmpty();
        assertThat(lane.begin(lane.notBeforeMs(), 5)).isPresent();
    }

    @Test
    void shouldSendAtOnceHoweverRecentlyItAsked() {
        catchUp(5);

        assertThat(lane.begin(1, 6)).contains(new Call(5, MAX_ENTRIES, MAX_BYTES));
    }

    @Test
    void shouldStepBackToWhatTheSecondaryStillHolds() {
        catchUp(5);
        Call call = lane.begin(2, 8).orElseThrow();

        assertThat(lane.acknowledged(3, call, 3, 0, 8)).as("it was emptied").isEqualTo(Answer.COUNTED);

        assertThat(lane.begin(3, 8)).contains(new Call(0, MAX_ENTRIES, MAX_BYTES));
    }

    @Test
    void shouldNoticeByItselfThatACaughtUpSecondaryLostData() {
        catchUp(5);
        Call probe = lane.begin(1_001, 5).orElseThrow();

        lane.acknowledged(1_002, probe, 0, 2, 5);

        assertThat(lane.status(5).state()).isEqualTo(State.SENDING);
        assertThat(lane.begin(1_002, 5)).contains(new Call(2, MAX_ENTRIES, MAX_BYTES));
    }

    @Test
    void shouldReportOnceThatTheSecondaryCaughtUp() {
        Call probe = lane.begin(0, 2).orElseThrow();
        assertThat(lane.acknowledged(1, probe, 0, 0, 2)).isEqualTo(Answer.COUNTED);
        Call one = lane.begin(1, 2).orElseThrow();
        assertThat(lane.acknowledged(2, one, 1, 1, 2)).isEqualTo(Answer.COUNTED);
        Call two = lane.begin(2, 2).orElseThrow();
        assertThat(lane.acknowledged(3, two, 1, 2, 2)).isEqualTo(Answer.CAUGHT_UP);
        Call three = lane.begin(3, 3).orElseThrow();
        assertThat(lane.acknowledged(4, three, 1, 3, 3))
                .as("it never fell behind")
                .isEqualTo(Answer.COUNTED);

        lane.begin(5, 4).orElseThrow();
        lane.failed(6, "refused", false);
        Call again = lane.begin(10_000, 4).orElseThrow();
        assertThat(lane.acknowledged(10_001, again, 0, 4, 4)).isEqualTo(Answer.CAUGHT_UP);
    }

    @Test
    void shouldShowWhatItIsDoing() {
        assertThat(lane.status(0).state()).isEqualTo(State.SENDING);
        catchUp(3);
        assertThat(lane.status(3)).isEqualTo(new Lane.Status(State.CAUGHT_UP, 0, null));
        assertThat(lane.status(4).state()).isEqualTo(State.SENDING);
        lane.begin(2, 4).orElseThrow();
        lane.failed(3, "refused", false);
        assertThat(lane.status(4)).isEqualTo(new Lane.Status(State.BACKING_OFF, 1, "refused"));
        lane.health(Health.UNHEALTHY);
        assertThat(lane.status(4)).isEqualTo(new Lane.Status(State.STOPPED, 1, "refused"));
    }

    @Test
    void shouldKnowWhenACallTakesTooLong() {
        assertThat(lane.isOverdue(1_000_000)).as("none is under way").isFalse();
        Call probe = lane.begin(10, 1).orElseThrow();

        assertThat(lane.isOverdue(6_010)).isFalse();
        assertThat(lane.isOverdue(6_011)).isTrue();
        lane.acknowledged(7_000, probe, 0, 1, 1);
        assertThat(lane.isOverdue(1_000_000)).isFalse();
    }

    @Test
    void shouldWorkOnAClockThatIsNegative() {
        long now = -5_000_000;
        Call probe = lane.begin(now, 1).orElseThrow();
        lane.acknowledged(now + 1, probe, 0, 1, 1);

        assertThat(lane.begin(now + 2, 1)).isEmpty();
        assertThat(lane.isOverdue(now + 2)).isFalse();
        assertThat(lane.begin(now + 1_001, 1)).isPresent();
    }

    @Test
    void shouldBeginAgainAtTheStartOfALogThatWasReplaced() {
        catchUp(5);
        lane.reset();

        assertThat(lane.begin(2, 0)).contains(PROBE);
        lane.acknowledged(3, PROBE, 0, 0, 2);
        assertThat(lane.begin(3, 2)).contains(new Call(0, MAX_ENTRIES, MAX_BYTES));
    }

    /** The next reign begins without what heartbeats said in the one before: they had stopped meanwhile. */
    @Test
    void shouldCallASecondaryInTheNextReignThatWasUnhealthyInTheOneBefore() {
        catchUp(5);
        lane.health(Health.UNHEALTHY);
        assertThat(lane.begin(2, 6)).isEmpty();

        lane.reset();

        assertThat(lane.status(6).state()).isEqualTo(State.SENDING);
        assertThat(lane.begin(2, 6)).contains(new Call(6, 0, 0));
    }

    @Test
    void shouldLeaveACallAloneThatIsUnderWayWhenTheLogIsReplaced() {
        catchUp(5);
        lane.begin(2, 6).orElseThrow();
        lane.reset();
        assertThat(lane.begin(3, 2)).isEmpty();

        lane.abandoned();
        assertThat(lane.begin(4, 2)).contains(new Call(2, 0, 0));
        assertThat(lane.status(2).failures()).as("that is no failure").isZero();
    }

    @Test
    void shouldNotAskBeyondTheEndOfTheLog() {
        catchUp(5);
        lane.begin(2, 6).orElseThrow();
        lane.abandoned();

        assertThat(lane.begin(3, 2)).contains(new Call(2, 0, 0));
    }

    /** At time 1 the secondary holds everything below {@code end}, which is all there is. */
    private void catchUp(long end) {
        Call probe = lane.begin(0, end).orElseThrow();
        assertThat(lane.acknowledged(1, probe, 0, end, end)).isEqualTo(Answer.CAUGHT_UP);
    }
}
