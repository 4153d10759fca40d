package io.replicatedlog.leadership;

import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.list;
import static io.replicatedlog.log.SampleRecords.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.leadership.TakeOver.Source;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.CallSize;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.secondary.Replica;
import io.replicatedlog.storage.IdentityStore;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A candidate makes its log the same as that of a member whose log goes further. */
class TakeOverTest {

    private static final int ONE_ENTRY = 1;
    private static final URI URL = URI.create("http://another:8080");

    /** In which the node is a candidate. */
    private static final long EPOCH = 9;

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

    /** A log that was matched with a later reign goes further, and may be shorter. */
    @Test
    void shouldCutOffWhatTheOtherLacks() {
        write(own, 1, "a", "b", "in doubt", "in doubt as well");
        write(other, 1, "a", "b");

        takeOver();

        assertThat(messages(own)).containsExactly("a", "b");
    }

    @Test
    void shouldCutOffEverythingWhereTheOtherIsEmpty() {
        write(own, 1, "in doubt");

        takeOver();

        assertThat(own.end()).isZero();
    }

    @Test
    void shouldCutOffWhatTheOtherLacksBehindAnEntryThatDiffers() {
        write(own, 1, "a", "x", "y", "z");
        write(other, 1, "a");
        write(other, 2, "b");

        takeOver();

        assertThat(messages(own)).containsExactly("a", "b");
    }

    @Test
    void shouldFailAndCutNothingThatIsCommitted() {
        write(own, 1, "a", "b", "c");
        write(other, 2, "x");
        Replica replica = candidate(own, 2);

        assertThatThrownBy(() -> run(own, replica, source(other), position(other)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Everything below 2 is committed");

        assertThat(messages(own)).containsExactly("a", "b", "c");
    }

    @Test
    void shouldWriteNothingOnceTheNodeHasPromisedAHigherEpoch() {
        write(own, 1, "a");
        write(other, 1, "a", "b", "c");
        Replica replica = candidate(own, 0);
        AtomicInteger calls = new AtomicInteger();

        assertThatThrownBy(() -> run(
                        own,
                        replica,
                        (from, previousEpoch, maxBytes) -> {
                            if (calls.incrementAndGet() == 2) {
                                replica.promise(new PromiseRequest(
                                        new Promise(EPOCH + 1, new UUID(7, 7)), URL, Optional.empty()));
                            }
                            return source(other).read(from, previousEpoch, maxBytes);
                        },
                        position(other)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("given up for a higher one");

        assertThat(messages(own)).containsExactly("a", "b");
    }

    @Test
    void shouldForceWhatItHasTakenOver() {
        write(other, 1, "a", "b");
        AtomicLong forcedAt = new AtomicLong(-1);
        Log forced = new ForwardingLog(own) {
            @Override
            public long force() {
                forcedAt.set(end());
                return super.force();
            }
        };

        run(forced, source(other), position(other));

        assertThat(forcedAt).hasValue(2);
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
                        EPOCH,
                        own,
                        candidate(own, 0),
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

    /** As another node answers. */
    static Source source(Log log, int maxBytes) {
        Replica replica = candidate(log, 0);
        return (from, previousEpoch, wanted) ->
                CompletableFuture.completedFuture(replica.read(from, previousEpoch, Math.min(wanted, maxBytes)));
    }

    /** What writes to the log of a node that has promised the epoch to itself. */
    private static Replica candidate(Log log, long committed) {
        UUID node = new UUID(1, 1);
        IdentityStore identity = IdentityStore.inMemory(node);
        identity.update(before -> before.promised(new Promise(EPOCH, node)));
        return new Replica(
                log,
                identity,
                new CommittedOffset(committed),
                () -> {},
                Replica.Listener.NONE,
                new Random(1),
                new Replica.HeldBackBounds(1, 1));
    }

    /** Takes over to the end, on this thread. */
    static void run(Log log, Source source, Position position) {
        run(log, candidate(log, 0), source, position);
    }

    private static void run(Log log, Replica replica, Source source, Position position) {
        Deque<Runnable> tasks = new ArrayDeque<>();
        CompletableFuture<Boolean> done = new TakeOver(
                        EPOCH,
                        log,
                        replica,
                        source,
                        position,
                        new CallSize(1_000_000),
                        tasks::add,
                        () -> true,
                        missing -> {})
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
        long end = log.end();
        long lastEpoch = log.epochBefore(end);
        return new Position(new UUID(1, 1), 0, Optional.empty(), lastEpoch, end, lastEpoch, 0, true);
    }

    private static void write(Log log, long epoch, String... messages) {
        for (String message : messages) {
            append(log, epoch, message);
        }
    }
}
