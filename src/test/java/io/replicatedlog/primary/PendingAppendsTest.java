package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.secondaries;
import static io.replicatedlog.primary.SampleNodes.secondary;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.primary.PendingAppends.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class PendingAppendsTest {

    private static final long NEVER = Long.MAX_VALUE;

    private final PendingAppends pending = new PendingAppends(new Acknowledgements(secondaries(2)), Runnable::run);

    @Test
    void shouldAnswerAtOnceWhatIsHeldAlready() {
        pending.forced(5);
        pending.acknowledge(secondary(2), 5, true);

        assertThat(await(4, 1)).isCompletedWithValue(new Outcome(4, 1, 2, true));
        assertThat(await(4, 2)).isCompletedWithValue(new Outcome(4, 2, 2, true));
        assertThat(pending.size()).isZero();
    }

    @Test
    void shouldWaitForExactlyAsManyNodesAsAsked() {
        pending.forced(1);
        CompletableFuture<Outcome> two = await(0, 2);
        CompletableFuture<Outcome> three = await(0, 3);

        pending.acknowledge(secondary(2), 1, true);
        assertThat(two).isCompletedWithValue(new Outcome(0, 2, 2, true));
        assertThat(three).isNotDone();

        pending.acknowledge(secondary(1), 1, true);
        assertThat(three).isCompletedWithValue(new Outcome(0, 3, 3, true));
    }

    @Test
    void shouldNotCountANodeThatHoldsOnlyWhatIsBelow() {
        pending.forced(8);
        CompletableFuture<Outcome> waiter = await(7, 2);

        pending.acknowledge(secondary(1), 7, true);
        assertThat(waiter).as("it holds [0, 7), which is without 7").isNotDone();
        pending.acknowledge(secondary(1), 8, true);
        assertThat(waiter).isDone();
    }

    @Test
    void shouldTakeOneAcknowledgementForEverythingBelowIt() {
        pending.forced(10);
        List<CompletableFuture<Outcome>> waiters = new ArrayList<>();
        for (int offset = 9; offset >= 0; offset--) {
            waiters.add(await(offset, 2));
        }

        pending.acknowledge(secondary(1), 9, true);

        assertThat(waiters.get(0)).isNotDone();
        assertThat(waiters.subList(1, 10))
                .allSatisfy(waiter -> assertThat(waiter).isDone());
    }

    @Test
    void shouldNeverAnswerWithoutThePrimary() {
        CompletableFuture<Outcome> waiter = await(0, 2);
        pending.acknowledge(secondary(1), 1, true);
        pending.acknowledge(secondary(2), 1, true);
        assertThat(waiter).as("two nodes hold it, but not the primary").isNotDone();

        pending.forced(1);
        assertThat(waiter).isCompletedWithValue(new Outcome(0, 2, 3, true));
    }

    @Test
    void shouldCountNobodyUntilThePrimaryItselfHoldsAnEntry() {
        pending.acknowledge(secondary(1), 5, true);
        pending.acknowledge(secondary(2), 5, true);
        assertThat(pending.held().count(4)).isZero();

        pending.forced(5);
        assertThat(pending.held().count(4)).isEqualTo(3);
    }

    @Test
    void shouldCountANodeForLessOnceItLostEntries() {
        pending.forced(5);
        assertThat(pending.acknowledge(secondary(1), 5, true)).isZero();
        assertThat(pending.acknowledge(secondary(1), 2, true)).isEqualTo(5);

        assertThat(pending.held().of(secondary(1))).isEqualTo(2);
        assertThat(pending.held().heldByMajority()).isEqualTo(2);
        assertThat(pending.held().count(4)).isEqualTo(1);
        assertThat(await(4, 2)).isNotDone();
        assertThat(await(1, 2)).isDone();
    }

    @Test
    void shouldNotCountASecondaryThatMayLackSomething() {
        pending.forced(1);
        CompletableFuture<Outcome> waiter = await(0, 2);

        pending.acknowledge(secondary(1), 1, false);
        assertThat(waiter).isNotDone();
        assertThat(pending.held().count(0)).isEqualTo(1);
        assertThat(await(0, 2)).isNotDone();

        assertThat(pending.acknowledge(secondary(1), 1, true))
                .as("no more than before")
                .isEqualTo(1);
        assertThat(waiter).isCompletedWithValue(new Outcome(0, 2, 2, true));
        assertThat(pending.size()).isZero();
    }

    @Test
    void shouldNotCountASecondaryThatFollowsNoMore() {
        pending.forced(1);
        pending.acknowledge(secondary(1), 1, true);
        pending.refused(secondary(1));
        CompletableFuture<Outcome> waiter = await(0, 2);
        assertThat(waiter).isNotDone();

        pending.acknowledge(secondary(1), 1, true);

        assertThat(waiter).isCompletedWithValue(new Outcome(0, 2, 2, true));
    }

    @Test
    void shouldWaitForTheSecondariesOfTheReignThatBeginsAndNoOthers() {
        pending.forced(1);
        pending.acknowledge(secondary(1), 1, true);

        pending.begin(secondaries(4));
        assertThat(pending.held().nodes()).isEqualTo(5);
        assertThat(pending.held().ofPrimary()).isZero();
        pending.forced(1);
        CompletableFuture<Outcome> all = await(0, 5);
        for (int number = 1; number <= 4; number++) {
            assertThat(all).isNotDone();
            pending.acknowledge(secondary(number), 1, true);
        }
        assertThat(all).isCompletedWithValue(new Outcome(0, 5, 5, true));

        pending.begin(List.of());
        pending.forced(1);
        assertThat(await(0, 1)).isCompletedWithValue(new Outcome(0, 1, 1, true));
    }

    @Test
    void shouldEndAWaitAtItsDeadlineAndNotBefore() {
        pending.forced(1);
        CompletableFuture<Outcome> waiter = await(0, 3, 100);
        pending.acknowledge(secondary(1), 1, true);

        pending.expire(99);
        assertThat(waiter).isNotDone();
        pending.expire(100);
        assertThat(waiter).isCompletedWithValue(new Outcome(0, 3, 2, false));
        assertThat(pending.size()).isZero();
    }

    @Test
    void shouldNotAnswerTwice() {
        pending.forced(1);
        CompletableFuture<Outcome> expired = await(0, 2, 100);
        pending.expire(100);
        pending.acknowledge(secondary(1), 1, true);
        CompletableFuture<Outcome> met = await(0, 3, 100);
        pending.acknowledge(secondary(2), 1, true);
        pending.expire(100);

        assertThat(expired.join().satisfied()).isFalse();
        assertThat(met.join().satisfied()).isTrue();
    }

    @Test
    void shouldKnowTheNextDeadline() {
        assertThat(pending.nextDeadlineMs()).isEmpty();
        CompletableFuture<Outcome> first = await(0, 1, 300);
        await(1, 2, 200);
        await(2, 2, 200);

        assertThat(pending.nextDeadlineMs()).hasValue(200);
        pending.expire(200);
        assertThat(pending.nextDeadlineMs()).hasValue(300);
        pending.forced(1);
        assertThat(first).isDone();
        assertThat(pending.nextDeadlineMs()).isEmpty();
    }

    @Test
    void shouldTellEveryoneThatTheOutcomeIsUnknownAndForgetWhatNodesHold() {
        pending.forced(3);
        pending.acknowledge(secondary(1), 1, true);
        List<CompletableFuture<Outcome>> waiters = List.of(await(1, 2), await(2, 3), await(2, 3, 50));

        pending.fail(new OutcomeUnknownException("stopped")).run();

        assertThat(waiters)
                .allSatisfy(waiter -> assertThatThrownBy(waiter::join)
                        .isInstanceOf(CompletionException.class)
                        .hasCauseInstanceOf(OutcomeUnknownException.class));
        assertThat(pending.size()).isZero();
        assertThat(pending.nextDeadlineMs()).isEmpty();
        assertThat(pending.held().heldByMajority()).isZero();
        assertThat(pending.held().count(0)).isZero();
    }

    /** At shutdown the executor may be gone already. */
    @Test
    void shouldFailWaitersWithoutTheExecutor() {
        PendingAppends stopping = new PendingAppends(new Acknowledgements(secondaries(1)), completions -> {
            throw new AssertionError("not by the executor");
        });
        CompletableFuture<Outcome> waiter =
                stopping.await(0, new WriteConcern(2), NEVER).toCompletableFuture();

        stopping.fail(new OutcomeUnknownException("stopped")).run();

        assertThat(waiter).isCompletedExceptionally();
    }

    @Test
    void shouldCompleteWaitersOnlyByTheExecutorAndWithoutItsMonitor() {
        Deque<Runnable> handedOver = new ArrayDeque<>();
        PendingAppends[] self = new PendingAppends[1];
        self[0] = new PendingAppends(new Acknowledgements(secondaries(1)), completions -> {
            assertThat(Thread.holdsLock(self[0])).isFalse();
            handedOver.add(completions);
        });
        CompletableFuture<Outcome> met =
                self[0].await(0, new WriteConcern(1), NEVER).toCompletableFuture();
        CompletableFuture<Outcome> expired =
                self[0].await(0, new WriteConcern(2), 10).toCompletableFuture();

        self[0].forced(1);
        self[0].expire(10);

        assertThat(met).isNotDone();
        assertThat(expired).isNotDone();
        assertThat(handedOver).hasSize(2);
        handedOver.forEach(Runnable::run);
        assertThat(met.join().satisfied()).isTrue();
        assertThat(expired.join().satisfied()).isFalse();
    }

    /** Commands to the executor cost, and most acknowledgements complete nobody. */
    @Test
    void shouldNotTroubleTheExecutorForNothing() {
        PendingAppends idle = new PendingAppends(new Acknowledgements(secondaries(1)), completions -> {
            throw new AssertionError("nobody waits");
        });

        idle.forced(5);
        idle.acknowledge(secondary(1), 5, true);
        idle.expire(NEVER);
        idle.fail(new OutcomeUnknownException("stopped")).run();

        assertThat(idle.size()).isZero();
    }

    private CompletableFuture<Outcome> await(long offset, int w) {
        return await(offset, w, NEVER);
    }

    private CompletableFuture<Outcome> await(long offset, int w, long deadlineMs) {
        return pending.await(offset, new WriteConcern(w), deadlineMs).toCompletableFuture();
    }
}
