package io.replicatedlog.secondary;

import static io.replicatedlog.log.SampleRecords.entries;
import static io.replicatedlog.log.SampleRecords.list;
import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.log.SampleRecords.together;
import static io.replicatedlog.secondary.SampleBatches.PRIMARY;
import static io.replicatedlog.secondary.SampleBatches.inMemory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.log.Entry;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Reign;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a replica makes of batches that come late, twice, or before others. */
class ReplicaTest {

    private static final Reign REIGN = new Reign(new UUID(1, 1), 1);

    private final Log log = new InMemoryLog(Long.MAX_VALUE);
    private final Replica replica = SampleBatches.replica(log, inMemory());

    @Test
    void shouldAppendWhatFollowsOn() {
        assertThat(replica.receive(batch(0, "a", "b")).end()).isEqualTo(2);
        assertThat(replica.receive(batch(2, "c")).end()).isEqualTo(3);
        assertThat(messages(log)).containsExactly("a", "b", "c");
    }

    @Test
    void shouldHoldBackAnEntryUntilTheGapIsFilled() {
        assertThat(replica.receive(batch(0, "m0")).end()).isEqualTo(1);
        assertThat(replica.receive(batch(1, "m1")).end()).isEqualTo(2);
        assertThat(replica.receive(batch(3, "m3")).end())
                .as("m3 is not acknowledged")
                .isEqualTo(2);
        assertThat(messages(log)).as("m3 is not visible").containsExactly("m0", "m1");
        assertThat(replica.status().heldBack()).isEqualTo(1);

        assertThat(replica.receive(batch(2, "m2")).end()).isEqualTo(4);
        assertThat(messages(log)).containsExactly("m0", "m1", "m2", "m3");
        assertThat(replica.status().heldBack()).isZero();
    }

