package io.replicatedlog.secondary;

import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.secondary.SampleBatches.batch;
import static io.replicatedlog.secondary.SampleBatches.replica;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.storage.IdentityStore;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a replica concludes from where the log of its primary ends. */
class ReplicaReignTest {

    private static final UUID LOG_ID = new UUID(1, 1);
    private static final Reign FIRST = new Reign(LOG_ID, 1);
    private static final Reign SECOND = new Reign(LOG_ID, 2);

    private final Log log = new InMemoryLog(Long.MAX_VALUE);
    private final IdentityStore identity = SampleBatches.inMemory();
    private final Replica replica = replica(log, identity);

    @Test
    void shouldCutOffWhatAnEarlierReignLeftBehindTheEndOfThePrimary() {
        receive(FIRST, 0, 3, records(0, 1, "a", "b", "in doubt"));

        assertThat(receive(SECOND, 1, 2, Records.empty(2))).isEqualTo(2);
        assertThat(messages(log)).containsExactly("a", "b");
    }

    @Test
    void shouldCutItOffAlsoWhereEverythingBeforeIsSentAgain() {
        receive(FIRST, 0, 3, records(0, 1, "a", "b", "in doubt"));

        assertThat(receive(SECOND, 0, 2, records(0, 1, "a", "b"))).isEqualTo(2);
        assertThat(messages(log)).containsExactly("a", "b");
    }

    @Test
    void shouldKeepWhatHasNotBeenComparedYet() {
        receive(FIRST, 0, 3, records(0, 1, "a", "b", "c"));

        assertThat(receive(SECOND, 1, 3, Records.empty(1))).isEqualTo(1);
        assertThat(messages(log)).containsExactly("a", "b", "c");
    }

    @Test
    void shouldCutNothingForACallThatComesLate() {
        receive(FIRST, 0, 1, records(0, 1, "a"));
        receive(FIRST, 1, 3, records(1, 1, "b", "c"));

        assertThat(receive(FIRST, 1, 1, Records.empty(1))).isEqualTo(3);
        assertThat(receive(FIRST, 0, 1, records(0, 1, "a"))).isEqualTo(3);
        assertThat(messages(log)).containsExactly("a", "b", "c");
    }

    @Test
    void shouldNotCutOffWhatIsCommitted() {
        replica.receive(batch(FIRST, 0, 3, 3, records(0, 1, "a", "b", "c")));

        assertThat(catchThrowableOfType(
                                ReplicationRefusedException.class, () -> receive(SECOND, 1, 2, Records.empty(2)))
                        .reason())
                .isEqualTo(Reason.DIVERGED);
        assertThat(messages(log)).containsExactly("a", "b", "c");
        assertThat(replica.status().reign()).contains(FIRST);
    }

    @Test
    void shouldBeSureOfWhatItHoldsOnceItHasAllThatThePrimaryHadWhenItCalledFirst() {
        assertThat(replica.position().isComplete())
                .as("it may have lost its memory")
                .isFalse();
        receive(FIRST, 0, 3, Records.empty(0));
        receive(FIRST, 0, 9, records(0, 1, "a", "b"));
        assertThat(replica.position().isComplete()).isFalse();

        receive(FIRST, 1, 9, records(2, 1, "c"));

        assertThat(replica.position().isComplete()).isTrue();
        assertThat(replica(log, identity).position().isComplete())
                .as("it is remembered")
                .isTrue();
    }

    @Test
    void shouldStaySureInTheNextReignOfTheSameLog() {
        receive(FIRST, 0, 1, records(0, 1, "a"));

        receive(SECOND, 1, 9, Records.empty(1));

        assertThat(replica.position().isComplete()).isTrue();
    }

    @Test
    void shouldNotBeSureOfAnotherLog() {
        receive(FIRST, 0, 0, Records.empty(0));
        assertThat(replica.position().isComplete()).isTrue();

        receive(new Reign(new UUID(2, 2), 3), 0, 5, Records.empty(0));

        assertThat(replica.position().isComplete()).isFalse();
    }

    @Test
    void shouldNotBeSureAfterAReset() {
        receive(FIRST, 0, 1, records(0, 1, "a"));

        replica.reset(Optional.of(SECOND));

        assertThat(replica.position().isComplete()).isFalse();
    }

    private long receive(Reign reign, long previousEpoch, long end, Records records) {
        return replica.receive(batch(reign, previousEpoch, 0, end, records)).end();
    }
}
