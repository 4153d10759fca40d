package io.replicatedlog.secondary;

import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.secondary.SampleBatches.FOUNDERS;
import static io.replicatedlog.secondary.SampleBatches.batch;
import static io.replicatedlog.secondary.SampleBatches.confirming;
import static io.replicatedlog.secondary.SampleBatches.replica;
import static io.replicatedlog.secondary.SampleBatches.startingAt;
import static io.replicatedlog.secondary.SampleBatches.telling;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.IdentityStore;
import java.util.UUID;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A node whose storage is an old copy: only the primary, who was told more, can know. */
class ReplicaLossTest {

    private static final Reign FIRST = new Reign(new UUID(1, 1), 1);
    private static final Reign SECOND = new Reign(new UUID(1, 1), 2);
    private static final Logger LOG = Logger.getLogger(Replica.class.getName());

    private final Log log = new InMemoryLog(Long.MAX_VALUE);
    private final IdentityStore identity = SampleBatches.inMemory();
    private final Replica replica = replica(log, identity);

    /** The losses that are planted here belong into no build's output. */
    @BeforeAll
    static void hideLog() {
        LOG.setUseParentHandlers(false);
    }

    @AfterAll
    static void showLog() {
        LOG.setUseParentHandlers(true);
    }

    @Test
    void shouldNotCallItselfCompleteOnceItHoldsLessThanItAcknowledged() {
        givenACompleteNodeThatHoldsTwoEntries();

        assertThat(replica.receive(batch(FIRST, 1, 0, 5, 4, Records.empty(2))).end())
                .as("it had acknowledged 4")
                .isEqualTo(2);

        assertThat(replica.position().isComplete()).isFalse();
        assertThat(identity.load().isComplete()).as("it is remembered").isFalse();
    }

    @Test
    void shouldSayWithEachAnswerThatItDoesNotCount() {
        givenACompleteNodeThatHoldsTwoEntries();

        Acknowledgement first = replica.receive(batch(FIRST, 1, 0, 5, 4, Records.empty(2)));
        Acknowledgement second = replica.receive(batch(FIRST, 1, 0, 5, 2, records(2, 1, "c", "d", "e")));

        assertThat(first.isComplete()).isFalse();
        assertThat(second).isEqualTo(new Acknowledgement(SampleBatches.NODE, 5, first.refill()));
    }

    @Test
    void shouldCallItselfCompleteAgainOnceItIsRefilledUpToWhereThePrimaryEndedThenAndThatIsConfirmed() {
        givenACompleteNodeThatHoldsTwoEntries();
        long refill =
                replica.receive(batch(FIRST, 1, 0, 5, 4, Records.empty(2))).refill();

        replica.receive(confirming(refill, batch(FIRST, 1, 0, 9, 2, records(2, 1, "c", "d"))));
        assertThat(replica.position().isComplete())
                .as("it holds what it had acknowledged, but may have acknowledged more")
                .isFalse();
        replica.receive(batch(FIRST, 1, 0, 9, 4, records(4, 1, "e")));
        assertThat(replica.position().isComplete())
                .as("it may have promised a higher epoch")
                .isFalse();
        replica.receive(confirming(refill, batch(FIRST, 1, 0, 9, 5, Records.empty(5))));
        assertThat(replica.position().isComplete()).isTrue();
        assertThat(messages(log)).containsExactly("a", "b", "c", "d", "e");
    }

    /** The old copy is of the time before this reign began. */
    @Test
    void shouldNotCallItselfCompleteOnceItDoesNotRememberTheReignInWhichItAcknowledged() {
        givenACompleteNodeThatHoldsTwoEntries();

        long refill = replica.receive(startingAt(2, batch(SECOND, 1, 0, 5, 2, Records.empty(2))))
                .refill();

        assertThat(replica.position().isComplete()).isFalse();
        replica.receive(startingAt(2, confirming(refill, batch(SECOND, 1, 0, 6, 2, records(2, 2, "c", "d")))));
        assertThat(replica.position().isComplete()).isFalse();
        replica.receive(startingAt(2, confirming(refill, batch(SECOND, 2, 0, 6, 4, records(4, 2, "e")))));
        assertThat(replica.position().isComplete()).isTrue();
    }

    @Test
    void shouldStayCompleteInANewReignInWhichItHasAcknowledgedNothingYet() {
        givenACompleteNodeThatHoldsTwoEntries();

        replica.receive(startingAt(2, batch(SECOND, 1, 0, 5, 0, Records.empty(2))));

        assertThat(replica.position().isComplete()).isTrue();
    }

    @Test
    void shouldStayCompleteIfItHoldsMoreThanThePrimaryHasHeardOf() {
        givenACompleteNodeThatHoldsTwoEntries();

        replica.receive(batch(FIRST, 1, 0, 5, 1, Records.empty(2)));
        replica.receive(batch(FIRST, 1, 0, 5, 2, records(2, 1, "c")));
        replica.receive(batch(FIRST, 1, 0, 5, 2, records(2, 1, "c")));

        assertThat(replica.position().isComplete()).isTrue();
    }

    /** Refilled, and lost once more: what was reached before counts no more. */
    @Test
    void shouldBeRefilledAnewAfterAnotherLoss() {
        givenACompleteNodeThatHoldsTwoEntries();
        long first = replica.receive(batch(FIRST, 1, 0, 3, 3, Records.empty(2))).refill();
        long second =
                replica.receive(batch(FIRST, 1, 0, 8, 8, Records.empty(2))).refill();

        replica.receive(confirming(first, batch(FIRST, 1, 0, 8, 2, records(2, 1, "c"))));
        replica.receive(confirming(second, batch(FIRST, 1, 0, 8, 2, records(2, 1, "c"))));

        assertThat(second).isNotEqualTo(first);
        assertThat(replica.position().isComplete()).as("5 are missing").isFalse();
    }

    private void givenACompleteNodeThatHoldsTwoEntries() {
        replica.receive(telling(FOUNDERS, batch(FIRST, 0, 0, 2, records(0, 1, "a", "b"))));
        assertThat(replica.position().isComplete()).isTrue();
    }
}
