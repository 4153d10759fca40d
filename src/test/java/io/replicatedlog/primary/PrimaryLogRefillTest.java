package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.secondary;
import static io.replicatedlog.primary.SamplePrimary.FIRST;
import static io.replicatedlog.primary.SamplePrimary.MEMBERS;
import static io.replicatedlog.primary.SamplePrimary.SECOND;
import static io.replicatedlog.primary.SamplePrimary.keyed;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.protocol.Acknowledgement;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A secondary that may lack something it has acknowledged counts for nothing, until a majority has confirmed its refill. */
class PrimaryLogRefillTest {

    private static final long REFILL = 77;

    private final SamplePrimary node = new SamplePrimary(new InMemoryLog(10_000));
    private final PrimaryLog primary = node.primary;

    @Test
    void shouldNotCountASecondaryThatIsNotCompleteForAClientOrACommit() {
        node.leads(FIRST);
        CompletableFuture<Outcome> two = node.append("a", 2);

        node.answerIncomplete(1, FIRST, 1, REFILL);

        assertThat(two).isNotDone();
        assertThat(node.committed.get()).isZero();
        assertThat(primary.isFollowedBy(secondary(1))).isFalse();
        assertThat(primary.held(secondary(1))).as("what it holds is known").isEqualTo(1);
        node.acknowledge(2, FIRST, 1);
        assertThat(two).isCompletedWithValue(new Outcome(0, 2, 2, true));
        assertThat(node.committed.get()).isEqualTo(1);
    }

    @Test
    void shouldNotEstablishAReignWithASecondaryThatIsNotComplete() {
        node.begins(FIRST, 1);

        node.answerIncomplete(1, FIRST, 0, REFILL);
        assertThat(primary.canBeEstablished()).isFalse();
        assertThat(primary.establish()).isFalse();

        node.acknowledge(1, FIRST, 0);
        assertThat(primary.establish()).isTrue();
    }

    /** It holds nothing more than before: that it counts now is news enough for the clients. */
    @Test
    void shouldAnswerClientsThatWaitOnceTheSecondaryIsComplete() {
        node.leads(FIRST);
        CompletableFuture<Outcome> two = node.append("a", 2);
        node.answerIncomplete(1, FIRST, 1, REFILL);
        assertThat(two).isNotDone();

        node.acknowledge(1, FIRST, 1);

        assertThat(two).isCompletedWithValue(new Outcome(0, 2, 2, true));
        assertThat(node.committed.get()).isEqualTo(1);
    }

    @Test
    void shouldAnswerClientsThatWaitOnceASecondaryFollowsAgain() {
        node.leads(FIRST);
        node.append(keyed("k", 1, "a"));
        node.acknowledge(1, FIRST, 1);
        primary.refused(secondary(1), FIRST);
        CompletableFuture<Outcome> again = node.append(keyed("k", 2, "a"));
        assertThat(again).as("it follows no more").isNotDone();

        node.acknowledge(1, FIRST, 1);

        assertThat(again).isCompletedWithValue(new Outcome(0, 2, 2, true));
    }

    @Test
    void shouldConfirmARefillOnceAMajorityHasAnsweredCallsSentAfterItBegan() {
        node.leads(FIRST);
        long before = primary.round();
        node.acknowledge(2, FIRST, 0);
        node.answerIncomplete(1, FIRST, 0, REFILL);
        assertThat(confirmedToTheFirst()).isZero();

        answerOfRound(before, 2);
        assertThat(confirmedToTheFirst()).as("that call was sent before").isZero();
        answerOfRound(primary.round(), 2);

        assertThat(confirmedToTheFirst()).isEqualTo(REFILL);
    }

    @Test
    void shouldConfirmARefillToNobodyElse() {
        node.leads(FIRST);
        node.answerIncomplete(1, FIRST, 0, REFILL);
        node.acknowledge(2, FIRST, 0);

        assertThat(confirmedToTheFirst()).isEqualTo(REFILL);
        assertThat(primary.read(secondary(2), new Lane.Call(0, 0, 0)).confirmed())
                .isZero();
    }

    @Test
    void shouldForgetWhatWasConfirmedWithTheReign() {
        node.leads(FIRST);
        node.answerIncomplete(1, FIRST, 0, REFILL);
        node.acknowledge(2, FIRST, 0);

        node.leads(SECOND);

        assertThat(confirmedToTheFirst()).isZero();
    }

    @Test
    void shouldNotTakeAnAnswerOfTheReignBeforeForAConfirmation() {
        node.leads(FIRST).leads(SECOND);
        node.answerIncomplete(1, SECOND, 0, REFILL);

        node.acknowledge(2, FIRST, 0);

        assertThat(confirmedToTheFirst()).isZero();
    }

    /** As with memory storage, where no other reign is possible. */
    @Test
    void shouldConfirmARefillAtOnceWhereThatIsTrusted() {
        primary.begin(new Mandate(FIRST, MEMBERS, 0, true));

        node.answerIncomplete(1, FIRST, 0, REFILL);

        assertThat(confirmedToTheFirst()).isEqualTo(REFILL);
    }

    private void answerOfRound(long round, int number) {
        primary.acknowledge(secondary(number), FIRST, round, new Acknowledgement(SampleNodes.nodeId(number), 0, 0));
    }

    private long confirmedToTheFirst() {
        return node.read(new Lane.Call(0, 0, 0)).confirmed();
    }
}
