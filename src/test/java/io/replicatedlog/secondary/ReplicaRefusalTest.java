package io.replicatedlog.secondary;

import static io.replicatedlog.log.SampleRecords.entries;
import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.secondary.SampleBatches.FOUNDERS;
import static io.replicatedlog.secondary.SampleBatches.NODE;
import static io.replicatedlog.secondary.SampleBatches.batch;
import static io.replicatedlog.secondary.SampleBatches.batchFrom;
import static io.replicatedlog.secondary.SampleBatches.replica;
import static io.replicatedlog.secondary.SampleBatches.startingAt;
import static io.replicatedlog.secondary.SampleBatches.telling;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicatedlog.log.Entry;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.storage.IdentityStore;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Whom a replica lets write, and what it does not let anybody change. */
class ReplicaRefusalTest {

    private static final UUID LOG_ID = new UUID(1, 1);
    private static final UUID OTHER_ID = new UUID(2, 2);
    private static final UUID ONE = new UUID(9, 1);
    private static final UUID TWO = new UUID(9, 2);
    private static final Reign FIRST = new Reign(LOG_ID, 1);
    private static final Reign SECOND = new Reign(LOG_ID, 2);

    private final Log log = new InMemoryLog(Long.MAX_VALUE);
    private final IdentityStore identity = SampleBatches.inMemory();
    private final Replica replica = replica(log, identity);

    @Test
    void shouldRefuseAnotherLogAndDropNothing() {
        receive(FIRST, 0, records(0, 1, "a", "b"));
        for (long epoch : new long[] {1, 2, 99}) {
            Reign other = new Reign(OTHER_ID, epoch);
            refuses(Reason.FOREIGN_LOG, () -> receive(other, 0, records(0, 1, "x")));
            refuses(Reason.FOREIGN_LOG, () -> receive(other, 1, records(2, 1, "x")));
            refuses(Reason.FOREIGN_LOG, () -> receive(other, 0, Records.empty(0)));
            refuses(Reason.FOREIGN_LOG, () -> replica.receive(Optional.of(other), entries(2, 1, "x")));
        }
    }

    @Test
    void shouldFollowAnotherLogWhileItIsEmpty() {
        receive(FIRST, 1, records(3, 1, "held back"));
        Reign other = new Reign(OTHER_ID, 1);

        receive(other, 0, records(0, 1, "a", "b", "c"));

        assertThat(replica.status().reign()).contains(other);
        assertThat(messages(log)).as("nothing of the former log").containsExactly("a", "b", "c");
        assertThat(replica.status().heldBack()).isZero();
    }

    @Test
    void shouldForgetWhatWasCommittedInTheLogThatItFollowedBefore() {
        receive(batchFrom(ONE, uri("first"), FIRST, 0, 40, records(3, 1, "held back")));

        receive(batchFrom(ONE, uri("second"), new Reign(OTHER_ID, 1), 0, 3, records(0, 1, "a")));

        assertThat(replica.status().committed()).isEqualTo(1);
    }

    @Test
    void shouldFenceALowerEpoch() {
        receive(SECOND, 0, records(0, 2, "a"));

        refuses(Reason.FENCED, () -> receive(FIRST, 1, records(1, 1, "x")));
        refuses(Reason.FENCED, () -> receive(FIRST, 0, Records.empty(0)));
        refuses(Reason.FENCED, () -> replica.receive(Optional.of(FIRST), entries(1, 1, "x")));
    }

    @Test
    void shouldFenceALowerEpochThoughItIsEmpty() {
        replica.reset(new Reign(OTHER_ID, 2));

        refuses(Reason.FENCED, () -> receive(FIRST, 0, records(0, 1, "of the log before the reset")));
    }

    @Test
    void shouldFollowAHigherEpochAndForgetWhatItHeldBackOfTheLower() {
        receive(FIRST, 0, records(0, 1, "a"));
        receive(FIRST, 1, records(2, 1, "of the first reign"));

        receive(SECOND, 1, records(1, 2, "b"));

        assertThat(replica.status().reign()).contains(SECOND);
        assertThat(replica.status().heldBack()).isZero();
        assertThat(messages(log)).containsExactly("a", "b");
    }

    @Test
    void shouldLearnWhereTheNewPrimaryIs() {
        receive(batchFrom(ONE, uri("first"), FIRST, 0, 0, Records.empty(0)));
        receive(batchFrom(TWO, uri("second"), SECOND, 0, 0, Records.empty(0)));

        assertThat(replica.status().primary()).contains(uri("second"));
    }

