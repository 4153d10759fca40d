package io.replicatedlog.secondary;

import static io.replicatedlog.log.SampleRecords.list;
import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.log.SampleRecords.together;
import static io.replicatedlog.secondary.SampleBatches.NODE;
import static io.replicatedlog.secondary.SampleBatches.batch;
import static io.replicatedlog.secondary.SampleBatches.batchFrom;
import static io.replicatedlog.secondary.SampleBatches.replica;
import static io.replicatedlog.secondary.SampleBatches.startingAt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.log.Entry;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.IdentityStore;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a candidate changes of its log while it takes over another, and what it must not. */
class ReplicaAdoptionTest {

    private static final UUID LOG_ID = new UUID(1, 1);
    private static final Reign FIRST = new Reign(LOG_ID, 1);
    private static final long EPOCH = 5;
    private static final UUID ANOTHER = new UUID(9, 1);
    private static final URI ANOTHER_URL = URI.create("http://another:8080");

    private final Log log = new InMemoryLog(Long.MAX_VALUE);
    private final IdentityStore identity = SampleBatches.inMemory();
    private final Replica replica = replica(log, identity);

    /** It holds four entries of which one is committed, and has promised an epoch to itself. */
    @BeforeEach
    void stand() {
        replica.receive(batch(FIRST, 0, 1, 4, records(0, 1, "a", "b", "c", "d")));
        identity.update(before -> before.promised(new Promise(EPOCH, NODE)));
    }

    @Test
    void shouldAppendWhatFollowsOn() {
        assertThat(replica.adopt(EPOCH, records(4, 1, "e", "f"))).isEqualTo(6);

        assertThat(messages(log)).containsExactly("a", "b", "c", "d", "e", "f");
    }

    /** What comes behind may be the same as well: nothing is cut before something else is there to take its place. */
    @Test
    void shouldChangeNothingWhereTheRecordsAreTheSame() {
        assertThat(replica.adopt(EPOCH, records(1, 1, "b", "c"))).isEqualTo(3);

        assertThat(messages(log)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void shouldCutOffWhatDiffersAndEverythingBehindIt() {
        Records differing = records(List.of(
                new Entry(1, 1, 1_001, "", "b"), new Entry(2, 3, 1_002, "", "C"), new Entry(3, 3, 1_003, "", "D")));

        assertThat(replica.adopt(EPOCH, differing)).isEqualTo(4);

        assertThat(messages(log)).containsExactly("a", "b", "C", "D");
        assertThat(list(log)).extracting(Entry::epoch).containsExactly(1L, 1L, 3L, 3L);
    }

    @Test
    void shouldCutOffWhatTheOtherLogLacks() {
        replica.cutBehind(EPOCH, 2);
        assertThat(messages(log)).containsExactly("a", "b");

        replica.cutBehind(EPOCH, 2);
        assertThat(messages(log)).containsExactly("a", "b");
    }

    @Test
    void shouldCutOffAnAppendThatIsNotThereAsAWhole() {
        replica.cutIncomplete(EPOCH);
        assertThat(messages(log)).as("it ends with a whole one").containsExactly("a", "b", "c", "d");

        replica.adopt(EPOCH, records(together(4, 1, "e", "f", "g").subList(0, 2)));
        replica.cutIncomplete(EPOCH);

        assertThat(messages(log)).containsExactly("a", "b", "c", "d");
    }

    /** What follows it was lost, and with it the whole: an operator may have decided that this log goes on. */
    @Test
    void shouldCutOffTheRestOfACommittedAppendThatWasLost() {
        Reign next = new Reign(LOG_ID, EPOCH + 1);
        Records append = records(together(4, EPOCH + 1, "e", "f", "g"));
        replica.receive(startingAt(4, batchFrom(ANOTHER, ANOTHER_URL, next, 1, 7, append)));
        assertThat(replica.status().committed()).isEqualTo(7);
        identity.update(before -> before.promised(new Promise(EPOCH + 2, NODE)));
        log.truncate(6);

        replica.cutIncomplete(EPOCH + 2);

        assertThat(messages(log)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void shouldNeverCutBelowWhatIsCommitted() {
        refuses("Everything below 1 is committed", () -> replica.adopt(EPOCH, records(0, 2, "A")));
        refuses("Everything below 1 is committed", () -> replica.cutBehind(EPOCH, 0));

        replica.cutBehind(EPOCH, 1);
        assertThat(messages(log)).containsExactly("a");
    }

    @Test
    void shouldChangeNothingInAnotherEpochThanItHasPromisedToItself() {
        for (long epoch : new long[] {EPOCH - 1, EPOCH + 1}) {
            refuses("was given up", () -> replica.adopt(epoch, records(4, 1, "e")));
            refuses("was given up", () -> replica.cutBehind(epoch, 2));
            refuses("was given up", () -> replica.cutIncomplete(epoch));
        }
    }

    @Test
    void shouldChangeNothingOnceItHasPromisedAHigherEpochToAnother() {
        replica.promise(new PromiseRequest(new Promise(EPOCH + 1, ANOTHER), ANOTHER_URL, Optional.of(LOG_ID)));

        refuses("was given up", () -> replica.adopt(EPOCH, records(4, 1, "e")));
        refuses("was given up", () -> replica.cutBehind(EPOCH, 2));
        refuses("was given up", () -> replica.adopt(EPOCH + 1, records(4, 1, "e")));
    }

    @Test
    void shouldChangeNothingOnceItFollowsAHigherEpoch() {
        Reign next = new Reign(LOG_ID, EPOCH + 1);
        replica.receive(startingAt(4, batchFrom(ANOTHER, ANOTHER_URL, next, 1, 1, Records.empty(4))));

        refuses("was given up", () -> replica.adopt(EPOCH, records(4, 1, "e")));
        refuses("was given up", () -> replica.cutBehind(EPOCH, 2));
    }

    /** Or an acknowledgement would pass for equal what was only taken from a third node. */
    @Test
    void shouldCompareAnewWithItsPrimaryWhatItHasTakenOver() {
        replica.adopt(EPOCH, records(4, 1, "e"));
        Reign next = new Reign(LOG_ID, EPOCH + 1);

        long acknowledged = replica.receive(
                        startingAt(9, batchFrom(ANOTHER, ANOTHER_URL, next, 1, 1, Records.empty(2))))
                .end();

        assertThat(acknowledged).isEqualTo(2);
    }

    private void refuses(String why, ThrowingCallable call) {
        List<String> before = messages(log);

        assertThatThrownBy(call).isInstanceOf(IllegalStateException.class).hasMessageContaining(why);

        assertThat(messages(log)).isEqualTo(before);
    }
}
