package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.secondary;
import static io.replicatedlog.primary.SamplePrimary.FIRST;
import static io.replicatedlog.primary.SamplePrimary.LOG_ID;
import static io.replicatedlog.primary.SamplePrimary.NODE;
import static io.replicatedlog.primary.SamplePrimary.SECOND;
import static java.util.logging.Level.WARNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.membership.Health;
import io.replicatedlog.membership.NodeIds;
import io.replicatedlog.node.LogLines;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.NotAcknowledgedException;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.tracing.Tracing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The sender to one secondary, step by step: nothing runs, and nobody answers, before the test says so. */
class SenderTest {

    private static final UUID FIRST_NODE = new UUID(9, 1);
    private static final long LONG_MS = 60_000;

    private final SamplePrimary node = new SamplePrimary(new InMemoryLog(1_000_000)).leads(FIRST);
    private final ManualExecutor executor = new ManualExecutor();
    private final NodeIds ids = new NodeIds(new Member(SamplePrimary.URL), NODE);
    private final LogLines lines = new LogLines(Sender.class);

    /** What the listener was told, in its order. */
    private final List<String> told = new ArrayList<>();

    /** What the meters counted, in its order. */
    private final List<String> counted = new ArrayList<>();

    private final FakePeer peer = new FakePeer(FIRST_NODE);
    private final Sender sender = sender(1, peer);

    private final class Listener implements Sender.Listener {
        @Override
        public void acknowledged(Member member) {
            told.add("acknowledged by " + member.url().getHost());
        }

        @Override
        public void notFollowing(Member member) {
            told.add("not followed by " + member.url().getHost());
        }

        @Override
        public void fenced(Reign over, ReplicationRefusedException by) {
            told.add("fenced in epoch " + over.epoch() + " by " + by.epoch());
        }
    }

    private Sender sender(int number, FakePeer to) {
        Sender.Meters meters = new Sender.Meters() {
            @Override
            public void acknowledged(int entries, long nanos) {
                counted.add(entries + " entries in " + nanos / 1_000_000 + " ms");
            }

            @Override
            public void failed() {
                counted.add("failed");
            }
        };
        return new Sender(
                secondary(number),
                to,
                node.primary,
                new Lane(new Lane.Limits(100, 100_000, 1_000, 6_000), new Backoff(50, 2_000), new Random(1)),
                0,
                1_000,
                new Sender.Services(executor, node.time, node.time, ids, Tracing.none(), new Listener()),
                meters);
    }

    @AfterEach
    void close() {
        lines.close();
    }

    @Test
    void shouldAskWhereTheSecondaryStandsAndSendTheRest() {
        CompletableFuture<Outcome> waiter = node.append("a", 2);
        node.append("b", 1);
        wake();
        assertThat(peer.last().records().isEmpty()).isTrue();
        assertThat(peer.last().records().first()).as("mostly it holds all").isEqualTo(2);
        answer(1);
        assertThat(waiter).isCompletedWithValue(new Outcome(0, 2, 2, true));
        assertThat(peer.last().records().first()).isEqualTo(1);
        assertThat(peer.last().records().count()).isEqualTo(1);
        node.time.advance(7);

        answer(2);

        assertThat(peer.isUnderWay()).isFalse();
        assertThat(sender.status()).isEqualTo(new Lane.Status(Lane.State.CAUGHT_UP, 0, null));
        assertThat(node.primary.held(secondary(1))).isEqualTo(2);
        assertThat(told).containsExactly("acknowledged by secondary1", "acknowledged by secondary1");
        assertThat(counted).containsExactly("1 entries in 7 ms");
    }

    @Test
    void shouldMakeOneCallAtATime() {
        wake();
        node.append("a", 1);
        wake();
        wake();
        assertThat(peer.calls()).isEqualTo(1);

        answer(0);

        assertThat(peer.calls()).isEqualTo(2);
        assertThat(peer.last().records().count()).isEqualTo(1);
    }

