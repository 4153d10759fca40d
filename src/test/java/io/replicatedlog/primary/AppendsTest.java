package io.replicatedlog.primary;

import static io.replicatedlog.primary.SamplePrimary.FIRST;
import static io.replicatedlog.primary.SamplePrimary.MAX_WAITING;
import static io.replicatedlog.primary.SamplePrimary.keyed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.ReadOnlyMode.Cause;
import io.replicatedlog.primary.AppendRefusedException.Reason;
import io.replicatedlog.primary.PendingAppends.Outcome;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Appends from their admission to their answer, in a time that passes when the test says so. */
class AppendsTest {

    private static final int MAX_WAIT_MS = 10_000;

    private final SamplePrimary node = new SamplePrimary(new InMemoryLog(10_000)).leads(FIRST);
    private final ReadOnlyMode readOnlyMode = new ReadOnlyMode();
    private int appended;
    private final Appends appends =
            new Appends(readOnlyMode, node.primary, node.pending, () -> appended++, node.time, node.time, MAX_WAIT_MS);

    @BeforeEach
    void takeAppends() {
        readOnlyMode.leave(Cause.RECOVERY);
        readOnlyMode.leave(Cause.QUORUM);
    }

    @Test
    void shouldAnswerWhatIsHeldAlreadyAndScheduleNothing() {
        assertThat(append(1, OptionalInt.empty())).isCompletedWithValue(new Outcome(0, 1, 1, true));

        assertThat(appended).isEqualTo(1);
        assertThat(node.time.scheduled()).isZero();
    }

    @Test
    void shouldRefuseAppendsInReadOnlyModeAndStoreNothing() {
        readOnlyMode.enter(Cause.QUORUM, "no quorum: 1 of 3");

        AppendRefusedException refused =
                catchThrowableOfType(AppendRefusedException.class, () -> append(1, OptionalInt.empty()));

        assertThat(refused.reason()).isEqualTo(Reason.READ_ONLY);
        assertThat(refused).hasMessageContaining("no quorum: 1 of 3");
        assertThat(node.log.end()).isZero();
        assertThat(appended).isZero();
    }

    @Test
    void shouldWakeNobodyForAnAppendThatWasRefused() {
        assertThatThrownBy(() -> appends.append(keyed("", 1, "x".repeat(20_000)), OptionalInt.empty()))
                .isInstanceOf(LogFullException.class);

        assertThat(appended).isZero();
        assertThat(node.time.scheduled()).isZero();
    }

    @Test
    void shouldEndAWaitAtItsDeadlineAndNotBefore() {
        CompletableFuture<Outcome> waiter = append(3, OptionalInt.of(500));
        node.acknowledge(1, FIRST, 1);

        node.time.advance(499);
        assertThat(waiter).isNotDone();
        node.time.advance(1);

        assertThat(waiter).isCompletedWithValue(new Outcome(0, 3, 2, false));
        assertThat(node.time.scheduled()).isZero();
    }

    @Test
    void shouldWaitNoLongerThanItsBound() {
        CompletableFuture<Outcome> unbounded = append(3, OptionalInt.empty());
        CompletableFuture<Outcome> patient = append(3, OptionalInt.of(Integer.MAX_VALUE));

        node.time.advance(MAX_WAIT_MS - 1);
        assertThat(unbounded).isNotDone();
        assertThat(patient).isNotDone();
        node.time.advance(1);

        assertThat(unbounded.join().satisfied()).isFalse();
        assertThat(patient.join().satisfied()).isFalse();
    }

    @Test
    void shouldEndAWaitOfNothingAtOnce() {
        CompletableFuture<Outcome> waiter = append(2, OptionalInt.of(0));
        assertThat(waiter).isNotDone();

        node.time.advance(0);

        assertThat(waiter).isCompletedWithValue(new Outcome(0, 2, 1, false));
    }

    @Test
    void shouldServeAllThatWaitWithOneCheckAtATime() {
        CompletableFuture<Outcome> late = append(2, OptionalInt.of(900));
        CompletableFuture<Outcome> early = append(2, OptionalInt.of(100));
        CompletableFuture<Outcome> between = append(3, OptionalInt.of(500));
        assertThat(node.time.scheduled()).isEqualTo(1);

        node.time.advance(100);
        assertThat(early).isDone();
        assertThat(between).isNotDone();
        assertThat(node.time.scheduled()).isEqualTo(1);
        node.time.advance(400);
        assertThat(between).isDone();
        node.time.advance(400);
        assertThat(late).isDone();

        assertThat(node.time.scheduled()).isZero();
    }

    @Test
    void shouldAnswerInTimeWhatIsHeldInTime() {
        CompletableFuture<Outcome> waiter = append(2, OptionalInt.of(500));
        node.acknowledge(1, FIRST, 1);
        assertThat(waiter).isCompletedWithValue(new Outcome(0, 2, 2, true));

        node.time.advance(500);

        assertThat(waiter.join().satisfied()).isTrue();
        assertThat(node.time.scheduled()).as("the check that found nothing").isZero();
    }

    @Test
    void shouldTellThatTheOutcomeIsUnknownIfTheReignEnds() {
        CompletableFuture<Outcome> waiter = append(2, OptionalInt.empty());

        node.primary.end("Another primary has begun epoch 2 of this log");

        assertThatThrownBy(waiter::join).hasCauseInstanceOf(OutcomeUnknownException.class);
        node.time.advance(MAX_WAIT_MS);
        assertThat(node.time.scheduled()).isZero();
    }

    @Test
    void shouldLetNoMoreWaitThanAllowed() {
        for (int i = 0; i < MAX_WAITING; i++) {
            append(2, OptionalInt.of(100));
        }
        assertThat(catchThrowableOfType(AppendRefusedException.class, () -> append(2, OptionalInt.of(100)))
                        .reason())
                .isEqualTo(Reason.TOO_MANY_WAITING);

        node.time.advance(100);

        assertThat(append(2, OptionalInt.of(100))).isNotDone();
        assertThat(appended).isEqualTo(MAX_WAITING + 1);
    }

    private CompletableFuture<Outcome> append(int w, OptionalInt timeoutMs) {
        return appends.append(keyed("", w, "a"), timeoutMs).toCompletableFuture();
    }
}
