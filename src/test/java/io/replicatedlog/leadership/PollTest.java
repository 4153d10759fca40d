package io.replicatedlog.leadership;

import static io.replicatedlog.leadership.SampleMembers.LOG;
import static io.replicatedlog.leadership.SampleMembers.OTHER_LOG;
import static io.replicatedlog.leadership.SampleMembers.follows;
import static io.replicatedlog.leadership.SampleMembers.holds;
import static io.replicatedlog.leadership.SampleMembers.holdsOf;
import static io.replicatedlog.leadership.SampleMembers.isIncomplete;
import static io.replicatedlog.leadership.SampleMembers.knowsNothing;
import static io.replicatedlog.leadership.SampleMembers.member;
import static io.replicatedlog.leadership.SampleMembers.members;
import static io.replicatedlog.leadership.SampleMembers.node;
import static io.replicatedlog.leadership.SampleMembers.remembers;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Question;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Whether a node that hears of no primary would be promised an epoch: asked before it stands. */
class PollTest {

    private static final long EPOCH = 9;

    private final Map<Member, FakeMember> others = new HashMap<>();
    private boolean mayBegin = true;
    private OptionalInt sufficient = OptionalInt.empty();
    private Question question;
    private int answers;

    @Test
    void shouldBeWonOnceAMajorityWouldPromise() {
        Poll poll = asks(5, holds(1, 5, 9));
        assertThat(poll.isWon(true)).isFalse();

        other(3).wouldPromise(holds(3, 5, 9));
        assertThat(poll.isWon(true)).isFalse();
        other(5).wouldPromise(holds(5, 5, 9));

        assertThat(poll.isWon(false)).isTrue();
        assertThat(answers).isEqualTo(2);
    }

    @Test
    void shouldAskEveryOtherMemberTheSame() {
        asks(3, holds(1, 5, 9));

        assertThat(other(2).questions()).containsExactly(question);
        assertThat(other(3).questions()).containsExactly(question);
    }

    @Test
    void shouldNotCountAMemberThatIsNotComplete() {
        Poll poll = asks(3, holds(1, 5, 9));

        other(2).wouldPromise(isIncomplete(2, 5, 9));
        assertThat(poll.isWon(true)).isFalse();
        other(3).wouldPromise(holds(3, 5, 7));

        assertThat(poll.isWon(true)).isTrue();
    }

    @Test
    void shouldNotCountItselfWhereItIsNotComplete() {
        Poll poll = asks(3, isIncomplete(1, 5, 9));

        other(2).wouldPromise(holds(2, 5, 9));
        assertThat(poll.isWon(true)).isFalse();
        other(3).wouldPromise(holds(3, 5, 9));

        assertThat(poll.isWon(true)).isTrue();
    }

    @Test
    void shouldNotBeWonByThoseThatWouldNotPromise() {
        Poll poll = asks(3, holds(1, 5, 9));

        other(2).wouldNotPromise(Reason.LED, 5);
        other(3).wouldNotPromise(Reason.FURTHER, 7);

        assertThat(poll.isWon(true)).isFalse();
        assertThat(poll.describe())
                .isEqualTo("would be promised an epoch by []; not by {http://node2:8080=it refuses: LED,"
                        + " http://node3:8080=it refuses: FURTHER}");
    }

    @Test
    void shouldSayHowManyDoNotAnswer() {
        Poll poll = asks(3, holds(1, 5, 9));

        other(2).wouldPromise(holds(2, 5, 9));

        assertThat(poll.describe())
                .isEqualTo(
                        "would be promised an epoch by [http://node2:8080]; not by {}; without an answer: 1. If others"
                                + " can never answer: replicatedlog.recovery-answers=1 lets this node lead without them, and what"
                                + " only they hold is lost to the log");
    }

    /** The next candidacy must be in a higher epoch than any that was promised. */
    @Test
    void shouldLearnTheHighestEpochFromEveryAnswer() {
        Poll poll = asks(5, holds(1, 5, 9));
        assertThat(poll.epoch()).isZero();

        other(2).wouldPromise(follows(6, holds(2, 5, 9)));
        assertThat(poll.epoch()).isEqualTo(6);
        other(3).wouldNotPromise(Reason.FURTHER, 8);
        assertThat(poll.epoch()).isEqualTo(8);
        other(4).wouldNotPromise(Reason.LED, 7);

        assertThat(poll.epoch()).isEqualTo(8);
    }

