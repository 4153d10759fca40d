package io.replicatedlog.secondary;

import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.secondary.SampleBatches.FOUNDERS;
import static io.replicatedlog.secondary.SampleBatches.batch;
import static io.replicatedlog.secondary.SampleBatches.confirming;
import static io.replicatedlog.secondary.SampleBatches.members;
import static io.replicatedlog.secondary.SampleBatches.replica;
import static io.replicatedlog.secondary.SampleBatches.startingAt;
import static io.replicatedlog.secondary.SampleBatches.telling;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.storage.IdentityStore;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a replica concludes from where the reign of its primary began, and from where its log ends. */
class ReplicaReignTest {

    private static final UUID LOG_ID = new UUID(1, 1);
    private static final UUID ANOTHER_STORAGE = new UUID(7, 7);
    private static final Reign FIRST = new Reign(LOG_ID, 1);
    private static final Reign SECOND = new Reign(LOG_ID, 2);
    private static final Reign THIRD = new Reign(LOG_ID, 3);

    private final HookedLog log = new HookedLog(new InMemoryLog(Long.MAX_VALUE));
    private final IdentityStore identity = SampleBatches.inMemory();
    private final Replica replica = replica(log, identity);

    // --- what earlier reigns left

    @Test
    void shouldCutOffWhatAnEarlierReignLeftBehindTheBeginningOfThePresentOne() {
        receive(FIRST, 0, 0, 3, records(0, 1, "a", "b", "in doubt"));

        assertThat(receive(SECOND, 2, 1, 2, Records.empty(2)).end()).isEqualTo(2);

        assertThat(messages(log)).containsExactly("a", "b");
    }

    @Test
    void shouldCutItOffAlsoWhereEverythingBeforeIsSentAgain() {
        receive(FIRST, 0, 0, 3, records(0, 1, "a", "b", "in doubt"));

        assertThat(receive(SECOND, 2, 0, 2, records(0, 1, "a", "b")).end()).isEqualTo(2);

        assertThat(messages(log)).containsExactly("a", "b");
    }

    /** Though the primary's log goes further by now: what is there is not what the primary has there. */
    @Test
    void shouldCutItOffAlsoWhereThePresentReignHasWrittenSomethingThere() {
        receive(FIRST, 0, 0, 3, records(0, 1, "a", "in doubt", "in doubt as well"));

        assertThat(receive(SECOND, 1, 1, 3, Records.empty(1)).end()).isEqualTo(1);

        assertThat(messages(log)).containsExactly("a");
    }

    @Test
    void shouldKeepWhatHasNotBeenComparedYet() {
        receive(FIRST, 0, 0, 3, records(0, 1, "a", "b", "c"));

        assertThat(receive(SECOND, 3, 1, 3, Records.empty(1)).end()).isEqualTo(1);

        assertThat(messages(log)).containsExactly("a", "b", "c");
    }

    @Test
    void shouldCutNothingForACallThatComesLate() {
        receive(FIRST, 0, 0, 1, records(0, 1, "a"));
        receive(FIRST, 0, 1, 3, records(1, 1, "b", "c"));

        assertThat(receive(FIRST, 0, 1, 1, Records.empty(1)).end()).isEqualTo(3);
        assertThat(receive(FIRST, 0, 0, 1, records(0, 1, "a")).end()).isEqualTo(3);
        assertThat(messages(log)).containsExactly("a", "b", "c");
    }

    @Test
    void shouldNotCutOffWhatIsCommitted() {
        replica.receive(batch(FIRST, 0, 3, 3, records(0, 1, "a", "b", "c")));

        ReplicationRefusedException refused = catchThrowableOfType(
                ReplicationRefusedException.class, () -> receive(SECOND, 2, 1, 2, Records.empty(2)));

        assertThat(refused.reason()).isEqualTo(Reason.DIVERGED);
        assertThat(messages(log)).containsExactly("a", "b", "c");
        assertThat(replica.status().reign()).contains(FIRST);
    }

    // --- the last reign that it matched

