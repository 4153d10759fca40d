package io.replicatedlog.primary;

import static io.replicatedlog.log.SampleRecords.list;
import static io.replicatedlog.tracing.SampleTraces.trace;
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
import io.replicatedlog.primary.AppendRefusedException.Reason;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityStore;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PrimaryLogTest {

    private static final URI URL = URI.create("http://primary:8080");
    private static final UUID LOG_ID = new UUID(1, 1);
    private static final Reign FIRST = new Reign(LOG_ID, 1);
    private static final int MAX_WAITING = 3;
    private static final IdempotencyWindow.Limits REMEMBERED = new IdempotencyWindow.Limits(4, 1_000);

    private final Log log = new InMemoryLog(10_000);
    private final PendingAppends pending = new PendingAppends(3, Runnable::run);
    private final IdentityStore identity = IdentityStore.inMemory();
    private final PrimaryLog primary = new PrimaryLog(log, pending, identity, MAX_WAITING, URL, REMEMBERED);

    @BeforeEach
    void begin() {
        primary.begin(FIRST, 0);
    }

    @Test
    void shouldStoreEntriesInTheOrderOfTheirAppends() {
        primary.append(10, keyed("k", 1, "a"), 0);
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

        PrimaryLog restarted =
                new PrimaryLog(log, new PendingAppends(3, Runnable::run), identity, MAX_WAITING, URL, REMEMBERED);
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
        PrimaryLog durable = new PrimaryLog(left, pending, identity, MAX_WAITING, URL, REMEMBERED);

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
        PrimaryLog durable =
                new PrimaryLog(files, new PendingAppends(3, Runnable::run), identity, MAX_WAITING, URL, REMEMBERED);
        durable.begin(FIRST, 0);
        return durable;
    }

    @Test
    void shouldWaitForTheLastOfSeveral() {
        CompletableFuture<Outcome> three = append(primary, keyed("", 2, "a", "b", "c"));

        primary.acknowledge(1, primary.reign(), 2);
        assertThat(three).isNotDone();
        primary.acknowledge(1, primary.reign(), 3);
        assertThat(three).isCompletedWithValue(new Outcome(2, 2, 2, true));
    }

    private CompletableFuture<Outcome> append(String message, int w) {
        return append(primary, message, w);
    }

    private static CompletableFuture<Outcome> append(PrimaryLog primary, String message, int w) {
        return append(primary, keyed("", w, message));
    }

    private static CompletableFuture<Outcome> append(PrimaryLog primary, Append append) {
        return append(primary, 0, append);
    }

    private static CompletableFuture<Outcome> append(PrimaryLog primary, long timestamp, Append append) {
        return primary.append(timestamp, append, Long.MAX_VALUE).toCompletableFuture();
    }

    /** @param key empty for none */
    private static Append keyed(String key, int w, String... messages) {
        return new Append(
                key,
                Stream.of(messages).map(message -> message.getBytes(UTF_8)).toList(),
                new WriteConcern(w),
                OptionalLong.empty());
    }

    private static Append expecting(long end, String message) {
        return new Append("", List.of(message.getBytes(UTF_8)), new WriteConcern(1), OptionalLong.of(end));
    }

    @Test
    void shouldKnowWhichTracesABatchCarries() {
        append("not traced", 1);
        append(primary, traced(1, "a", "b"));
        append(primary, traced(2, "c"));

        assertThat(primary.traces(primary.read(new Lane.Call(0, 2, 10_000))))
                .as("the last entry of the first one is not in it")
                .isEmpty();
        assertThat(primary.traces(primary.read(new Lane.Call(1, 10, 10_000)))).containsExactly(trace(1), trace(2));
        assertThat(primary.traces(primary.read(new Lane.Call(4, 0, 0)))).isEmpty();
    }

    @Test
    void shouldKnowNoTracesOfAnotherReign() {
        append(primary, traced(1, "a"));
        Batch before = primary.read(new Lane.Call(0, 10, 10_000));

        primary.reset(new UUID(2, 2));
        append(primary, traced(2, "b"));

        assertThat(primary.traces(before)).isEmpty();
        assertThat(primary.traces(primary.read(new Lane.Call(0, 10, 10_000)))).containsExactly(trace(2));
    }

    private static Append traced(long trace, String... messages) {
        Append plain = keyed("", 1, messages);
        return new Append(plain.key(), plain.messages(), plain.w(), plain.expectedEnd(), trace(trace));
    }

    @Test
    void shouldStoreAnAppendThatIsRepeatedUnderItsKeyOnce() {
        CompletableFuture<Outcome> first = append(primary, keyed("k", 2, "a"));
        append("between", 1);
        CompletableFuture<Outcome> again = append(primary, keyed("k", 3, "a"));

        primary.acknowledge(1, FIRST, 2);
        assertThat(first).isCompletedWithValue(new Outcome(0, 2, 2, true));
        assertThat(again).as("waits for its own write concern").isNotDone();
        primary.acknowledge(2, FIRST, 1);
        assertThat(again).isCompletedWithValue(new Outcome(0, 3, 3, true));
        assertThat(log.end()).isEqualTo(2);
    }

    @Test
    void shouldRefuseAKeyThatStandsForOtherMessages() {
        append(primary, keyed("k", 1, "ab", "c"));

        for (Append other : List.of(keyed("k", 1, "ab"), keyed("k", 1, "a", "bc"), keyed("k", 1, "ab", "c", ""))) {
            assertThat(catchThrowableOfType(AppendRefusedException.class, () -> append(primary, other))
                            .reason())
                    .isEqualTo(Reason.KEY_REUSED);
        }
        assertThat(append(primary, keyed("k", 1, "ab", "c"))).isCompletedWithValue(new Outcome(1, 1, 1, true));
        assertThat(log.end()).isEqualTo(2);
    }

    @Test
    void shouldForgetAKeyAfterSoManyEntriesOrSoMuchTime() {
        append(primary, 10, keyed("k", 1, "a"));
        for (int i = 0; i < 3; i++) {
            append("other", 1);
        }
        assertThat(append(primary, 1_010, keyed("k", 1, "a")).join().offset()).isZero();
        assertThat(append(primary, 1_011, keyed("k", 1, "a")).join().offset())
                .as("too old")
                .isEqualTo(4);
        for (int i = 0; i < 4; i++) {
            append("other", 1);
        }
        assertThat(append(primary, 1_011, keyed("k", 1, "a")).join().offset())
                .as("too many since")
                .isEqualTo(9);
    }

    @Test
    void shouldLearnTheKeysOfEntriesThatWereThereBefore() {
        append(primary, 10, keyed("lost", 1, "a"));
        append(primary, 10, keyed("several", 1, "a", "b"));
        append(primary, 10, keyed("one", 1, "c"));

        primary.begin(new Reign(LOG_ID, 2), 0);

        assertThat(append(primary, 10, keyed("several", 1, "a", "b")).join().offset())
                .isEqualTo(2);
        assertThat(append(primary, 10, keyed("one", 1, "c")).join().offset()).isEqualTo(3);
        assertThat(log.end()).isEqualTo(4);
    }

    @Test
    void shouldNotTakeThePartOfAnAppendThatTheWindowShowsForTheWhole() {
        append(primary, 10, keyed("long", 1, "a", "b", "c", "d", "e", "f"));
        append(primary, 10, keyed("whole", 1, "a", "b", "c", "d"));

        primary.begin(new Reign(LOG_ID, 2), 0);

        assertThat(append(primary, 10, keyed("whole", 1, "a", "b", "c", "d"))
                        .join()
                        .offset())
                .isEqualTo(9);
        assertThat(append(primary, 10, keyed("long", 1, "c", "d", "e", "f"))
                        .join()
                        .offset())
                .isEqualTo(13);
    }

    /** As in figure 8 of the paper on Raft: what a majority holds of an earlier reign can still be replaced. */
    @Test
    void shouldNotCountAMajorityForAnEntryOfAnEarlierReign() {
        append(primary, keyed("k", 1, "a"));
        Reign next = new Reign(LOG_ID, 2);
        primary.begin(next, 0);

        CompletableFuture<Outcome> again = append(primary, keyed("k", 2, "a"));
        CompletableFuture<Outcome> alone = append(primary, keyed("k", 1, "a"));
        primary.acknowledge(1, next, 1);
        assertThat(again).isNotDone();
        assertThat(alone).as("promises no majority").isCompletedWithValue(new Outcome(0, 1, 1, true));

        append("of this reign", 1);
        primary.acknowledge(1, next, 2);
        assertThat(again).isCompletedWithValue(new Outcome(0, 2, 2, true));
        assertThat(append(primary, keyed("k", 2, "a")))
                .as("it is committed by now")
                .isCompleted();
    }

    @Test
    void shouldCountAnEntryOfAnEarlierReignOnceAllNodesHoldIt() {
        append(primary, keyed("k", 1, "a"));
        Reign next = new Reign(LOG_ID, 2);
        primary.begin(next, 0);

        CompletableFuture<Outcome> again = append(primary, keyed("k", 2, "a"));
        CompletableFuture<Outcome> inVain =
                primary.append(0, keyed("k", 2, "a"), 5).toCompletableFuture();
        primary.acknowledge(1, next, 1);
        pending.expire(5);
        assertThat(inVain).isCompletedWithValue(new Outcome(0, 2, 1, false));
        primary.acknowledge(2, next, 1);

        assertThat(again).isCompletedWithValue(new Outcome(0, 2, 3, true));
        assertThat(pending.size()).as("nobody waits any more").isZero();
    }

    @Test
    void shouldRememberWhatIsCommitted() {
        append("a", 1);
        primary.acknowledge(1, FIRST, 1);
        primary.noteCommitted();

        assertThat(identity.load().committed()).isEqualTo(1);
        assertThat(new PrimaryLog(log, pending, identity, MAX_WAITING, URL, REMEMBERED).committed())
                .isEqualTo(1);
    }

    @Test
    void shouldForgetKeysWithTheLogThatTheyAreIn() {
        append(primary, keyed("k", 1, "a"));
        primary.reset(new UUID(2, 2));

        append("first", 1);
        assertThat(append(primary, keyed("k", 1, "b")).join().offset()).isEqualTo(1);
    }

    @Test
    void shouldNotRememberAKeyWhoseAppendWasRefused() {
        for (int i = 0; i < MAX_WAITING; i++) {
            append("waits", 2);
        }
        assertThatThrownBy(() -> append(primary, keyed("k", 2, "a"))).isInstanceOf(AppendRefusedException.class);
        assertThatThrownBy(() -> append(primary, keyed("k", 1, "x".repeat(10_000))))
                .isInstanceOf(LogFullException.class);

        assertThat(append(primary, keyed("k", 1, "b")).join().offset()).isEqualTo(3);
    }

    @Test
    void shouldAppendOnlyWhereTheLogEndsAsExpected() {
        append(primary, expecting(0, "a"));

        assertThat(catchThrowableOfType(EndMovedException.class, () -> append(primary, expecting(0, "b")))
                        .end())
                .isEqualTo(1);
        assertThatThrownBy(() -> append(primary, expecting(2, "b"))).isInstanceOf(EndMovedException.class);
        assertThat(log.end()).isEqualTo(1);
        assertThat(append(primary, expecting(1, "b")).join().offset()).isEqualTo(1);
    }

    @Test
    void shouldAnswerARepeatedAppendWhateverTheEndIsNow() {
        Append append = new Append("k", List.of("a".getBytes(UTF_8)), new WriteConcern(1), OptionalLong.of(0));
        append(primary, append);

        assertThat(append(primary, append).join().offset()).isZero();
        assertThat(log.end()).isEqualTo(1);
    }
}
