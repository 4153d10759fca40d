package io.replicatedlog.leadership;

import static io.replicatedlog.leadership.SampleMembers.LOG;
import static io.replicatedlog.leadership.SampleMembers.OTHER_LOG;
import static io.replicatedlog.leadership.SampleNode.LAST_EPOCH;
import static io.replicatedlog.leadership.SampleNode.MAX_READS;
import static io.replicatedlog.leadership.SampleNode.READ_TIMEOUT_MS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.leadership.SampleNode.Configured;
import io.replicatedlog.node.LogLines;
import io.replicatedlog.protocol.NotConfirmedException;
import io.replicatedlog.protocol.ReadIndex;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.TooManyReadersException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Linearizable reads of the first of three members, which holds three entries, and leads or follows the second. */
class LinearizableReadsTest {

    @AutoClose
    private final LogLines lines = new LogLines(Leadership.class);

    private final SampleNode node =
            new SampleNode(Configured.PLAIN).holding("a", "b", "c").started();

    @Test
    void shouldAskThePrimaryAndWaitUntilItShowsWhatWasCommittedThere() {
        node.follows(2, LAST_EPOCH);
        CompletableFuture<Void> read = read();
        assertThat(node.second.indexes()).hasSize(1);

        answer(LOG, 3);
        assertThat(read).as("it knows nothing to be committed").isNotDone();
        commits(2);
        assertThat(read).isNotDone();
        commits(3);

        assertThat(read).isCompleted();
        assertThat(node.tail.size()).isZero();
    }

    @Test
    void shouldAnswerAtOnceWhatItShowsAlready() {
        node.follows(2, LAST_EPOCH);
        commits(2);
        CompletableFuture<Void> read = read();

        answer(LOG, 1);

        assertThat(read).isCompleted();
    }

    @Test
    void shouldAskOneQuestionAtATime() {
        node.follows(2, LAST_EPOCH);
        CompletableFuture<Void> first = read();
        CompletableFuture<Void> second = read();
        CompletableFuture<Void> third = read();
        assertThat(node.second.indexes()).hasSize(1);

        answer(LOG, 0);
        assertThat(first).isCompleted();
        assertThat(second).as("it came in after that question was asked").isNotDone();
        assertThat(node.second.indexes()).as("one for both").hasSize(2);

        answer(LOG, 0);
        assertThat(second).isCompleted();
        assertThat(third).isCompleted();
        assertThat(node.second.indexes()).hasSize(2);
    }

    @Test
    void shouldRefuseWhereItHoldsAnotherLogThanThePrimary() {
        node.follows(2, LAST_EPOCH);
        commits(3);
        CompletableFuture<Void> read = read();

        answer(OTHER_LOG, 1);

        assertRefused(read, "another log");
    }

    @Test
    void shouldRefuseWhereNoPrimaryIsKnown() {
        CompletableFuture<Void> read = read();

        assertRefused(read, "No primary is known");
    }

    @Test
    void shouldRefuseWhereThePrimaryDoesAndAskAgainForTheNextRead() {
        node.follows(2, LAST_EPOCH);
        CompletableFuture<Void> read = read();
        CompletableFuture<Void> next = read();

        question().completeExceptionally(new NotConfirmedException("no majority"));
        node.passes(0);

        assertRefused(read, "no majority");
        answer(LOG, 0);
        assertThat(next).isCompleted();
    }

    @Test
    void shouldRefuseWhatItDoesNotShowInTime() {
        node.follows(2, LAST_EPOCH);
        CompletableFuture<Void> read = read();
        answer(LOG, 3);
        node.passes(2 * READ_TIMEOUT_MS - 1);
        assertThat(read).isNotDone();

        node.passes(1);

        assertRefused(read, "in time");
        assertThat(node.tail.size()).as("its place is given back").isZero();
    }

    @Test
    void shouldRefuseReadsThatWaitAsTheNodeStops() {
        node.follows(2, LAST_EPOCH);
        CompletableFuture<Void> read = read();
        answer(LOG, 3);

        node.tail.close();

        assertRefused(read, "stops");
    }

    @Test
    void shouldBoundReadsThatWait() {
        node.follows(2, LAST_EPOCH);
        for (int i = 0; i < MAX_READS; i++) {
            read();
        }
        assertThatThrownBy(this::read).isInstanceOf(TooManyReadersException.class);

        node.passes(2 * READ_TIMEOUT_MS);

        assertThat(read()).as("those before gave their places back").isNotDone();
    }

    @Test
    void shouldAnswerAsThePrimaryOnceAMajorityHasAnsweredIt() {
        node.reigns();
        node.second.acknowledges(3);
        node.passes(0);
        CompletableFuture<Void> read = read();
        assertThat(read).isNotDone();

        node.second.acknowledges(3);
        node.passes(0);

        assertThat(read).isCompleted();
    }

    @Test
    void shouldRefuseAsThePrimaryThatNobodyAnswersInTime() {
        node.reigns();
        node.second.acknowledges(3);
        node.passes(0);
        CompletableFuture<Void> read = read();

        node.passes(READ_TIMEOUT_MS);

        assertRefused(read, "No majority");
    }

    @Test
    void shouldRefuseAsAPrimaryWhoseReignIsNotEstablished() {
        node.isPromisedAnEpoch();
        assertThat(node.role()).isEqualTo(Leadership.Role.PRIMARY);

        assertRefused(read(), "does not lead");
        assertThatThrownBy(node.reads::index).isInstanceOf(NotConfirmedException.class);
    }

    private CompletableFuture<Void> read() {
        CompletableFuture<Void> read = node.reads.await().toCompletableFuture();
        node.passes(0);
        return read;
    }

    private CompletableFuture<ReadIndex> question() {
        return node.second.indexes().get(node.second.indexes().size() - 1);
    }

    private void answer(UUID log, long committed) {
        question().complete(new ReadIndex(new Reign(log, LAST_EPOCH), committed));
        node.passes(0);
    }

    private void commits(long end) {
        node.committed.raise(end);
        node.tail.moved();
        node.passes(0);
    }

    private static void assertRefused(CompletableFuture<Void> read, String why) {
        assertThat(read).isCompletedExceptionally();
        assertThatThrownBy(read::join)
                .hasCauseInstanceOf(NotConfirmedException.class)
                .hasMessageContaining(why);
    }
}
