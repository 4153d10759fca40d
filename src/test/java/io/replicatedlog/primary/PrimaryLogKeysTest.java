package io.replicatedlog.primary;

import static io.replicatedlog.primary.SamplePrimary.FIRST;
import static io.replicatedlog.primary.SamplePrimary.MAX_WAITING;
import static io.replicatedlog.primary.SamplePrimary.NODE;
import static io.replicatedlog.primary.SamplePrimary.REMEMBERED;
import static io.replicatedlog.primary.SamplePrimary.SECOND;
import static io.replicatedlog.primary.SamplePrimary.keyed;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.primary.AppendRefusedException.Reason;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.storage.IdentityStore;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Appends that are repeated under their idempotency key. */
class PrimaryLogKeysTest {

    private final Log log = new InMemoryLog(10_000);
    private final SamplePrimary node = new SamplePrimary(log).leads(FIRST);
    private final PendingAppends pending = node.pending;

    @Test
    void shouldStoreAnAppendThatIsRepeatedUnderItsKeyOnce() {
        CompletableFuture<Outcome> first = node.append(keyed("k", 2, "a"));
        node.append("between", 1);
        CompletableFuture<Outcome> again = node.append(keyed("k", 3, "a"));

        node.acknowledge(1, FIRST, 2);
        assertThat(first).isCompletedWithValue(new Outcome(0, 2, 2, true));
        assertThat(again).as("waits for its own write concern").isNotDone();
        node.acknowledge(2, FIRST, 1);
        assertThat(again).isCompletedWithValue(new Outcome(0, 3, 3, true));
        assertThat(log.end()).isEqualTo(2);
    }

    @Test
    void shouldRefuseAKeyThatStandsForOtherMessages() {
        node.append(keyed("k", 1, "ab", "c"));

        for (Append other : List.of(keyed("k", 1, "ab"), keyed("k", 1, "a", "bc"), keyed("k", 1, "ab", "c", ""))) {
            assertThat(catchThrowableOfType(AppendRefusedException.class, () -> node.append(other))
                            .reason())
                    .isEqualTo(Reason.KEY_REUSED);
        }
        assertThat(node.append(keyed("k", 1, "ab", "c"))).isCompletedWithValue(new Outcome(1, 1, 1, true));
        assertThat(log.end()).isEqualTo(2);
    }

    @Test
    void shouldForgetAKeyAfterSoManyEntriesOrSoMuchTime() {
        node.append(keyed("k", 1, "a"));
        for (int i = 0; i < 3; i++) {
            node.append("other", 1);
        }
        node.time.advance(1_000);
        assertThat(node.append(keyed("k", 1, "a")).join().offset()).isZero();
        node.time.advance(1);
        assertThat(node.append(keyed("k", 1, "a")).join().offset())
                .as("too old")
                .isEqualTo(4);
        for (int i = 0; i < 4; i++) {
            node.append("other", 1);
        }
        assertThat(node.append(keyed("k", 1, "a")).join().offset())
                .as("too many since")
                .isEqualTo(9);
    }

    @Test
    void shouldLearnTheKeysOfEntriesThatWereThereBefore() {
        node.append(keyed("lost", 1, "a"));
        node.append(keyed("several", 1, "a", "b"));
        node.append(keyed("one", 1, "c"));

        node.leads(SECOND);

        assertThat(node.append(keyed("several", 1, "a", "b")).join().offset()).isEqualTo(2);
        assertThat(node.append(keyed("one", 1, "c")).join().offset()).isEqualTo(3);
        assertThat(log.end()).isEqualTo(4);
    }

    @Test
    void shouldNotTakeThePartOfAnAppendThatTheWindowShowsForTheWhole() {
        node.append(keyed("long", 1, "a", "b", "c", "d", "e", "f"));
        node.append(keyed("whole", 1, "a", "b", "c", "d"));

        node.leads(SECOND);

        assertThat(node.append(keyed("whole", 1, "a", "b", "c", "d")).join().offset())
                .isEqualTo(9);
        assertThat(node.append(keyed("long", 1, "c", "d", "e", "f")).join().offset())
                .isEqualTo(13);
    }