    @Test
    void shouldSayWhereToLookForRecordsThatDoNotFollowOnItsOwn() {
        receive(SECOND, 0, records(List.of(new Entry(0, 1, 0, "", "a"), new Entry(1, 2, 0, "", "b"))));

        differs(1, 1, () -> receive(SECOND, 1, records(2, 2, "c")));
        differs(1, 1, () -> receive(SECOND, 1, Records.empty(2)));
        differs(0, 0, () -> receive(SECOND, 0, Records.empty(2)));
        differs(1, 1, () -> receive(SECOND, 2, Records.empty(1)));
        receive(SECOND, 2, records(2, 2, "c"));
        assertThat(messages(log)).containsExactly("a", "b", "c");
    }

    @Test
    void shouldSayWhereItEndsToAPrimaryOfANewReignThatHoldsMore() {
        receive(FIRST, 0, records(0, 1, "a", "b"));

        differs(2, 1, () -> receive(SECOND, 2, Records.empty(9)));
        differs(2, 1, () -> receive(SECOND, 2, records(9, 2, "x")));
        assertThat(replica.status().reign())
                .as("it has not been found to be the same log")
                .contains(FIRST);
    }

    @Test
    void shouldAcknowledgeOnlyWhatWasFoundToBeTheSameInThisReign() {
        receive(FIRST, 0, records(0, 1, "a", "b", "c"));

        assertThat(replica.receive(startingAt(3, batch(SECOND, 1, 0, Long.MAX_VALUE, Records.empty(1))))
                        .end())
                .isEqualTo(1);
        assertThat(messages(log)).containsExactly("a", "b", "c");
        assertThat(replica.receive(startingAt(3, batch(SECOND, 1, 0, Long.MAX_VALUE, records(1, 1, "b"))))
                        .end())
                .isEqualTo(2);
    }

    @Test
    void shouldCutOffUnderAHigherEpochWhatAnEarlierReignLeft() {
        receive(FIRST, 0, records(0, 1, "a", "b", "c", "d"));

        receive(SECOND, 1, records(List.of(new Entry(1, 1, 1_001, "", "b"), new Entry(2, 2, 0, "", "C"))));

        assertThat(messages(log)).containsExactly("a", "b", "C");
        assertThat(replica.status().end()).isEqualTo(3);
    }

    @Test
    void shouldNeverCutOffWhatIsCommitted() {
        receive(batch(FIRST, 0, 2, Long.MAX_VALUE, records(0, 1, "a", "b", "c")));

        refuses(Reason.DIVERGED, () -> receive(SECOND, 1, records(1, 2, "B")));
        receive(SECOND, 1, records(2, 2, "C"));
        assertThat(messages(log)).containsExactly("a", "b", "C");
    }

    @Test
    void shouldLetOnlyOnePrimaryHaveAReign() {
        receive(batchFrom(ONE, uri("one"), FIRST, 0, 0, records(0, 1, "a")));

        refuses(Reason.FENCED, () -> receive(batchFrom(TWO, uri("two"), FIRST, 1, 0, Records.empty(1))));
    }

    /** One of the two runs on a copy of the other's data directory. */
    @Test
    void shouldRefuseACallerThatHasItsOwnNodeId() {
        ReplicationRefusedException refused =
                refuses(Reason.LED, () -> receive(batchFrom(NODE, uri("copy"), FIRST, 0, 0, records(0, 1, "a"))));

        assertThat(refused).hasMessageContaining("http://copy:8080 has this node's own id, " + NODE);
    }

    @Test
    void shouldRefuseACallerThatIsNoMember() {
        receive(telling(FOUNDERS, batch(FIRST, 0, 0, 1, records(0, 1, "a"))));

        ReplicationRefusedException refused = refuses(
                Reason.NOT_A_MEMBER, () -> receive(batchFrom(TWO, uri("stranger"), SECOND, 1, 0, Records.empty(1))));

        assertThat(refused).hasMessageStartingWith("http://stranger:8080 is not among the members of log " + LOG_ID);
        receive(startingAt(1, batchFrom(TWO, SampleBatches.CANDIDATE, SECOND, 1, 0, Records.empty(1))));
        assertThat(replica.status().primary()).contains(SampleBatches.CANDIDATE);
    }

    /** As {@code curl} or a client of the existing system sends entries: without a node id. */
    @Test
    void shouldRefuseEntriesOfACallerWithoutANodeIdWhileItLeads() {
        identity.update(before -> before.promised(new Promise(2, NODE)).reigning(SECOND, uri("replica"), FOUNDERS));

        refuses(Reason.LED, () -> replica.receive(Optional.empty(), entries(0, 1, "a")));
        refuses(Reason.LED, () -> replica.receive(Optional.of(SECOND), entries(0, 2, "a")));
        refuses(Reason.FENCED, () -> replica.receive(Optional.of(FIRST), entries(0, 1, "a")));
    }

    @Test
    void shouldTakeThemOnceItFollowsAnotherPrimary() {
        identity.update(before -> before.promised(new Promise(1, NODE)).reigning(FIRST, uri("replica"), FOUNDERS));
        receive(SECOND, 0, records(0, 2, "a"));

        replica.receive(Optional.empty(), entries(1, 2, "b"));

        assertThat(messages(log)).containsExactly("a", "b");
    }