    @Test
    void shouldSayNothingWithoutAReign() {
        node.primary.end("over");

        wake();

        assertThat(peer.calls()).isZero();
    }

    /** The clients first: whatever the listener does next, they must not be told that their entries are held. */
    @Test
    void shouldEndItsReignBeforeAnythingElseOnceItIsFenced() {
        CompletableFuture<Outcome> waiter = node.append("a", 2);
        waiter.whenComplete((outcome, failure) -> told.add(
                failure == null
                        ? "held"
                        : "outcome unknown, reign " + node.primary.reign().isPresent()));
        wake();

        peer.fail(refused(Reason.FENCED, Optional.of(new Reign(LOG_ID, 4)), 4));

        assertThat(told).containsExactly("outcome unknown, reign false", "fenced in epoch 1 by 4");
        assertThatThrownBy(waiter::join).hasCauseInstanceOf(OutcomeUnknownException.class);
        assertThat(node.primary.reign()).isEmpty();
        node.time.advance(LONG_MS);
        executor.run();
        assertThat(peer.calls()).as("nothing is sent without a reign").isEqualTo(1);
    }

    @Test
    void shouldBeFencedByANodeThatHasOnlyPromisedTheHigherEpoch() {
        wake();

        peer.fail(new CompletionException(refused(Reason.FENCED, Optional.empty(), 2)));

        assertThat(told).containsExactly("fenced in epoch 1 by 2");
        assertThat(node.primary.reign()).isEmpty();
    }

    @Test
    void shouldBeFencedByTheSameEpochOfAnotherNode() {
        wake();

        peer.fail(refused(Reason.FENCED, Optional.of(FIRST), 1));

        assertThat(node.primary.reign()).isEmpty();
    }

    @Test
    void shouldNotBeFencedByTheEpochOfAnotherLog() {
        CompletableFuture<Outcome> waiter = node.append("a", 2);
        wake();

        peer.fail(refused(Reason.FENCED, Optional.of(new Reign(new UUID(2, 2), 9)), 9));

        assertThat(node.primary.reign()).contains(FIRST);
        assertThat(waiter).isNotDone();
        assertThat(told).containsExactly("not followed by secondary1");
        assertThat(node.primary.isFollowedBy(secondary(1))).isFalse();
        node.time.advance(2_000);
        executor.run();
        assertThat(peer.calls()).as("tried again").isEqualTo(2);
    }

    @Test
    void shouldNotBeFencedByAnyOtherRefusalOrAnEpochThatIsOver() {
        for (Reason reason : Reason.values()) {
            wake();
            long epoch = reason == Reason.FENCED ? 0 : 9;
            peer.fail(refused(reason, Optional.of(new Reign(LOG_ID, epoch)), epoch));
            assertThat(node.primary.reign()).as(reason.name()).contains(FIRST);
            node.time.advance(2_000);
            executor.run();
            peer.answer(0);
            executor.run();
            node.time.advance(1_000);
        }
    }

    /** The answer comes late: the reign that it is about was over already. */
    @Test
    void shouldNotEndTheNextReignForAnAnswerToTheOneBefore() {
        wake();
        node.leads(SECOND);
        sender.reset();

        peer.fail(refused(Reason.FENCED, Optional.of(SECOND), 2));

        assertThat(node.primary.reign()).contains(SECOND);
        assertThat(told).containsExactly("not followed by secondary1");
    }

    @Test
    void shouldCountNoAnswerToTheReignBeforeAndAskAgain() {
        node.append("a", 1);
        wake();
        node.leads(SECOND);
        sender.reset();

        answer(1);

        assertThat(node.primary.held(secondary(1))).isZero();
        assertThat(told).isEmpty();
        assertThat(peer.last().reign()).isEqualTo(SECOND);
    }

