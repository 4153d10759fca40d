package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.nodeId;
import static io.replicatedlog.primary.SampleNodes.secondary;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.NotConfirmedException;
import io.replicatedlog.protocol.ReadIndex;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.TooManyReadersException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Linearizable reads on the primary of five nodes: two secondaries make a majority with it. */
class PendingReadsTest {

    private static final int MOST = 4;
    private static final Reign REIGN = new Reign(new UUID(1, 1), 1);

    private final Rounds rounds = new Rounds();
    private final ManualExecutor completions = new ManualExecutor();
    private final PendingReads reads = new PendingReads(MOST, completions);

    @BeforeEach
    void begin() {
        rounds.begin(5);
    }

    @Test
    void shouldAnswerOnceAMajorityHasAnsweredCallsBegunAfterTheReadCameIn() {
        CompletableFuture<ReadIndex> read = read(7);
        long round = rounds.current();

        answer(1, round);
        assertThat(read).as("two of five").isNotDone();
        answer(2, round);

        assertThat(read).isCompletedWithValue(new ReadIndex(REIGN, 7));
        assertThat(reads.isEmpty()).isTrue();
    }

    /** Another primary may have committed something between those calls and the read. */
    @Test
    void shouldNotCountAnswersToCallsBegunBefore() {
        long before = rounds.current();
        answer(1, before);
        CompletableFuture<ReadIndex> read = read(7);

        answer(2, before);
        answer(3, before);
        answer(4, before);
        assertThat(read).isNotDone();

        answer(3, rounds.current());
        answer(4, rounds.current());
        assertThat(read).isCompleted();
    }

    @Test
    void shouldLetReadsThatComeInDuringARoundWaitTogetherForTheNextOne() {
        CompletableFuture<ReadIndex> first = read(1);
        long round = rounds.current();
        CompletableFuture<ReadIndex> second = read(2);
        answer(1, round);
        CompletableFuture<ReadIndex> third = read(3);
        assertThat(rounds.current()).as("one round at a time").isEqualTo(round);

        answer(2, round);
        assertThat(first).isCompletedWithValue(new ReadIndex(REIGN, 1));
        assertThat(second).isNotDone();
        assertThat(rounds.current()).isEqualTo(round + 1);

        answer(1, round + 1);
        answer(2, round + 1);
        assertThat(second).isCompletedWithValue(new ReadIndex(REIGN, 2));
        assertThat(third).isCompletedWithValue(new ReadIndex(REIGN, 3));
        assertThat(rounds.current()).as("nobody waits").isEqualTo(round + 1);
    }

    @Test
    void shouldCountCallsOfARoundThatBeganForAnotherReason() {
        CompletableFuture<ReadIndex> first = read(1);
        CompletableFuture<ReadIndex> second = read(2);

        long other = rounds.next();
        answer(1, other);
        answer(2, other);

        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
    }

    @Test
    void shouldNotCountAMemberThatIsNotComplete() {
        CompletableFuture<ReadIndex> read = read(7);
        answer(1, rounds.current());

        rounds.answered(secondary(2), rounds.current(), new Acknowledgement(nodeId(2), 0, 77));
        advance();
        assertThat(read).isNotDone();

        answer(2, rounds.current());
        assertThat(read).isCompleted();
    }

    @Test
    void shouldAnswerALonePrimaryAtOnce() {
        rounds.begin(1);

        assertThat(read(7)).isCompletedWithValue(new ReadIndex(REIGN, 7));
    }

    @Test
    void shouldNeedBothOfTwo() {
        rounds.begin(2);
        CompletableFuture<ReadIndex> read = read(7);
        assertThat(read).isNotDone();

        answer(1, rounds.current());

        assertThat(read).isCompleted();
    }

    @Test
    void shouldCompleteReadsByTheExecutorAlone() {
        CompletableFuture<ReadIndex> read = await(7, Long.MAX_VALUE);
        reads.advance(rounds);
        rounds.answered(secondary(1), rounds.current(), new Acknowledgement(nodeId(1), 0, 0));
        rounds.answered(secondary(2), rounds.current(), new Acknowledgement(nodeId(2), 0, 0));

        reads.advance(rounds);
        assertThat(read).isNotDone();
        assertThat(completions.size()).isEqualTo(1);

        completions.run();
        assertThat(read).isCompleted();
    }

    @Test
    void shouldRefuseMoreReadsThanMayWait() {
        for (int i = 0; i < MOST; i++) {
            read(i);
        }

        assertThatThrownBy(() -> read(9))
                .isInstanceOf(TooManyReadersException.class)
                .hasMessageContaining("replicatedlog.max-readers");
    }

    @Test
    void shouldEndTheWaitAtItsDeadlineAndBeginTheRoundOfThoseThatWaitOn() {
        CompletableFuture<ReadIndex> first = await(1, 100);
        advance();
        long round = rounds.current();
        CompletableFuture<ReadIndex> second = await(2, 200);
        advance();

        reads.expire(99);
        advance();
        assertThat(first).isNotDone();
        reads.expire(100);
        advance();

        assertThatThrownBy(first::join).hasCauseInstanceOf(NotConfirmedException.class);
        assertThat(second).isNotDone();
        answer(1, round);
        answer(2, round);
        assertThat(second).as("it came in during that round").isNotDone();
        assertThat(rounds.current()).isEqualTo(round + 1);
        answer(1, round + 1);
        answer(2, round + 1);
        assertThat(second).isCompleted();
    }

    @Test
    void shouldFailEveryReadOnceAndForGood() {
        CompletableFuture<ReadIndex> first = read(1);
        CompletableFuture<ReadIndex> second = read(2);

        Runnable failed = reads.fail(new NotConfirmedException("over"));
        assertThat(first).as("the caller holds the lock").isNotDone();
        assertThat(reads.isEmpty()).isTrue();
        answer(1, rounds.current());
        answer(2, rounds.current());
        failed.run();

        assertThatThrownBy(first::join).hasMessageContaining("over");
        assertThatThrownBy(second::join).hasMessageContaining("over");
    }

    private CompletableFuture<ReadIndex> read(long committed) {
        CompletableFuture<ReadIndex> read = await(committed, Long.MAX_VALUE);
        advance();
        return read;
    }

    private CompletableFuture<ReadIndex> await(long committed, long deadlineMs) {
        return reads.await(new ReadIndex(REIGN, committed), rounds, deadlineMs).toCompletableFuture();
    }

    private void answer(int number, long round) {
        rounds.answered(secondary(number), round, new Acknowledgement(nodeId(number), 0, 0));
        advance();
    }

    private void advance() {
        reads.advance(rounds);
        completions.run();
    }
}