    @Test
    void shouldBeWonForANewLogOnceEveryMemberHasSaidThatItKnowsOfNone() {
        Poll poll = asks(3, knowsNothing(1));

        other(2).wouldPromise(knowsNothing(2));
        assertThat(poll.isWon(true)).isFalse();
        other(3).wouldPromise(knowsNothing(3));

        assertThat(poll.isWon(false)).isTrue();
    }

    @Test
    void shouldNotBeWonForANewLogWhereAMemberKnowsOfOne() {
        Poll poll = asks(3, knowsNothing(1));

        other(2).wouldPromise(knowsNothing(2));
        other(3).wouldPromise(isIncomplete(3, 5, 0));

        assertThat(poll.isWon(true)).isFalse();
    }

    @Test
    void shouldNotBeWonForANewLogWhereAnotherNodeIsConfiguredToBeginOne() {
        mayBegin = false;
        Poll poll = asks(3, knowsNothing(1));

        other(2).wouldPromise(knowsNothing(2));
        other(3).wouldPromise(knowsNothing(3));

        assertThat(poll.isWon(true)).isFalse();
    }

    @Test
    void shouldBeWonByAStorageThatReplacesALostOneOnceAMajorityOfTheOthersWouldPromise() {
        Poll poll = asks(3, knowsNothing(1));

        other(2).wouldPromise(holds(2, 5, 9));
        assertThat(poll.isWon(true)).isFalse();
        other(3).wouldPromise(holds(3, 5, 8));

        assertThat(poll.isWon(false)).isTrue();
    }

    @Test
    void shouldNotBeWonWhereTheOthersKnowOfDifferentLogs() {
        Poll poll = asks(4, knowsNothing(1));

        other(2).wouldPromise(holds(2, 5, 9));
        other(3).wouldPromise(holds(3, 5, 9));
        other(4).wouldPromise(holdsOf(OTHER_LOG, 4, 5, 9));

        assertThat(poll.isWon(true)).isFalse();
    }

    @Test
    void shouldBeWonAloneWhereThereIsNobodyElse() {
        assertThat(asks(1, knowsNothing(1)).isWon(false)).isTrue();
        assertThat(asks(1, isIncomplete(1, 5, 9)).isWon(false)).isTrue();
    }

    @Test
    void shouldBeWonWithWhatAnOperatorSaysOnceTheOthersHadTheirTime() {
        sufficient = OptionalInt.of(1);
        Poll poll = asks(5, holds(1, 5, 9));

        assertThat(poll.isWon(true)).isFalse();
        other(2).wouldPromise(isIncomplete(2, 5, 9));

        assertThat(poll.isWon(false)).isFalse();
        assertThat(poll.isWon(true)).isTrue();
    }

    /** The operator has decided for the time when nobody leads. */
    @Test
    void shouldNotBeWonByAnOperatorsDecisionWhileAMemberHearsFromAPrimary() {
        sufficient = OptionalInt.of(1);
        Poll poll = asks(5, holds(1, 5, 9));

        other(2).wouldPromise(holds(2, 5, 9));
        other(3).wouldNotPromise(Reason.LED, 5);

        assertThat(poll.isWon(true)).isFalse();
    }

    private Poll asks(int nodes, Position own) {
        for (int number = 2; number <= nodes; number++) {
            others.put(member(number), new FakeMember(number, new InMemoryLog(1)));
        }
        question = new Question(node(1), member(1).url(), Optional.of(LOG), own.matched(), own.end());
        Poll poll = new Poll(
                new Electorate(member(1), members(nodes), mayBegin, false, sufficient),
                remembers(own, 2, nodes, EPOCH),
                question);
        poll.ask(others::get, Runnable::run, () -> answers++);
        return poll;
    }

    private FakeMember other(int number) {
        return others.get(member(number));
    }
}