    @Test
    void shouldRememberWhomItFollowsWhenItStartsAgain() {
        replica(log, identity, new Replica.HeldBackBounds(1, 1))
                .receive(batch(SECOND, 0, 1, Long.MAX_VALUE, records(0, 2, "a", "b")));
        Replica restarted = replica(log, identity, new Replica.HeldBackBounds(1, 1));

        assertThat(restarted.status().reign()).contains(SECOND);
        assertThat(restarted.status().primary()).contains(uri("primary"));
        assertThat(catchThrowableOfType(
                        ReplicationRefusedException.class,
                        () -> restarted.receive(batch(FIRST, 0, 0, Long.MAX_VALUE, Records.empty(0)))))
                .extracting(ReplicationRefusedException::reason)
                .isEqualTo(Reason.FENCED);
        assertThat(restarted
                        .receive(batch(SECOND, 2, 2, Long.MAX_VALUE, Records.empty(2)))
                        .end())
                .isEqualTo(2);
        assertThat(identity.load().committed()).as("noted when there was time").isEqualTo(2);
    }

    @Test
    void shouldGiveItsRecordsToACandidate() {
        receive(FIRST, 0, records(0, 1, "a", "b", "c"));

        assertThat(replica.position()).isEqualTo(new Position(NODE, 1, Optional.of(FIRST), 1, 3, 1, 0, false));
        assertThat(replica.read(1, 1, 1_000_000).bytes())
                .isEqualTo(records(1, 1, "b", "c").bytes());
        assertThat(replica.read(3, 1, 1_000_000).isEmpty()).isTrue();
        differs(0, 0, () -> replica.read(1, 0, 1_000_000));
        differs(3, 1, () -> replica.read(5, 2, 1_000_000));
    }

    @Test
    void shouldRefuseAnotherEntryAtAnOffsetThatItHolds() {
        receive(SECOND, 0, records(0, 2, "a", "b", "c"));
        List<Records> different = List.of(
                records(0, 2, "a", "B"), records(0, 2, "a", "b", "C", "d"), records(0, 1, "a"), records(0, 2, "a", ""));

        different.forEach(sent -> refuses(Reason.DIVERGED, () -> receive(SECOND, 0, sent)));
    }

    /** The higher epoch of a refused batch is not followed: or the primary that it really follows would be fenced. */
    @Test
    void shouldChangeNothingAtAllWhenItRefuses() {
        receive(batch(FIRST, 0, 1, Long.MAX_VALUE, records(0, 1, "a", "b")));
        receive(FIRST, 1, records(5, 1, "held back"));

        refuses(
                Reason.DIVERGED,
                () -> receive(batchFrom(TWO, uri("second"), SECOND, 0, 9, records(0, 1, "A", "b", "c"))));
    }

    @Test
    void shouldRefuseEveryPrimaryWhileItHoldsEntriesOfAnUnknownLog() {
        replica.receive(Optional.empty(), entries(0, 0, "a"));

        refuses(Reason.FOREIGN_LOG, () -> receive(FIRST, 0, records(0, 1, "x")));
    }

    @Test
    void shouldCountNoEntryOfAnEarlierReignBehindALaterOne() {
        receive(SECOND, 0, records(0, 2, "a"));
        replica.receive(Optional.empty(), entries(2, 1, "of epoch 1"));

        receive(SECOND, 2, records(1, 2, "b"));

        assertThat(messages(log)).containsExactly("a", "b");
        assertThat(replica.status().heldBack()).isZero();
    }

    private void receive(Reign reign, long previousEpoch, Records records) {
        receive(batch(reign, previousEpoch, 0, Long.MAX_VALUE, records));
    }

    private void receive(Batch batch) {
        replica.receive(batch);
    }

    private void differs(long end, long epoch, ThrowingCallable call) {
        Replica.Status before = replica.status();

        MismatchException differs = catchThrowableOfType(MismatchException.class, call);

        assertThat(differs).isNotNull();
        assertThat(differs.end()).isEqualTo(end);
        assertThat(differs.epoch()).isEqualTo(epoch);
        assertThat(replica.status()).isEqualTo(before);
    }

    private ReplicationRefusedException refuses(Reason reason, ThrowingCallable call) {
        Replica.Status before = replica.status();
        List<String> held = messages(log);

        ReplicationRefusedException refused = catchThrowableOfType(ReplicationRefusedException.class, call);

        assertThat(refused).isNotNull();
        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(refused.end()).isEqualTo(before.end());
        assertThat(refused.reign()).isEqualTo(before.reign());
        assertThat(replica.status()).isEqualTo(before);
        assertThat(messages(log)).isEqualTo(held);
        return refused;
    }

    private static URI uri(String host) {
        return URI.create("http://" + host + ":8080");
    }
}