    @Test
    void shouldHaveMatchedAReignOnceItHoldsWhatTheReignBeganWith() {
        receive(FIRST, 0, 0, 2, records(0, 1, "a", "b"));
        assertThat(replica.position().matched()).isEqualTo(1);

        receive(SECOND, 4, 1, 4, records(2, 1, "c"));
        assertThat(replica.position().reign()).contains(SECOND);
        assertThat(replica.position().matched()).as("d is missing").isEqualTo(1);
        receive(SECOND, 4, 1, 4, records(3, 1, "d"));

        assertThat(replica.position().matched()).isEqualTo(2);
        assertThat(replica(log, identity).position().matched())
                .as("it is remembered")
                .isEqualTo(2);
    }

    @Test
    void shouldNotHaveMatchedAReignThatItHasOnlyPartlyBeenComparedWith() {
        receive(FIRST, 0, 0, 3, records(0, 1, "a", "b", "c"));

        receive(SECOND, 3, 1, 3, Records.empty(1));

        assertThat(replica.position().end()).as("it holds as much").isEqualTo(3);
        assertThat(replica.position().matched()).isEqualTo(1);
    }

    /** Or a stale suffix would make its log look longer than that of a node that acknowledged. */
    @Test
    void shouldHoldNothingOfAnEarlierReignBehindTheBeginningOfTheOneThatItMatched() {
        receive(FIRST, 0, 0, 3, records(0, 1, "a", "in doubt", "in doubt as well"));
        log.beforeForce(() -> assertThat(messages(log)).as("cut before").containsExactly("a"));

        receive(SECOND, 1, 1, 1, Records.empty(1));

        assertThat(replica.position().matched()).isEqualTo(2);
        assertThat(replica.position().end()).isEqualTo(1);
    }

    @Test
    void shouldStoreThatItMatchedOnlyAfterTheForce() {
        receive(FIRST, 0, 0, 1, records(0, 1, "a"));
        log.beforeForce(() -> assertThat(identity.load().matched()).isEqualTo(1));

        receive(SECOND, 3, 1, 3, records(1, 1, "b", "c"));

        assertThat(identity.load().matched()).isEqualTo(2);
    }

    @Test
    void shouldNotHaveMatchedAReignThatWasOverBeforeTheForceCameBack() {
        receive(FIRST, 0, 0, 1, records(0, 1, "a"));
        log.beforeForce(() -> receive(THIRD, 5, 1, 5, Records.empty(1)));

        assertThat(catchThrowableOfType(
                        ReplicationRefusedException.class, () -> receive(SECOND, 1, 1, 1, Records.empty(1))))
                .extracting(ReplicationRefusedException::reason)
                .isEqualTo(Reason.FENCED);

        assertThat(identity.load().matched()).isEqualTo(1);
    }

    @Test
    void shouldHaveMatchedNothingOfAnotherLog() {
        receive(FIRST, 0, 0, 0, Records.empty(0));

        receive(new Reign(new UUID(2, 2), 3), 5, 0, 5, Records.empty(0));

        assertThat(replica.position().matched()).isZero();
    }

    // --- complete or not

    @Test
    void shouldBeCompleteFromTheStartInALogThatItWasAMemberOfFromItsBeginning() {
        assertThat(replica.position().isComplete()).isFalse();

        Acknowledgement acknowledgement = replica.receive(telling(FOUNDERS, batch(FIRST, 0, 0, 9, records(0, 1, "a"))));

        assertThat(acknowledgement.isComplete()).isTrue();
        assertThat(replica.position().isComplete()).isTrue();
        assertThat(identity.load().members()).contains(FOUNDERS);
    }

    /** It may be a member that has lost its storage, and what it had acknowledged and promised with that. */
    @Test
    void shouldNotBeCompleteAsAStorageThatTheMembersDoNotList() {
        replica.receive(telling(members(ANOTHER_STORAGE), batch(FIRST, 0, 0, 1, records(0, 1, "a"))));

        assertThat(replica.position().isComplete()).isFalse();
        assertThat(receive(FIRST, 0, 1, 1, Records.empty(1)).isComplete()).isFalse();
    }