    @Test
    void shouldSkipWhatItHas() {
        replica.receive(batch(0, "a", "b", "c"));

        assertThat(replica.receive(batch(0, "a", "b", "c")).end()).isEqualTo(3);
        assertThat(replica.receive(batch(1, "b")).end()).isEqualTo(3);
        assertThat(replica.receive(batch(1, "b", "c", "d")).end()).isEqualTo(4);
        assertThat(messages(log)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void shouldHoldBackAnEntryOnlyOnce() {
        replica.receive(batch(2, "c", "d"));
        replica.receive(batch(3, "d"));
        replica.receive(batch(2, "c"));

        assertThat(replica.status().heldBack()).isEqualTo(2);
        assertThat(replica.receive(batch(0, "a", "b")).end()).isEqualTo(4);
        assertThat(messages(log)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void shouldAnswerAProbeWithItsEndWhereverItAsks() {
        replica.receive(batch(0, "a", "b"));

        assertThat(replica.receive(batch(0)).end()).isEqualTo(2);
        assertThat(replica.receive(batch(2)).end()).isEqualTo(2);
        assertThat(replica.receive(batch(9)).end()).isEqualTo(2);
        assertThat(messages(log)).containsExactly("a", "b");
        assertThat(replica.status().heldBack()).isZero();
    }

    @Test
    void shouldStoreTheBytesThatWereSent() {
        Records sent = records(0, 1, "\ud83d\ude00", "", "\u0000");
        replica.receive(
                SampleBatches.batch(REIGN, 0, 0, Long.MAX_VALUE, sent.from(1).from(3)));
        replica.receive(SampleBatches.batch(REIGN, 0, 0, Long.MAX_VALUE, sent));
        Log other = new InMemoryLog(Long.MAX_VALUE);
        Replica lateFirst = SampleBatches.replica(other, inMemory());
        lateFirst.receive(SampleBatches.batch(REIGN, 1, 0, Long.MAX_VALUE, sent.from(1)));
        lateFirst.receive(SampleBatches.batch(REIGN, 0, 0, Long.MAX_VALUE, records(0, 1, "\ud83d\ude00")));

        assertThat(log.read(0, 10, 1_000_000).bytes()).isEqualTo(sent.bytes());
        assertThat(other.read(0, 10, 1_000_000).bytes()).isEqualTo(sent.bytes());
    }

    @Test
    void shouldKeepAnAppendTogetherThatItHeldBack() {
        Records sent = records(together(0, 1, "a", "b", "c", "d"));
        replica.receive(SampleBatches.batch(REIGN, 1, 0, 4, sent.from(2)));
        replica.receive(SampleBatches.batch(REIGN, 0, 0, 4, records(list(sent).subList(0, 2))));

        assertThat(log.read(0, 10, 1_000_000).bytes()).isEqualTo(sent.bytes());
    }

    /** The primary may have committed it: a part of an append is none that readers know. */
    @Test
    void shouldKnowNoPartOfAnAppendToBeCommitted() {
        List<Entry> sent = new ArrayList<>(entries(0, 1, "a"));
        sent.addAll(together(1, 1, "b", "c", "d"));
        long[] committed = {0, 1, 1, 1, 4};
        for (int end = 1; end <= 4; end++) {
            Records next = records(sent.subList(end - 1, end));

            assertThat(replica.receive(SampleBatches.batch(REIGN, end > 1 ? 1 : 0, 4, 4, next))
                            .end())
                    .as("what it holds counts")
                    .isEqualTo(end);
            assertThat(replica.status().committed()).isEqualTo(committed[end]);
        }
    }

    @Test
    void shouldShowWhomItFollows() {
        assertThat(replica.status())
                .isEqualTo(new Replica.Status(Optional.empty(), Optional.empty(), 0, OptionalLong.empty(), 0, 0));

        replica.receive(SampleBatches.batch(REIGN, 0, 1, 6, records(0, 1, "a", "b")));
        replica.receive(SampleBatches.batch(REIGN, 1, 1, 6, records(5, 1, "f")));

        assertThat(replica.status())
                .isEqualTo(new Replica.Status(Optional.of(REIGN), Optional.of(PRIMARY), 2, OptionalLong.of(6), 1, 1));
        assertThat(replica.status().lag()).hasValue(4);
    }

    @Test
    void shouldNeverTakeBackWhatIsCommitted() {
        replica.receive(SampleBatches.batch(REIGN, 0, 2, Long.MAX_VALUE, records(0, 1, "a", "b")));
        replica.receive(SampleBatches.batch(REIGN, 0, 1, Long.MAX_VALUE, records(0, 1, "a")));

        assertThat(replica.status().committed()).isEqualTo(2);
    }

    @Test
    void shouldStillHaveWhatDoesNotFitSentAgain() {
        Replica small = SampleBatches.replica(log, inMemory(), new Replica.HeldBackBounds(2, 1_000_000));
        small.receive(batch(1, "b", "c", "d"));
        assertThat(small.status().heldBack()).isEqualTo(2);

        assertThat(small.receive(batch(0, "a")).end())
                .as("d was dropped, and is not acknowledged")
                .isEqualTo(3);
        assertThat(small.receive(batch(3, "d")).end()).isEqualTo(4);
    }

    @Test
    void shouldForgetEverythingOnReset() {
        replica.receive(SampleBatches.batch(REIGN, 0, 2, Long.MAX_VALUE, records(0, 1, "a", "b")));
        replica.receive(batch(5, "f"));
        Reign next = new Reign(new UUID(2, 2), 2);

        replica.reset(next);

        assertThat(log.end()).isZero();
        assertThat(replica.status().reign()).contains(next);
        assertThat(replica.status().committed()).isZero();
        assertThat(replica.status().heldBack()).isZero();
        replica.receive(SampleBatches.batch(next, 0, 0, Long.MAX_VALUE, records(0, 2, "0", "1", "2", "3", "4")));
        assertThat(messages(log)).as("what was held back is gone").hasSize(5);
        replica.reset();
        assertThat(replica.status().reign()).isEmpty();
    }

    @Test
    void shouldStoreNothingOfABatchThatDoesNotFit() {
        Log small = new InMemoryLog(300);
        Replica full = SampleBatches.replica(small, inMemory());
        full.receive(batch(0, "a"));

        assertThatThrownBy(() -> full.receive(batch(1, "b", "x".repeat(300)))).isInstanceOf(LogFullException.class);
        assertThat(messages(small)).containsExactly("a");
    }

    @Test
    void shouldAcknowledgeABatchThatFitsThoughWhatWasHeldBackDoesNot() {
        Log small = new InMemoryLog(300);
        Replica full = SampleBatches.replica(small, inMemory());
        full.receive(batch(1, "x".repeat(300)));

        assertThat(full.receive(batch(0, "a")).end()).isEqualTo(1);
        assertThat(messages(small)).containsExactly("a");
    }

    @Test
    void shouldTakeSingleEntriesInAnyOrderAndMoreThanOnce() {
        assertThat(single(replica, 0)).isEqualTo(1);
        assertThat(single(replica, 1)).isEqualTo(2);
        assertThat(single(replica, 3)).isEqualTo(2);
        assertThat(single(replica, 3)).isEqualTo(2);
        assertThat(single(replica, 2)).isEqualTo(4);
        assertThat(single(replica, 0)).isEqualTo(4);
        assertThat(messages(log)).containsExactly("m0", "m1", "m2", "m3");
    }

    @Test
    void shouldTakeASingleEntryThatFollowsOnWithoutAnyRoomToHoldBack() {
        Replica none = SampleBatches.replica(log, inMemory(), new Replica.HeldBackBounds(0, 0));

        assertThat(single(none, 0)).isEqualTo(1);
        assertThat(single(none, 2)).isEqualTo(1);
        assertThat(single(none, 1)).isEqualTo(2);
        assertThat(messages(log)).containsExactly("m0", "m1");
    }

    private static long single(Replica replica, long offset) {
        return replica.receive(Optional.empty(), List.of(new Entry(offset, 0, 0, "", "m" + offset)))
                .end();
    }

    private static Batch batch(long first, String... messages) {
        Records sent = messages.length == 0 ? Records.empty(first) : records(first, 1, messages);
        return SampleBatches.batch(REIGN, first == 0 ? 0 : 1, 0, Long.MAX_VALUE, sent);
    }
}
