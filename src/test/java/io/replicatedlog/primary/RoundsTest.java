package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.nodeId;
import static io.replicatedlog.primary.SampleNodes.secondary;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.protocol.Acknowledgement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which refills are confirmed among five nodes: this one and four secondaries, of which the first is refilled. */
class RoundsTest {

    private static final long REFILL = 77;

    private final Rounds rounds = new Rounds();

    @BeforeEach
    void begin() {
        rounds.begin(5);
    }

    @Test
    void shouldConfirmARefillOnceAMajorityHasAnsweredCallsSentAfterItBegan() {
        refilled(1, REFILL);
        assertThat(confirmed(1)).isZero();

        complete(2, rounds.current());
        assertThat(confirmed(1)).as("two of five").isZero();
        complete(3, rounds.current());

        assertThat(confirmed(1)).isEqualTo(REFILL);
    }

    /** A reign that the member has forgotten may have begun between that call and its refill. */
    @Test
    void shouldNotCountAnswersToCallsThatWereSentBefore() {
        long before = rounds.current();
        complete(4, before);
        refilled(1, REFILL);

        complete(2, before);
        complete(3, before);
        assertThat(confirmed(1)).isZero();

        complete(2, rounds.current());
        complete(3, rounds.current());
        assertThat(confirmed(1)).isEqualTo(REFILL);
    }

    @Test
    void shouldNotForgetALaterAnswerForAnEarlierOne() {
        long before = rounds.current();
        refilled(1, REFILL);
        complete(2, rounds.current());
        complete(3, rounds.current());

        complete(2, before);

        assertThat(confirmed(1)).isEqualTo(REFILL);
    }

    @Test
    void shouldCountOneMemberOnce() {
        refilled(1, REFILL);

        complete(2, rounds.current());
        complete(2, rounds.current());
        complete(2, rounds.current());

        assertThat(confirmed(1)).isZero();
    }

    @Test
    void shouldCountNoMemberThatIsRefilledItself() {
        refilled(1, REFILL);
        complete(2, rounds.current());
        complete(3, rounds.current());
        assertThat(confirmed(1)).isEqualTo(REFILL);

        refilled(3, 5);
        assertThat(confirmed(1)).as("what it answered before it lost something").isZero();
        refilled(4, 6);

        assertThat(confirmed(1)).isZero();
        assertThat(confirmed(3)).isZero();
        assertThat(confirmed(4)).isZero();
    }

    @Test
    void shouldCountAMemberAgainOnceItsOwnRefillIsOver() {
        refilled(1, REFILL);
        refilled(2, 5);
        complete(3, rounds.current());
        assertThat(confirmed(1)).isZero();

        complete(2, rounds.current());

        assertThat(confirmed(1)).isEqualTo(REFILL);
        assertThat(confirmed(2)).as("it is complete").isZero();
    }

    @Test
    void shouldNotConfirmTheNextRefillForTheOneBefore() {
        refilled(1, REFILL);
        complete(2, rounds.current());
        complete(3, rounds.current());
        assertThat(confirmed(1)).isEqualTo(REFILL);

        refilled(1, REFILL + 1);
        assertThat(confirmed(1)).isZero();

        complete(2, rounds.current());
        complete(3, rounds.current());
        assertThat(confirmed(1)).isEqualTo(REFILL + 1);
    }

    @Test
    void shouldNotBeginAgainWhileTheSameRefillGoesOn() {
        refilled(1, REFILL);
        long round = rounds.current();
        complete(2, round);
        complete(3, round);

        refilled(1, REFILL);

        assertThat(rounds.current()).isEqualTo(round);
        assertThat(confirmed(1)).isEqualTo(REFILL);
    }

    @Test
    void shouldForgetAMemberThatFollowsNoMore() {
        refilled(1, REFILL);
        complete(2, rounds.current());
        complete(3, rounds.current());

        rounds.forget(secondary(3));
        assertThat(confirmed(1)).isZero();
        complete(3, rounds.current());
        assertThat(confirmed(1)).isEqualTo(REFILL);

        rounds.forget(secondary(1));
        assertThat(confirmed(1)).isZero();
    }

    @Test
    void shouldConfirmAtOnceWhereNoOtherReignIsPossible() {
        assertThat(rounds.confirmedRefill(secondary(1), true))
                .as("there is none")
                .isZero();

        refilled(1, REFILL);

        assertThat(rounds.confirmedRefill(secondary(1), true)).isEqualTo(REFILL);
        assertThat(confirmed(1)).as("elsewhere").isZero();
    }

    @Test
    void shouldForgetEverythingWithTheReign() {
        refilled(1, REFILL);
        complete(2, rounds.current());
        complete(3, rounds.current());

        rounds.begin(5);

        assertThat(confirmed(1)).isZero();
        refilled(1, REFILL);
        assertThat(confirmed(1)).as("what was answered in the reign before").isZero();
    }

    @Test
    void shouldConfirmARefillByThePrimaryAloneWhereNoMajorityCanBeMadeWithoutIt() {
        rounds.begin(2);

        refilled(1, REFILL);

        assertThat(confirmed(1)).isEqualTo(REFILL);
    }

    @Test
    void shouldKnowTheLatestRoundThatAMajorityHasAnswered() {
        assertThat(rounds.confirmed()).as("nobody has answered").isNegative();
        complete(1, 1);
        assertThat(rounds.confirmed()).as("two of five").isNegative();
        complete(2, 3);
        assertThat(rounds.confirmed()).isEqualTo(1);
        complete(3, 2);
        assertThat(rounds.confirmed()).isEqualTo(2);

        rounds.forget(secondary(2));
        assertThat(rounds.confirmed()).isEqualTo(1);
        refilled(1, REFILL);
        assertThat(rounds.confirmed()).isNegative();
    }

    /** For a refill one answer less would do: the one that is refilled is not among those that confirm it. */
    @Test
    void shouldNeedMoreThanHalfOfAnEvenNumber() {
        rounds.begin(4);
        complete(1, 1);
        assertThat(rounds.confirmed()).isNegative();
        complete(2, 1);
        assertThat(rounds.confirmed()).isEqualTo(1);
    }

    @Test
    void shouldNeedNobodyElseWhereItIsAlone() {
        rounds.begin(1);

        assertThat(rounds.confirmed()).isGreaterThan(rounds.current());
    }

    private void complete(int number, long round) {
        rounds.answered(secondary(number), round, new Acknowledgement(nodeId(number), 0, 0));
    }

    private void refilled(int number, long refill) {
        rounds.answered(secondary(number), rounds.current(), new Acknowledgement(nodeId(number), 0, refill));
    }

    private long confirmed(int number) {
        return rounds.confirmedRefill(secondary(number), false);
    }
}
