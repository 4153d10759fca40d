package io.replicatedlog.leadership;

import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.list;
import static io.replicatedlog.log.SampleRecords.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.leadership.TakeOver.Source;
import io.replicatedlog.log.Entry;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.CallSize;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.secondary.Replica;
import io.replicatedlog.storage.IdentityStore;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A primary that starts makes its log the same as that of a secondary which holds more. */
class TakeOverTest {

    private static final int ONE_ENTRY = 1;

    private final Log own = new InMemoryLog(Long.MAX_VALUE);
    private final Log other = new InMemoryLog(Long.MAX_VALUE);

    @Test
    void shouldFetchWhatTheOtherHoldsBeyondIt() {
        write(own, 1, "a", "b");
        write(other, 1, "a", "b", "c");
        write(other, 2, "d");
        List<Long> asked = new ArrayList<>();

        run(
                own,
                (from, previousEpoch, maxBytes) -> {
                    asked.add(from);
                    return source(other).read(from, previousEpoch, maxBytes);
                },
                position(other));

        assertThat(list(own)).isEqualTo(list(other));
        assertThat(asked).as("nothing is fetched twice").containsExactly(2L, 3L);
    }

    @Test
    void shouldFetchEverythingIntoAnEmptyLog() {
        write(other, 1, "a", "b");
        write(other, 3, "c");

        takeOver();

        assertThat(list(own)).isEqualTo(list(other));
    }

    @Test
    void shouldCutOffWhatTheOtherDoesNotHold() {
        write(own, 1, "a", "b");
        write(own, 2, "of a reign that nobody followed", "of it as well", "and this");
        write(other, 1, "a", "b");
        write(other, 3, "c");

        takeOver();

        assertThat(messages(own)).containsExactly("a", "b", "c");
    }

    @Test
    void shouldCutOffEverythingWhereNothingIsTheSame() {
        write(own, 1, "x", "y", "z");
        write(other, 2, "a");

        takeOver();

        assertThat(messages(own)).containsExactly("a");
    }

    @Test
    void shouldAskNothingOfAnotherThatHoldsTheSame() {
        write(own, 1, "a");
        write(other, 1, "a");

        run(
                own,
                (from, previousEpoch, maxBytes) -> {
                    throw new AssertionError("nothing is missing");
                },
                position(other));

        assertThat(messages(own)).containsExactly("a");
    }

    @Test
    void shouldFailAndCutNothingWhenTheOtherHasLostWhatItSaidThatItHolds() {
        write(own, 1, "a", "b", "c");
        write(own, 3, "d");
        write(other, 1, "a", "b", "c");
        write(other, 3, "d", "e");
        Position said = position(other);
        for (long left = own.end(); left >= 0; left--) {
            other.truncate(left);

            assertThatThrownBy(() -> run(own, source(other), said))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("it held 5 entries, and now has none from offset " + left + " on");

            assertThat(messages(own)).as("%d are left", left).containsExactly("a", "b", "c", "d");
        }
    }

    @Test
    void shouldKeepWhatItFetchedBeforeTheOtherLostTheRest() {
        write(other, 1, "a", "b", "c");
        Position said = position(other);
        AtomicInteger calls = new AtomicInteger();

        assertThatThrownBy(() -> run(
                        own,
                        (from, previousEpoch, maxBytes) -> {
                            if (calls.incrementAndGet() == 2) {
                                other.truncate(1);
                            }
                            return source(other).read(from, previousEpoch, maxBytes);
                        },
                        said))
                .isInstanceOf(IllegalStateException.class);

        assertThat(messages(own)).containsExactly("a");
    }

    @Test
    void shouldFailWhenTheOtherRefusesToBeginAtTheBeginning() {
        write(own, 1, "a");
        write(other, 2, "b");

        assertThatThrownBy(() -> run(
                        own,
                        (from, previousEpoch, maxBytes) -> {
                            throw new MismatchException(7, 7);
                        },
                        position(other)))
                .isInstanceOf(IllegalStateException.class);

        assertThat(messages(own)).as("nothing was cut off").containsExactly("a");
    }

    @Test
    void shouldAskForLessEachTimeThatAPageTakesTooLong() {
        write(other, 1, "a", "b");
        List<Integer> asked = new ArrayList<>();

        run(
                own,
                (from, previousEpoch, maxBytes) -> {
                    asked.add(maxBytes);
                    if (maxBytes > 200_000) {
                        throw new UncheckedIOException(new SocketTimeoutException("no answer in time"));
                    }
                    return source(other, 1).read(from, previousEpoch, maxBytes);
                },
                position(other));

        assertThat(list(own)).isEqualTo(list(other));
        assertThat(asked).containsExactly(1_000_000, 500_000, 250_000, 125_000, 250_000, 125_000);
    }

    @Test
    void shouldWriteNothingOnceItIsNotWantedAnyMore() {
        write(other, 1, "a", "b", "c");
        AtomicBoolean isWanted = new AtomicBoolean(true);
        Deque<Runnable> tasks = new ArrayDeque<>();
        CompletableFuture<Records> page = new CompletableFuture<>();

        CompletableFuture<Boolean> done = new TakeOver(
                        own,
                        (from, previousEpoch, maxBytes) -> page,
                        position(other),
                        new CallSize(1_000),
                        tasks::add,
                        isWanted::get,
                        missing -> {})
                .run()
                .toCompletableFuture();
        isWanted.set(false);
        page.complete(other.read(0, 3, 1_000));
        tasks.poll().run();

        assertThat(done.join()).isFalse();
        assertThat(own.end()).isZero();
    }

    private void takeOver() {
        run(own, source(other), position(other));
    }

    private static Source source(Log log) {
        return source(log, ONE_ENTRY);
    }

    /** As a secondary answers. */
    static Source source(Log log, int maxBytes) {
        Replica replica = new Replica(
                log,
                IdentityStore.inMemory(new UUID(1, 1)),
                new CommittedOffset(0),
                () -> {},
                new Replica.HeldBackBounds(1, 1));
        return (from, previousEpoch, wanted) ->
                CompletableFuture.completedFuture(replica.read(from, previousEpoch, Math.min(wanted, maxBytes)));
    }

    /** Takes over to the end, on this thread. */
    static void run(Log log, Source source, Position position) {
        Deque<Runnable> tasks = new ArrayDeque<>();
        CompletableFuture<Boolean> done = new TakeOver(
                        log, source, position, new CallSize(1_000_000), tasks::add, () -> true, missing -> {})
                .run()
                .toCompletableFuture();
        while (!tasks.isEmpty()) {
            tasks.poll().run();
        }
        try {
            assertThat(done.join()).isTrue();
        } catch (CompletionException e) {
            throw (RuntimeException) e.getCause();
        }
    }

    static Position position(Log log) {
        List<Entry> entries = list(log);
        return new Position(
                new UUID(1, 1),
                0,
                Optional.empty(),
                entries.size(),
                entries.isEmpty() ? 0 : entries.get(entries.size() - 1).epoch(),
                0,
                true);
    }

    private static void write(Log log, long epoch, String... messages) {
        for (String message : messages) {
            append(log, epoch, message);
        }
    }
}
