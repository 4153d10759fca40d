package io.replicatedlog.primary;

import static io.replicatedlog.log.SampleRecords.list;
import static io.replicatedlog.primary.SampleNodes.secondary;
import static io.replicatedlog.primary.SamplePrimary.FIRST;
import static io.replicatedlog.primary.SamplePrimary.LOG_ID;
import static io.replicatedlog.primary.SamplePrimary.MAX_WAITING;
import static io.replicatedlog.primary.SamplePrimary.MEMBERS;
import static io.replicatedlog.primary.SamplePrimary.NODE;
import static io.replicatedlog.primary.SamplePrimary.SECOND;
import static io.replicatedlog.primary.SamplePrimary.URL;
import static io.replicatedlog.primary.SamplePrimary.expecting;
import static io.replicatedlog.primary.SamplePrimary.keyed;
import static io.replicatedlog.tracing.SampleTraces.trace;
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
import io.replicatedlog.primary.AppendRefusedException.Reason;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Reign;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a primary with an established reign takes, counts and sends. */
class PrimaryLogTest {

    private final Log log = new InMemoryLog(10_000);
    private final SamplePrimary node = new SamplePrimary(log).leads(FIRST);
    private final PrimaryLog primary = node.primary;
    private final PendingAppends pending = node.pending;

    @Test
    void shouldStoreEntriesInTheOrderOfTheirAppends() {
        node.time.setWallClock(10);
        node.append(keyed("k", 1, "a"));
        node.time.setWallClock(0);
        node.append("b", 1);

        assertThat(list(log)).containsExactly(new Entry(0, 1, 10, "k", "a"), new Entry(1, 1, 0, "", "b"));
        assertThat(primary.end()).isEqualTo(2);
    }

    @Test
    void shouldCountItselfAtOnce() {
        assertThat(node.append("a", 1)).isCompletedWithValue(new Outcome(0, 1, 1, true));
        assertThat(node.append("b", 1)).isCompletedWithValue(new Outcome(1, 1, 1, true));
        assertThat(node.append("c", 2)).isNotDone();
    }

    @Test
    void shouldAnswerOnceEnoughSecondariesAcknowledged() {
        CompletableFuture<Outcome> two = node.append("a", 2);
        CompletableFuture<Outcome> three = node.append("b", 3);

        assertThat(node.acknowledge(2, FIRST, 2)).isZero();
        assertThat(two).isCompletedWithValue(new Outcome(0, 2, 2, true));
        assertThat(three).isNotDone();
        node.acknowledge(1, FIRST, 2);
        assertThat(three).isCompletedWithValue(new Outcome(1, 3, 3, true));
    }

    @Test
    void shouldRefuseToLetMoreWaitThanAllowedAndStoreNothing() {
        for (int i = 0; i < MAX_WAITING; i++) {
            node.append("waits", 2);
        }

        AppendRefusedException refused =
                catchThrowableOfType(AppendRefusedException.class, () -> node.append("too many", 2));

        assertThat(refused.reason()).isEqualTo(Reason.TOO_MANY_WAITING);
        assertThat(primary.end()).isEqualTo(MAX_WAITING);
        assertThat(node.append("waits for nobody", 1)).isDone();
        assertThat(node.append("waits for others than these", 3)).isNotDone();
        node.acknowledge(1, FIRST, 1);
        assertThat(node.append("there is room again", 2)).isNotDone();
    }

    @Test
    void shouldTellWhoeverWaitsThatItWasClosedAndTakeNoMore() {
        CompletableFuture<Outcome> waiting = node.append("waits", 2);

        assertThat(primary.close()).isEqualTo(1);

        assertThat(waiting).isCompletedExceptionally();
        assertThatThrownBy(waiting::join).hasCauseInstanceOf(OutcomeUnknownException.class);
        AppendRefusedException refused =
                catchThrowableOfType(AppendRefusedException.class, () -> node.append("late", 1));
        assertThat(refused.reason()).isEqualTo(Reason.STOPPING);
        assertThat(primary.end()).isEqualTo(1);
        assertThat(primary.close()).isZero();
    }

    @Test
    void shouldLetNobodyWaitForAnEntryThatDidNotFit() {
        assertThatThrownBy(() -> node.append("x".repeat(10_000), 2)).isInstanceOf(LogFullException.class);

        assertThat(pending.size()).isZero();
        assertThat(pending.held().ofPrimary()).isZero();
        assertThat(node.append("fits", 1)).isCompletedWithValue(new Outcome(0, 1, 1, true));
    }