    @Test
    void shouldNoLongerCountASecondaryForWhatItsLogDiffersIn() {
        givenASecondaryThatHolds(3);
        CompletableFuture<Outcome> waiter = node.append("d", 2);
        wake();
        assertThat(peer.last().records().first()).isEqualTo(3);

        peer.fail(new MismatchException(1, 1));
        executor.run();

        assertThat(node.primary.held(secondary(1))).isEqualTo(1);
        assertThat(waiter).isNotDone();
        assertThat(peer.last().records().first()).as("looked for at once").isEqualTo(1);
        assertThat(peer.last().acknowledged()).isEqualTo(1);
        answer(1);
        answer(4);
        assertThat(waiter).isCompletedWithValue(new Outcome(3, 2, 2, true));
        assertThat(counted).as("it is no failure").doesNotContain("failed");
    }

    @Test
    void shouldBackOffFromASecondaryThatSaysNothingBetter() {
        givenASecondaryThatHolds(3);
        node.append("d", 1);
        wake();
        int calls = peer.calls();

        peer.fail(new MismatchException(9, 9));
        executor.run();
        peer.fail(new MismatchException(9, 9));
        executor.run();

        assertThat(peer.calls()).as("each looks further back").isGreaterThan(calls);
    }

    @Test
    void shouldSendToASecondaryThatMayLackSomethingAndNotCountIt() {
        CompletableFuture<Outcome> waiter = node.append("a", 2);
        wake();
        peer.answerIncomplete(0, 77);
        executor.run();
        assertThat(peer.last().records().count()).as("it is refilled").isEqualTo(1);

        peer.answerIncomplete(1, 77);
        executor.run();

        assertThat(waiter).isNotDone();
        assertThat(node.primary.held(secondary(1))).isEqualTo(1);
        assertThat(node.primary.isFollowedBy(secondary(1))).isFalse();
        assertThat(sender.status()).isEqualTo(new Lane.Status(Lane.State.CAUGHT_UP, 0, null));
        node.time.advance(1_000);
        wake();
        answer(1);
        assertThat(waiter).as("it is complete").isCompletedWithValue(new Outcome(0, 2, 2, true));
    }

    /** An answer says what its sender followed when it was asked, and not when it answered. */
    @Test
    void shouldConfirmARefillByAnswersToCallsThatWereSentAfterItBeganAlone() {
        FakePeer other = new FakePeer(new UUID(9, 2));
        Sender second = sender(2, other);
        second.wake();
        executor.run();
        wake();
        peer.answerIncomplete(0, 77);
        executor.run();
        other.answer(0);
        executor.run();

        node.time.advance(1_000);
        wake();
        assertThat(peer.last().confirmed()).as("the other one was asked before").isZero();
        second.wake();
        executor.run();
        other.answer(0);
        peer.answerIncomplete(0, 77);
        executor.run();
        node.time.advance(1_000);
        wake();

        assertThat(peer.last().confirmed()).isEqualTo(77);
    }

    @Test
    void shouldNotCountOneNodeUnderTwoUrls() {
        FakePeer alias = new FakePeer(FIRST_NODE);
        Sender second = sender(2, alias);
        CompletableFuture<Outcome> waiter = node.append("a", 3);
        wake();
        answer(1);
        second.wake();
        executor.run();

        alias.answer(1);
        executor.run();

        assertThat(second.status().state()).isEqualTo(Lane.State.BACKING_OFF);
        assertThat(second.status().lastError())
                .contains(secondary(1).toString())
                .contains(secondary(2).toString())
                .contains("same node");
        assertThat(node.primary.held(secondary(2))).isZero();
        assertThat(node.primary.isFollowedBy(secondary(2))).isFalse();
        assertThat(waiter).isNotDone();
        assertThat(told).containsExactly("acknowledged by secondary1");
        assertThat(lines.at(WARNING)).as("the log file names both").hasSize(1);
    }

    @Test
    void shouldNotCountASecondaryThatIsThePrimaryItself() {
        FakePeer self = new FakePeer(NODE);
        Sender second = sender(2, self);
        second.wake();
        executor.run();

        self.answer(0);

        assertThat(second.status().lastError()).contains(SamplePrimary.URL.toString());
        assertThat(node.primary.isFollowedBy(secondary(2))).isFalse();
    }