    @Test
    void shouldBeCompleteOnceItIsRefilledAndThatIsConfirmed() {
        long refill = receive(FIRST, 0, 0, 3, Records.empty(0)).refill();
        assertThat(refill).isPositive();

        assertThat(confirmed(refill, records(0, 1, "a", "b")).isComplete())
                .as("c is missing")
                .isFalse();
        assertThat(receive(FIRST, 0, 1, 9, records(2, 1, "c")).isComplete())
                .as("refilled up to where the primary ended at first, and not confirmed")
                .isFalse();
        assertThat(replica.position().isComplete()).isFalse();
        assertThat(confirmed(refill, Records.empty(3)).isComplete()).isTrue();

        assertThat(replica.position().isComplete()).isTrue();
        assertThat(replica(log, identity).position().isComplete())
                .as("it is remembered")
                .isTrue();
    }

    @Test
    void shouldNotBeCompleteByTheConfirmationOfAnotherRefill() {
        long first = receive(FIRST, 0, 0, 1, records(0, 1, "a")).refill();
        replica.exclusively(() -> {}); // somebody else has written to the log

        long second = confirmed(first, Records.empty(1)).refill();

        assertThat(second).isNotEqualTo(first).isPositive();
        assertThat(confirmed(first, Records.empty(1)).isComplete()).isFalse();
    }

    /** The majority that confirms makes other reigns impossible, but only lower ones than this. */
    @Test
    void shouldBeginAnotherRefillUnderTheNextReign() {
        long first = receive(FIRST, 0, 0, 1, records(0, 1, "a")).refill();

        long second = receive(SECOND, 1, 1, 1, Records.empty(1)).refill();

        assertThat(second).isNotEqualTo(first);
        replica.receive(startingAt(1, confirming(first, batch(SECOND, 1, 0, 1, Records.empty(1)))));
        assertThat(replica.position().isComplete()).isFalse();
        replica.receive(startingAt(1, confirming(second, batch(SECOND, 1, 0, 1, Records.empty(1)))));
        assertThat(replica.position().isComplete()).isTrue();
    }

    @Test
    void shouldStayCompleteInTheNextReignOfTheSameLog() {
        replica.receive(telling(FOUNDERS, batch(FIRST, 0, 0, 1, records(0, 1, "a"))));

        receive(SECOND, 9, 1, 9, Records.empty(1));

        assertThat(replica.position().isComplete()).isTrue();
    }

    @Test
    void shouldNotBeCompleteInAnotherLogThatItIsNotToldToBelongTo() {
        replica.receive(telling(FOUNDERS, batch(FIRST, 0, 0, 0, Records.empty(0))));
        assertThat(replica.position().isComplete()).isTrue();

        receive(new Reign(new UUID(2, 2), 3), 5, 0, 5, Records.empty(0));

        assertThat(replica.position().isComplete()).isFalse();
    }

    /** The log was emptied on purpose: of the new one it has acknowledged nothing yet. */
    @Test
    void shouldBeCompleteAfterAResetToANewLog() {
        receive(FIRST, 0, 0, 1, records(0, 1, "a"));

        replica.reset(new Reign(new UUID(2, 2), 2));

        assertThat(replica.position().isComplete()).isTrue();
        assertThat(replica.position().matched()).isZero();
    }

    @Test
    void shouldBeAnotherStorageAfterAResetWithoutALog() {
        replica.receive(telling(FOUNDERS, batch(FIRST, 0, 0, 1, records(0, 1, "a"))));

        replica.reset();

        assertThat(replica.position().isComplete()).isFalse();
        assertThat(replica.position().node()).isNotEqualTo(SampleBatches.NODE);
        replica.receive(telling(FOUNDERS, batch(FIRST, 0, 0, 1, Records.empty(0))));
        assertThat(replica.position().isComplete())
                .as("the members list the storage that was there before")
                .isFalse();
    }

    private Acknowledgement confirmed(long refill, Records records) {
        long previousEpoch = records.first() == 0 ? 0 : 1;
        return replica.receive(confirming(refill, batch(FIRST, previousEpoch, 0, 9, records)));
    }

    private Acknowledgement receive(Reign reign, long start, long previousEpoch, long end, Records records) {
        return replica.receive(startingAt(start, batch(reign, previousEpoch, 0, end, records)));
    }
}