    @Test
    void shouldReadABatchFromAnyOffset() {
        node.append("a", 1);
        node.append("b", 1);
        node.append("c", 1);
        node.acknowledge(1, FIRST, 2);

        Batch batch = node.read(new Lane.Call(1, 10, 10_000));

        assertThat(batch.reign()).isEqualTo(FIRST);
        assertThat(batch.previousEpoch()).isEqualTo(1);
        assertThat(batch.committed()).isEqualTo(2);
        assertThat(batch.start()).isZero();
        assertThat(batch.end()).isEqualTo(3);
        assertThat(batch.confirmed()).isZero();
        assertThat(batch.acknowledged()).isEqualTo(2);
        assertThat(batch.node()).isEqualTo(NODE);
        assertThat(batch.primary()).isEqualTo(URL);
        assertThat(list(batch.records())).extracting(Entry::message).containsExactly("b", "c");
        assertThat(node.read(new Lane.Call(0, 2, 10_000)).records().count()).isEqualTo(2);
        assertThat(node.read(new Lane.Call(0, 10, 1)).records().count()).isEqualTo(1);
        assertThat(node.read(new Lane.Call(0, 10, 1)).previousEpoch()).isZero();
    }

    @Test
    void shouldReadAnEmptyBatchForAProbe() {
        node.append("a", 1);

        for (long from = 0; from <= 1; from++) {
            Batch probe = node.read(new Lane.Call(from, 0, 0));
            assertThat(probe.records().isEmpty()).isTrue();
            assertThat(probe.records().first()).isEqualTo(from);
            assertThat(probe.previousEpoch()).isEqualTo(from);
        }
    }

    @Test
    void shouldHaveNothingToReadFromAnOffsetThatIsNoLongerThere() {
        node.append("a", 1);
        node.append("b", 1);
        node.reset(new UUID(2, 2));

        assertThat(node.read(new Lane.Call(2, 10, 10_000))).isNull();
        assertThat(node.read(new Lane.Call(2, 0, 0))).isNull();
    }

    @Test
    void shouldBeginANewLogInAHigherEpochOnReset() {
        node.append("a", 1);
        UUID next = new UUID(2, 2);

        assertThat(node.reset(next))
                .isEqualTo(new Reign(next, 2))
                .isEqualTo(primary.reign().orElseThrow());
        assertThat(primary.end()).isZero();
        node.time.setWallClock(0);
        node.append("b", 1);
        assertThat(list(log)).containsExactly(new Entry(0, 2, 0, "", "b"));
        assertThat(node.reset(LOG_ID).epoch()).isEqualTo(3);
    }

    @Test
    void shouldTellWhoWaitsOnResetThatTheOutcomeIsUnknown() {
        CompletableFuture<Outcome> waiter = node.append("a", 2);

        node.reset(new UUID(2, 2));

        assertThatThrownBy(waiter::join).hasCauseInstanceOf(OutcomeUnknownException.class);
        assertThat(pending.size()).isZero();
    }

    @Test
    void shouldIgnoreAcknowledgementsOfTheReignBefore() {
        node.append("old", 1);
        Reign reign = node.reset(new UUID(2, 2));
        CompletableFuture<Outcome> waiter = node.append("new", 2);

        assertThat(node.acknowledge(1, FIRST, 1)).isZero();
        assertThat(waiter).isNotDone();
        assertThat(pending.held().of(secondary(1))).isZero();

        node.acknowledge(1, reign, 1);
        assertThat(waiter).isDone();
    }

    @Test
    void shouldCommitEverythingThatTheReignBeganWithOnceItIsEstablished() {
        node.append("of the first reign", 1);
        node.append("as well", 1);
        node.begins(SECOND, 1);

        node.acknowledge(1, SECOND, 2);
        assertThat(node.committed.get()).as("it is not established").isZero();
        primary.establish();
        assertThat(node.committed.get()).as("without an entry of this reign").isEqualTo(2);
        node.append("of this reign", 1);
        assertThat(node.committed.get()).isEqualTo(2);
        node.acknowledge(1, SECOND, 3);
        assertThat(node.committed.get()).isEqualTo(3);
        node.acknowledge(1, SECOND, 0);
        assertThat(node.committed.get()).as("it never falls").isEqualTo(3);

        node.reset(new UUID(9, 9));
        assertThat(node.committed.get()).as("of a new log").isZero();
    }

    @Test
    void shouldRememberWhatIsCommittedWhenTheNextReignBegins() {
        node.append("a", 1);
        node.acknowledge(1, FIRST, 1);
        assertThat(node.committed.get()).isEqualTo(1);

        node.begins(SECOND, 2);

        assertThat(new SamplePrimary(log, node.identity).committed.get()).isEqualTo(1);
    }

    @Test
    void shouldTellASecondaryTheMembersUntilItFollows() {
        node.append("a", 1);
        assertThat(node.read(new Lane.Call(0, 0, 0)).members()).contains(MEMBERS);

        node.acknowledge(1, FIRST, 0);
        assertThat(node.read(new Lane.Call(0, 0, 0)).members()).isEmpty();
        primary.refused(secondary(1), FIRST);
        assertThat(node.read(new Lane.Call(0, 0, 0)).members()).contains(MEMBERS);
    }

    @Test
    void shouldTellASecondaryWhereTheReignBegan() {
        node.append("a", 1);
        node.append("b", 1);

        node.leads(SECOND);
        node.append("of the second reign", 1);

        assertThat(node.read(new Lane.Call(0, 10, 10_000)).start()).isEqualTo(2);
    }

