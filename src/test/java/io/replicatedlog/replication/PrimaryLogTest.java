package io.replicatedlog.replication;

import static io.replicatedlog.log.SampleRecords.list;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicatedlog.log.Entry;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.log.SimulatedDisk;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.replication.AppendRefusedException.Reason;
import io.replicatedlog.replication.PendingAppends.Outcome;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PrimaryLogTest {

    private static final URI URL = URI.create("http://primary:8080");
    private static final UUID LOG_ID = new UUID(1, 1);
    private static final Reign FIRST = new Reign(LOG_ID, 1);
    private static final int MAX_WAITING = 3;

    private final Log log = new InMemoryLog(10_000);
    private final PendingAppends pending = new PendingAppends(3, Runnable::run);
    private final IdentityStore identity = IdentityStore.inMemory();
    private final PrimaryLog primary = new PrimaryLog(log, pending, identity, MAX_WAITING, URL);

    @BeforeEach
    void begin() {
        primary.begin(FIRST, 0);
    }

    @Test
    void shouldStoreEntriesInTheOrderOfTheirAppends() {
        primary.append(10, "k".getBytes(UTF_8), List.of("a".getBytes(UTF_8)), new WriteConcern(1), 0);
        append("b", 1);

        assertThat(list(log)).containsExactly(new Entry(0, 1, 10, "k", "a"), new Entry(1, 1, 0, "", "b"));
        assertThat(primary.end()).isEqualTo(2);
    }

    @Test
    void shouldCountItselfAtOnce() {
        assertThat(append("a", 1)).isCompletedWithValue(new Outcome(0, 1, 1, true));
        assertThat(append("b", 1)).isCompletedWithValue(new Outcome(1, 1, 1, true));
        assertThat(append("c", 2)).isNotDone();
    }

    @Test
    void shouldAnswerOnceEnoughSecondariesAcknowledged() {
        CompletableFuture<Outcome> two = append("a", 2);
        CompletableFuture<Outcome> three = append("b", 3);

        assertThat(primary.acknowledge(2, FIRST, 2)).isZero();
        assertThat(two).isCompletedWithValue(new Outcome(0, 2, 2, true));
        assertThat(three).isNotDone();
        primary.acknowledge(1, FIRST, 2);
        assertThat(three).isCompletedWithValue(new Outcome(1, 3, 3, true));
    }

    @Test
    void shouldRefuseToLetMoreWaitThanAllowedAndStoreNothing() {
        for (int i = 0; i < MAX_WAITING; i++) {
            append("waits", 2);
        }

        AppendRefusedException refused =
                catchThrowableOfType(AppendRefusedException.class, () -> append("too many", 2));

        assertThat(refused.reason()).isEqualTo(Reason.TOO_MANY_WAITING);
        assertThat(primary.end()).isEqualTo(MAX_WAITING);
        assertThat(append("waits for nobody", 1)).isDone();
        assertThat(append("waits for others than these", 3)).isNotDone();
        primary.acknowledge(1, FIRST, 1);
        assertThat(append("there is room again", 2)).isNotDone();
    }

    @Test
    void shouldTellWhoeverWaitsThatItWasClosedAndTakeNoMore() {
        CompletableFuture<Outcome> waiting = append("waits", 2);

        assertThat(primary.close()).isEqualTo(1);

        assertThat(waiting).isCompletedExceptionally();
        assertThatThrownBy(waiting::join).hasCauseInstanceOf(OutcomeUnknownException.class);
        AppendRefusedException refused = catchThrowableOfType(AppendRefusedException.class, () -> append("late", 1));
        assertThat(refused.reason()).isEqualTo(Reason.STOPPING);
        assertThat(primary.end()).isEqualTo(1);
        assertThat(primary.close()).isZero();
    }

    @Test
    void shouldLetNobodyWaitForAnEntryThatDidNotFit() {
        assertThatThrownBy(() -> append("x".repeat(10_000), 2)).isInstanceOf(LogFullException.class);

        assertThat(pending.size()).isZero();
        assertThat(pending.acknowledged(PendingAppends.PRIMARY)).isZero();
        assertThat(append("fits", 1)).isCompletedWithValue(new Outcome(0, 1, 1, true));
    }

    @Test
    void shouldReadABatchFromAnyOffset() {
        append("a", 1);
        append("b", 1);
        append("c", 1);
        primary.acknowledge(1, FIRST, 2);

        Batch batch = primary.read(new Lane.Call(1, 10, 10_000));

        assertThat(batch.reign()).isEqualTo(FIRST);
        assertThat(batch.previousEpoch()).isEqualTo(1);
        assertThat(batch.committed()).isEqualTo(2);
        assertThat(batch.primary()).isEqualTo(URL);
        assertThat(list(batch.records())).extracting(Entry::message).containsExactly("b", "c");
        assertThat(primary.read(new Lane.Call(0, 2, 10_000)).records().count()).isEqualTo(2);
        assertThat(primary.read(new Lane.Call(0, 10, 1)).records().count()).isEqualTo(1);
        assertThat(primary.read(new Lane.Call(0, 10, 1)).previousEpoch()).isZero();
    }

    @Test
    void shouldReadAnEmptyBatchForAProbe() {
        append("a", 1);

        for (long from = 0; from <= 1; from++) {
            Batch probe = primary.read(new Lane.Call(from, 0, 0));
            assertThat(probe.records().isEmpty()).isTrue();
            assertThat(probe.records().first()).isEqualTo(from);
            assertThat(probe.previousEpoch()).isEqualTo(from);
        }
    }

    @Test
    void shouldHaveNothingToReadFromAnOffsetThatIsNoLongerThere() {
        append("a", 1);
        append("b", 1);
        primary.reset(new UUID(2, 2));

        assertThat(primary.read(new Lane.Call(2, 10, 10_000))).isNull();
        assertThat(primary.read(new Lane.Call(2, 0, 0))).isNull();
    }

    @Test
    void shouldBeginANewLogInAHigherEpochOnReset() {
        append("a", 1);
        UUID next = new UUID(2, 2);

        assertThat(primary.reset(next)).isEqualTo(new Reign(next, 2)).isEqualTo(primary.reign());
        assertThat(primary.end()).isZero();
        append("b", 1);
        assertThat(list(log)).containsExactly(new Entry(0, 2, 0, "", "b"));
        assertThat(primary.reset(LOG_ID).epoch()).isEqualTo(3);
    }

    @Test
    void shouldTellWhoWaitsOnResetThatTheOutcomeIsUnknown() {
        CompletableFuture<Outcome> waiter = append("a", 2);

        primary.reset(new UUID(2, 2));

        assertThatThrownBy(waiter::join).hasCauseInstanceOf(OutcomeUnknownException.class);
        assertThat(pending.size()).isZero();
    }

    @Test
    void shouldIgnoreAcknowledgementsOfTheReignBefore() {
        append("old", 1);
        Reign reign = primary.reset(new UUID(2, 2));
        CompletableFuture<Outcome> waiter = append("new", 2);

        assertThat(primary.acknowledge(1, FIRST, 1)).isZero();
        assertThat(waiter).isNotDone();
        assertThat(pending.acknowledged(1)).isZero();

        primary.acknowledge(1, reign, 1);
        assertThat(waiter).isDone();
    }

    /** Else a log that a later primary takes over might not have it: figure 8 of the Raft paper. */
    @Test
    void shouldCallAnEntryOfAnEarlierReignCommittedOnlyBehindOneOfThisOrOnceAllHoldIt() {
        append("of the first reign", 1);
        append("as well", 1);
        Reign next = new Reign(LOG_ID, 2);
        primary.suspend();
        primary.begin(next, 0);

        primary.acknowledge(1, next, 2);
        assertThat(primary.committed()).isZero();
        primary.acknowledge(2, next, 1);
        assertThat(primary.committed()).as("all hold it").isEqualTo(1);
        append("of this reign", 1);
        primary.acknowledge(1, next, 3);
        assertThat(primary.committed()).isEqualTo(3);
        primary.acknowledge(1, next, 0);
        assertThat(primary.committed()).as("it never falls").isEqualTo(3);

        primary.reset(new UUID(9, 9));
        assertThat(primary.committed()).as("of a new log").isZero();
    }

    @Test
    void shouldRememberWhatIsCommittedInTheNextReign() {
        append("a", 1);
        primary.acknowledge(1, FIRST, 1);
        assertThat(primary.committed()).isEqualTo(1);
        primary.begin(new Reign(LOG_ID, 2), 0);

        PrimaryLog restarted = new PrimaryLog(log, new PendingAppends(3, Runnable::run), identity, MAX_WAITING, URL);
        restarted.begin(new Reign(LOG_ID, 3), 0);

        assertThat(restarted.committed()).isEqualTo(1);
    }

    @Test
    void shouldTakeNothingBeforeEnoughSecondariesFollowTheReign() {
        Reign next = new Reign(LOG_ID, 7);
        primary.begin(next, 1);

        assertThat(identity.load())
                .isEqualTo(new Identity(Optional.of(next), Optional.of(URL), 0, Identity.Holding.EVERYTHING));
        AppendRefusedException refused = catchThrowableOfType(AppendRefusedException.class, () -> append("early", 1));
        assertThat(refused.reason()).isEqualTo(Reason.READ_ONLY);
        primary.acknowledge(1, FIRST, 0);
        assertThat(primary.isEstablished()).as("an answer to another reign").isFalse();
        primary.acknowledge(1, next, 0);
        assertThat(primary.isEstablished()).isTrue();
        assertThat(append("in time", 1)).isDone();
    }

    @Test
    void shouldCountItselfOnlyOnceTheEntryIsForced() throws Exception {
        SimulatedDisk disk = new SimulatedDisk();
        PrimaryLog durable = durable(disk);
        CompletableFuture<Outcome> one = append(durable, "a", 1);
        CompletableFuture<Outcome> two = append(durable, "a", 2);
        durable.acknowledge(1, FIRST, 2);

        assertThat(one).isNotDone();
        assertThat(two).as("a secondary holds it, and the primary does not").isNotDone();
        durable.force();

        assertThat(one).isCompletedWithValue(new Outcome(0, 1, 2, true));
        assertThat(two).isCompletedWithValue(new Outcome(1, 2, 2, true));
    }

    @Test
    void shouldForceWhatATakeOverThatWasBrokenOffHasLeft() throws Exception {
        SegmentedLog left = new SegmentedLog(new SimulatedDisk(), new SegmentedLog.Limits(1_000, 0));
        left.append(1, 0, new byte[0], List.of(new byte[1]));
        PrimaryLog durable = new PrimaryLog(left, pending, identity, MAX_WAITING, URL);

        durable.begin(new Reign(LOG_ID, 2), 0);
        durable.acknowledge(1, new Reign(LOG_ID, 2), 1);
        durable.acknowledge(2, new Reign(LOG_ID, 2), 1);

        assertThat(left.durable()).isEqualTo(1);
        assertThat(durable.committed()).isEqualTo(1);
    }

    @Test
    void shouldTellWhoeverWaitsThatItIsUnknownOnceTheStorageHasFailed() throws Exception {
        SimulatedDisk disk = new SimulatedDisk();
        PrimaryLog durable = durable(disk);
        CompletableFuture<Outcome> forced = append(durable, "forced", 2);
        durable.force();
        CompletableFuture<Outcome> inDoubt = append(durable, "in doubt", 1);
        disk.failForces();

        assertThatThrownBy(durable::force).isInstanceOf(StorageException.class);
        durable.suspend();

        assertThatThrownBy(inDoubt::join).hasCauseInstanceOf(OutcomeUnknownException.class);
        assertThatThrownBy(forced::join)
                .as("another entry may be at its offset once the files were opened again")
                .hasCauseInstanceOf(OutcomeUnknownException.class);
        assertThat(durable.read(new Lane.Call(0, 1, 1))).isNull();
        assertThatThrownBy(() -> append(durable, "x", 1)).isInstanceOf(AppendRefusedException.class);
    }

    private PrimaryLog durable(SimulatedDisk disk) throws Exception {
        Log files = new SegmentedLog(disk, new SegmentedLog.Limits(10_000, 0));
        PrimaryLog durable = new PrimaryLog(files, new PendingAppends(3, Runnable::run), identity, MAX_WAITING, URL);
        durable.begin(FIRST, 0);
        return durable;
    }

    @Test
    void shouldWaitForTheLastOfSeveral() {
        CompletableFuture<Outcome> three = primary.append(
                        0,
                        new byte[0],
                        List.of("a".getBytes(UTF_8), "b".getBytes(UTF_8), "c".getBytes(UTF_8)),
                        new WriteConcern(2),
                        Long.MAX_VALUE)
                .toCompletableFuture();

        primary.acknowledge(1, primary.reign(), 2);
        assertThat(three).isNotDone();
        primary.acknowledge(1, primary.reign(), 3);
        assertThat(three).isCompletedWithValue(new Outcome(2, 2, 2, true));
    }

    private CompletableFuture<Outcome> append(String message, int w) {
        return append(primary, message, w);
    }

    private static CompletableFuture<Outcome> append(PrimaryLog primary, String message, int w) {
        return primary.append(0, new byte[0], List.of(message.getBytes(UTF_8)), new WriteConcern(w), Long.MAX_VALUE)
                .toCompletableFuture();
    }
}