    /** As long as the last of its entries is among those that count, as before. */
    @Test
    void shouldLearnTheKeyOfAnAppendThatBeganBeforeTheWindow() {
        node.append(keyed("long", 1, "a", "b", "c", "d", "e", "f"));
        node.append("other", 1);

        node.leads(SECOND);

        assertThat(node.append(keyed("long", 1, "a", "b", "c", "d", "e", "f"))
                        .join()
                        .offset())
                .isEqualTo(5);
        assertThat(log.end()).isEqualTo(7);
    }

    /** What a reign began with is committed as soon as it is established: such an entry is as good as any other. */
    @Test
    void shouldCountAnEntryOfAnEarlierReignAsAnyOther() {
        node.append(keyed("k", 1, "a"));
        node.leads(SECOND);

        CompletableFuture<Outcome> alone = node.append(keyed("k", 1, "a"));
        CompletableFuture<Outcome> two = node.append(keyed("k", 2, "a"));
        CompletableFuture<Outcome> three = node.append(keyed("k", 3, "a"));
        assertThat(alone).isCompletedWithValue(new Outcome(0, 1, 1, true));
        assertThat(two).as("nobody else has acknowledged it in this reign").isNotDone();
        node.acknowledge(1, SECOND, 1);
        assertThat(two).isCompletedWithValue(new Outcome(0, 2, 2, true));
        assertThat(three).isNotDone();
        node.acknowledge(2, SECOND, 1);

        assertThat(three).isCompletedWithValue(new Outcome(0, 3, 3, true));
        assertThat(pending.size()).as("nobody waits any more").isZero();
        assertThat(log.end()).isEqualTo(1);
    }

    @Test
    void shouldForgetKeysWithTheLogThatTheyAreIn() {
        node.append(keyed("k", 1, "a"));
        node.reset(new UUID(2, 2));

        node.append("first", 1);
        assertThat(node.append(keyed("k", 1, "b")).join().offset()).isEqualTo(1);
    }

    @Test
    void shouldNotRememberAKeyWhoseAppendWasRefused() {
        for (int i = 0; i < MAX_WAITING; i++) {
            node.append("waits", 2);
        }
        assertThatThrownBy(() -> node.append(keyed("k", 2, "a"))).isInstanceOf(AppendRefusedException.class);
        assertThatThrownBy(() -> node.append(keyed("k", 1, "x".repeat(10_000)))).isInstanceOf(LogFullException.class);

        assertThat(node.append(keyed("k", 1, "b")).join().offset()).isEqualTo(3);
    }

    @Test
    void shouldAnswerARepeatedAppendWhateverTheEndIsNow() {
        Append append = new Append("k", List.of("a".getBytes(UTF_8)), new WriteConcern(1), OptionalLong.of(0));
        node.append(append);

        assertThat(node.append(append).join().offset()).isZero();
        assertThat(log.end()).isEqualTo(1);
    }

    @Test
    @Timeout(30)
    void shouldAnswerTenThousandRepeatedAppendsOfAnEarlierReignAndLeaveNobodyWaiting() {
        int clients = 10_000;
        SamplePrimary busy =
                new SamplePrimary(new InMemoryLog(10_000), IdentityStore.inMemory(NODE), REMEMBERED, clients);
        busy.leads(FIRST).append(keyed("k", 1, "a"));
        busy.leads(SECOND);
        List<CompletableFuture<Outcome>> repeated = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            repeated.add(busy.append(keyed("k", 2, "a"), i));
        }
        assertThat(busy.pending.size()).isEqualTo(clients);

        busy.pending.expire(clients / 2);
        assertThat(repeated.subList(0, clients / 2))
                .allSatisfy(one -> assertThat(one).isCompletedWithValue(new Outcome(0, 2, 1, false)));
        busy.acknowledge(1, SECOND, 1);

        assertThat(repeated.subList(clients / 2 + 1, clients))
                .allSatisfy(one -> assertThat(one).isCompletedWithValue(new Outcome(0, 2, 2, true)));
        assertThat(busy.pending.size()).isZero();
        assertThat(busy.pending.nextDeadlineMs()).isEmpty();
    }
}