    @Test
    void shouldCountItselfOnlyOnceTheEntryIsForced() throws Exception {
        SamplePrimary durable = durable(new SimulatedDisk());
        CompletableFuture<Outcome> one = durable.append("a", 1);
        CompletableFuture<Outcome> two = durable.append("a", 2);
        durable.acknowledge(1, FIRST, 2);

        assertThat(one).isNotDone();
        assertThat(two).as("a secondary holds it, and the primary does not").isNotDone();
        durable.primary.force();

        assertThat(one).isCompletedWithValue(new Outcome(0, 1, 2, true));
        assertThat(two).isCompletedWithValue(new Outcome(1, 2, 2, true));
    }

    @Test
    void shouldForceWhatATakeOverThatWasBrokenOffHasLeft() throws Exception {
        SegmentedLog left = new SegmentedLog(new SimulatedDisk(), new SegmentedLog.Limits(1_000, 0));
        left.append(1, 0, new byte[0], List.of(new byte[1]));
        SamplePrimary durable = new SamplePrimary(left);

        durable.begins(SECOND, 1);

        assertThat(left.durable()).isEqualTo(1);
        assertThat(durable.committed.get())
                .as("nobody else is known to hold it")
                .isZero();
        durable.acknowledge(1, SECOND, 1);
        durable.primary.establish();
        assertThat(durable.committed.get()).isEqualTo(1);
    }

    @Test
    void shouldTellWhoeverWaitsThatItIsUnknownOnceTheStorageHasFailed() throws Exception {
        SimulatedDisk disk = new SimulatedDisk();
        SamplePrimary durable = durable(disk);
        CompletableFuture<Outcome> forced = durable.append("forced", 2);
        durable.primary.force();
        CompletableFuture<Outcome> inDoubt = durable.append("in doubt", 1);
        disk.failForces();

        assertThatThrownBy(durable.primary::force).isInstanceOf(StorageException.class);
        durable.primary.end("The storage of the primary has failed");

        assertThatThrownBy(inDoubt::join).hasCauseInstanceOf(OutcomeUnknownException.class);
        assertThatThrownBy(forced::join)
                .as("another entry may be at its offset once the files were opened again")
                .hasCauseInstanceOf(OutcomeUnknownException.class);
        assertThat(durable.read(new Lane.Call(0, 1, 1))).isNull();
        assertThatThrownBy(() -> durable.append("x", 1)).isInstanceOf(AppendRefusedException.class);
    }

    @Test
    void shouldWaitForTheLastOfSeveral() {
        CompletableFuture<Outcome> three = node.append(keyed("", 2, "a", "b", "c"));

        node.acknowledge(1, primary.reign().orElseThrow(), 2);
        assertThat(three).isNotDone();
        node.acknowledge(1, primary.reign().orElseThrow(), 3);
        assertThat(three).isCompletedWithValue(new Outcome(2, 2, 2, true));
    }

    @Test
    void shouldKnowWhichTracesABatchCarries() {
        node.append("not traced", 1);
        node.append(traced(1, "a", "b"));
        node.append(traced(2, "c"));

        assertThat(primary.traces(node.read(new Lane.Call(0, 2, 10_000))))
                .as("the last entry of the first one is not in it")
                .isEmpty();
        assertThat(primary.traces(node.read(new Lane.Call(1, 10, 10_000)))).containsExactly(trace(1), trace(2));
        assertThat(primary.traces(node.read(new Lane.Call(4, 0, 0)))).isEmpty();
    }

    @Test
    void shouldKnowNoTracesOfAnotherReign() {
        node.append(traced(1, "a"));
        Batch before = node.read(new Lane.Call(0, 10, 10_000));

        node.reset(new UUID(2, 2));
        node.append(traced(2, "b"));

        assertThat(primary.traces(before)).isEmpty();
        assertThat(primary.traces(node.read(new Lane.Call(0, 10, 10_000)))).containsExactly(trace(2));
    }

    @Test
    void shouldRememberWhatIsCommitted() {
        node.append("a", 1);
        node.acknowledge(1, FIRST, 1);
        primary.noteCommitted();

        assertThat(node.identity.load().committed()).isEqualTo(1);
        assertThat(new SamplePrimary(log, node.identity).committed.get()).isEqualTo(1);
    }

    @Test
    void shouldAppendOnlyWhereTheLogEndsAsExpected() {
        node.append(expecting(0, "a"));

        assertThat(catchThrowableOfType(EndMovedException.class, () -> node.append(expecting(0, "b")))
                        .end())
                .isEqualTo(1);
        assertThatThrownBy(() -> node.append(expecting(2, "b"))).isInstanceOf(EndMovedException.class);
        assertThat(log.end()).isEqualTo(1);
        assertThat(node.append(expecting(1, "b")).join().offset()).isEqualTo(1);
    }

    private static SamplePrimary durable(SimulatedDisk disk) throws IOException {
        return new SamplePrimary(new SegmentedLog(disk, new SegmentedLog.Limits(10_000, 0))).leads(FIRST);
    }

    private static Append traced(long trace, String... messages) {
        Append plain = keyed("", 1, messages);
        return new Append(plain.key(), plain.messages(), plain.w(), plain.expectedEnd(), trace(trace));
    }
}
