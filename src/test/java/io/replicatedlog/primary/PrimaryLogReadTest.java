package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.nodeId;
import static io.replicatedlog.primary.SampleNodes.secondary;
import static io.replicatedlog.primary.SamplePrimary.FIRST;
import static io.replicatedlog.primary.SamplePrimary.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.NotConfirmedException;
import io.replicatedlog.protocol.ReadIndex;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Linearizable reads of a primary of three nodes. */
class PrimaryLogReadTest {

    private static final long TIMEOUT_MS = 100;

    private final SamplePrimary node = new SamplePrimary(new InMemoryLog(10_000));
    private final PrimaryLog primary = node.primary;

    @Test
    void shouldShowWhatWasCommittedWhenTheReadCameIn() {
        node.leads(FIRST);
        node.append("a", 1);
        node.append("b", 1);
        node.acknowledge(1, FIRST, 1);
        CompletableFuture<ReadIndex> read = read();

        node.acknowledge(1, FIRST, 2);
        assertThat(node.committed.get()).isEqualTo(2);
        node.answers.run();

        assertThat(read).as("b was appended, and no majority held it").isCompletedWithValue(new ReadIndex(FIRST, 1));
    }

    @Test
    void shouldNotCountTheAnswerToACallThatWasBegunBefore() {
        node.leads(FIRST);
        long before = primary.round();
        CompletableFuture<ReadIndex> read = read();

        primary.acknowledge(secondary(1), FIRST, before, new Acknowledgement(nodeId(1), 0, 0));
        node.answers.run();

        assertThat(read).isNotDone();
    }

    @Test
    void shouldNotCountAnAnswerToAnotherReign() {
        node.leads(SECOND);
        CompletableFuture<ReadIndex> read = read();

        node.acknowledge(1, FIRST, 0);
        node.answers.run();

        assertThat(read).isNotDone();
    }

    @Test
    void shouldRefuseBeforeItsReignIsEstablished() {
        assertThatThrownBy(this::read).isInstanceOf(NotConfirmedException.class);

        node.begins(FIRST, 1);
        assertThatThrownBy(this::read).isInstanceOf(NotConfirmedException.class);

        node.acknowledge(1, FIRST, 0);
        primary.establish();
        assertThat(read()).isNotDone();
    }

    @Test
    void shouldFailReadsThatWaitAsTheReignEnds() {
        node.leads(FIRST);
        CompletableFuture<ReadIndex> read = read();

        primary.end("Another primary has begun");

        assertThatThrownBy(read::join).hasCauseInstanceOf(NotConfirmedException.class);
        assertThatThrownBy(this::read).isInstanceOf(NotConfirmedException.class);
    }

    @Test
    void shouldFailReadsThatWaitAndTakeNoMoreAsTheNodeStops() {
        node.leads(FIRST);
        CompletableFuture<ReadIndex> read = read();

        primary.close();

        assertThatThrownBy(read::join).hasCauseInstanceOf(NotConfirmedException.class);
        assertThatThrownBy(this::read).isInstanceOf(NotConfirmedException.class);
    }

    @Test
    void shouldFailAReadOnceItsTimeIsUp() {
        node.leads(FIRST);
        CompletableFuture<ReadIndex> read = read();
        node.time.advance(TIMEOUT_MS - 1);
        primary.expireReads();
        node.answers.run();
        assertThat(read).isNotDone();

        node.time.advance(1);
        primary.expireReads();
        node.answers.run();

        assertThatThrownBy(read::join).hasMessageContaining("in time");
        assertThat(primary.hasReads()).isFalse();
    }

    @Test
    void shouldConfirmARefillWithTheRoundsOfReadsAsWithItsOwn() {
        node.leads(FIRST);
        read();
        node.answerIncomplete(1, FIRST, 0, 77);
        long round = primary.round();

        assertThat(primary.readRound()).as("the refill has begun another round").isEqualTo(round);
        assertThat(node.read(new Lane.Call(0, 0, 0)).confirmed()).isZero();

        node.acknowledge(2, FIRST, 0);
        assertThat(node.read(new Lane.Call(0, 0, 0)).confirmed()).isEqualTo(77);
    }

    private CompletableFuture<ReadIndex> read() {
        return primary.readIndex(TIMEOUT_MS).toCompletableFuture();
    }
}