    /** A lane that is never given back would be silent for ever. */
    @Test
    void shouldGiveTheLaneBackAfterAnError() {
        peer.throwNext(new NoClassDefFoundError("of the client"));
        wake();
        assertThat(sender.status().failures()).isEqualTo(1);
        assertThat(counted).containsExactly("failed");

        node.time.advance(2_000);
        executor.run();
        assertThat(peer.calls()).isEqualTo(2);
        peer.fail(new StackOverflowError());
        assertThat(sender.status().failures()).isEqualTo(2);
        node.time.advance(2_000);
        executor.run();
        answer(0);

        assertThat(sender.status().failures()).isZero();
        assertThat(lines.at(WARNING)).as("only the first in a row is news").hasSize(1);
    }

    @Test
    void shouldCountNoEndThatCannotBe() {
        node.append("a", 1);
        wake();

        answer(2);

        assertThat(node.primary.held(secondary(1))).isZero();
        assertThat(told).isEmpty();
        assertThat(sender.status().lastError()).contains("claims to hold 2");
    }

    @Test
    void shouldSayThatASecondaryLostData() {
        givenASecondaryThatHolds(3);
        node.append("d", 1);
        wake();

        answer(1);

        assertThat(node.primary.held(secondary(1))).isEqualTo(1);
        assertThat(lines.at(WARNING)).singleElement().asString().contains("lost data");
    }

    @Test
    void shouldSendLessAfterACallThatWasTooLarge() {
        for (int i = 0; i < 100; i++) {
            node.append("x".repeat(900), 1);
        }
        wake();
        answer(0);
        int sent = peer.last().records().count();

        peer.fail(new NotAcknowledgedException("it answered with status 413", true));
        node.time.advance(2_000);
        executor.run();
        answer(0);

        assertThat(peer.last().records().count()).isBetween(1, 60).isLessThan(sent);
    }

    @Test
    void shouldStopWhileTheSecondaryIsUnhealthyAndResumeAtOnce() {
        node.append("a", 1);
        sender.health(Health.SUSPECTED, Health.UNHEALTHY);
        executor.run();
        assertThat(peer.calls()).isZero();
        assertThat(sender.status().state()).isEqualTo(Lane.State.STOPPED);

        sender.health(Health.UNHEALTHY, Health.HEALTHY);
        executor.run();

        assertThat(peer.calls()).isEqualTo(1);
    }

    @Test
    void shouldBreakOffACallThatHangs() {
        wake();
        node.time.advance(6_000);
        sender.health(Health.HEALTHY, Health.HEALTHY);
        assertThat(peer.aborts()).isZero();

        node.time.advance(1);
        sender.health(Health.HEALTHY, Health.HEALTHY);

        assertThat(peer.aborts()).isEqualTo(1);
    }

    @Test
    void shouldMakeNoMoreCallsByItselfOnceItIsStopped() {
        wake();
        peer.fail(new NotAcknowledgedException("it stops", false));
        sender.stop();

        node.time.advance(LONG_MS);
        executor.run();

        assertThat(peer.calls()).isEqualTo(1);
        assertThat(node.time.scheduled()).isZero();
    }

    private void givenASecondaryThatHolds(int entries) {
        for (int i = 0; i < entries; i++) {
            node.append("entry " + i, 1);
        }
        wake();
        answer(entries);
        assertThat(node.primary.held(secondary(1))).isEqualTo(entries);
        told.clear();
        counted.clear();
    }

    private void wake() {
        sender.wake();
        executor.run();
    }

    private void answer(long end) {
        peer.answer(end);
        executor.run();
    }

    private static ReplicationRefusedException refused(Reason reason, Optional<Reign> reign, long epoch) {
        return new ReplicationRefusedException(reason, "not from you", reign, epoch, 0);
    }
}
