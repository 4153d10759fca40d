package io.replicatedlog.leadership;

import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.messages;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.log.Records;
import io.replicatedlog.membership.Health;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.membership.NodeIds;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.membership.QuorumWatch;
import io.replicatedlog.node.Clock;
import io.replicatedlog.node.LogLines;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.Scheduler;
import io.replicatedlog.primary.Acknowledgements;
import io.replicatedlog.primary.Backoff;
import io.replicatedlog.primary.IdempotencyWindow;
import io.replicatedlog.primary.Lane;
import io.replicatedlog.primary.PendingAppends;
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.Replication;
import io.replicatedlog.primary.Sender;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.NotAcknowledgedException;
import io.replicatedlog.protocol.Peer;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.storage.StorageChange;
import io.replicatedlog.tracing.Tracing;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From a start, a storage that failed or a reign that was ended, a primary finds its way to its next reign. */
class CandidateTest {

    private static final UUID LOG = new UUID(1, 1);
    private static final UUID OWN = new UUID(9, 9);
    private static final long NOW_MS = 1_000_000;
    private static final URI URL = URI.create("http://primary:8080");
    private static final Member S1 = new Member(URI.create("http://s1:8080"));
    private static final Member S2 = new Member(URI.create("http://s2:8080"));

    private final List<Runnable> tasks = new ArrayList<>();
    private final List<Runnable> later = new ArrayList<>();
    private final List<PromiseRequest> asked = new ArrayList<>();
    private final ReadOnlyMode readOnlyMode = new ReadOnlyMode();
    private final IdentityStore identity = IdentityStore.inMemory(OWN);
    private Log log = new InMemoryLog(Long.MAX_VALUE);
    private Supplier<Optional<String>> whenStorageIsAsked = Optional::empty;
    private Function<PromiseRequest, CompletionStage<Position>> whenAsked = request -> new CompletableFuture<>();
    private Function<Long, CompletionStage<Records>> whenFetched = from -> new CompletableFuture<>();
    private Runnable beforeForce = () -> {};
    private PrimaryLog primaryLog;
    private Candidate candidate;

    private final LogLines lines = new LogLines(Candidate.class);

    @AfterEach
    void stopListening() {
        lines.close();
    }

    @Test
    void shouldForceItsOwnPromiseBeforeItAsksForThoseOfOthers() {
        build(S1, S2);
        whenAsked = request -> {
            assertThat(identity.load().promise()).contains(request.promise());
            return new CompletableFuture<>();
        };

        start();
        healthy(S1);

        assertThat(asked).singleElement().satisfies(request -> {
            assertThat(request.promise().candidate()).isEqualTo(OWN);
            assertThat(request.promise().epoch()).isEqualTo(NOW_MS);
            assertThat(request.logId()).isEmpty();
        });
    }

    @Test
    void shouldAskForAHigherEpochOnceASecondaryHasPromisedOne() {
        build(S1, S2);
        start();
        whenAsked = request -> request.promise().epoch() < NOW_MS + 50
                ? CompletableFuture.failedFuture(new ReplicationRefusedException(
                        Reason.FENCED, "promised to another", Optional.empty(), NOW_MS + 49, 0))
                : CompletableFuture.completedFuture(position(S1, 0));

        healthy(S1);
        healthy(S1);

        assertThat(asked).extracting(request -> request.promise().epoch()).containsExactly(NOW_MS, NOW_MS + 50);
        assertThat(identity.load().epoch()).isEqualTo(NOW_MS + 50);
    }

    @Test
    void shouldKeepItsPromiseAsLongAsItHasLedToNoReign() {
        build();
        identity.update(before -> before.promised(new Promise(NOW_MS + 7, OWN)));

        start();

        assertThat(primaryLog.reign().orElseThrow().epoch()).isEqualTo(NOW_MS + 7);
        candidate.onStorageChange(new StorageChange(true));
        candidate.onStorageChange(new StorageChange(false));
        runTasks();
        assertThat(primaryLog.reign().orElseThrow().epoch()).isEqualTo(NOW_MS + 8);
    }

    @Test
    void shouldBeginAgainAboveTheEpochThatHasEndedItsReign() {
        build(S1);
        whenAsked = request -> CompletableFuture.completedFuture(position(S1, 0));
        start();
        healthy(S1);
        Reign over = primaryLog.reign().orElseThrow();
        primaryLog.end("a test");

        candidate.onFenced(
                over,
                new ReplicationRefusedException(Reason.FENCED, "epoch 5 is over", Optional.of(over), NOW_MS + 90, 0));
        assertThat(readOnlyMode.reason().orElseThrow()).contains("another primary has begun epoch " + (NOW_MS + 90));
        assertThat(lines.all()).anyMatch(line -> line.startsWith("Leads no more: " + over + " is over"));
        runLater();
        healthy(S1);

        assertThat(primaryLog.reign().orElseThrow().epoch()).isGreaterThan(NOW_MS + 90);
    }

    @Test
    void shouldNotPassForANodeThatHoldsEverythingWhileItTakesOver() {
        build(S1, S2);
        Log other = new InMemoryLog(Long.MAX_VALUE);
        append(other, 5, "a");
        append(other, 5, "b");
        whenAsked = request -> CompletableFuture.completedFuture(position(asked.size() == 1 ? S1 : S2, 2));
        whenFetched = from -> CompletableFuture.completedFuture(other.read(from, 1, 1));
        start();

        healthy(S1);
        healthy(S2);

        assertThat(messages(log)).containsExactly("a", "b");
        assertThat(primaryLog.reign()).isPresent();
        assertThat(primaryLog.isEstablished()).as("two must follow").isFalse();
        assertThat(identity.load().isComplete()).isFalse();
    }

    @Test
    void shouldBeginOneTakeOverOnlyOnceTheOtherHasEnded() {
        build(S1, S2);
        CompletableFuture<Records> page = new CompletableFuture<>();
        List<Long> fetched = new ArrayList<>();
        whenAsked = request -> CompletableFuture.completedFuture(position(asked.size() % 2 == 1 ? S1 : S2, 2));
        whenFetched = from -> {
            fetched.add(from);
            return page;
        };
        start();
        healthy(S1);
        healthy(S2);

        candidate.onStorageChange(new StorageChange(true));
        candidate.onStorageChange(new StorageChange(false));
        healthy(S1);
        healthy(S2);

        assertThat(fetched).hasSize(1);
        page.completeExceptionally(new NotAcknowledgedException("status 503", false));
        runTasks();
        assertThat(fetched).as("what failed at once is not tried again at once").hasSizeLessThanOrEqualTo(2);
        healthy(S1);
        healthy(S2);
        assertThat(fetched).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void shouldRecoverAgainWhenTheStorageFailsAndMendsBeforeItHasForgottenTheAttemptThatIsOver() {
        build();
        boolean[] once = {true};
        beforeForce = () -> {
            if (once[0]) {
                once[0] = false;
                CompletableFuture.runAsync(() -> {
                            candidate.onStorageChange(new StorageChange(true));
                            candidate.onStorageChange(new StorageChange(false));
                        })
                        .join();
            }
        };

        start();
        Reign first = identity.load().reign().orElseThrow();
        runLater();

        assertThat(primaryLog.isEstablished()).isTrue();
        assertThat(primaryLog.reign().orElseThrow().epoch())
                .as("no epoch is used twice")
                .isGreaterThan(first.epoch());
    }

    @Test
    void shouldDecideAgainForAStepThatWasAskedForWhileItDecided() {
        build();
        whenStorageIsAsked = () -> {
            whenStorageIsAsked = Optional::empty;
            candidate.onStorageChange(new StorageChange(true));
            candidate.onStorageChange(new StorageChange(false));
            CompletableFuture.runAsync(this::runTasks).join();
            return Optional.of("it has failed");
        };
        candidate.onStorageChange(new StorageChange(false));
        runTasks();

        assertThat(primaryLog.isEstablished()).isTrue();
    }

    @Test
    void shouldShowAndLogOnceWhyItFailed() {
        build();
        List<String> reasons = List.of("The disk is full", "/data cannot be forced", "The disk is full", "/data");
        for (String reason : reasons) {
            beforeForce = () -> {
                throw new LogFullException(reason);
            };
            start();
            assertThat(readOnlyMode.reason().orElseThrow())
                    .contains("recovering: failed and begins again (" + reason + ")");
        }

        assertThat(lines.all())
                .filteredOn(line -> line.contains("failed"))
                .filteredOn(line -> line.startsWith("Read-only"))
                .containsExactly(
                        "Read-only, recovering: failed and begins again (The disk is full)",
                        "Read-only, recovering: failed and begins again (/data cannot be forced)",
                        "Read-only, recovering: failed and begins again (/data)");
    }

    @Test
    void shouldShowAndLogWhyASecondaryDoesNotSayWhereItStands() {
        build(S1);
        start();
        for (int i = 1; i <= 3; i++) {
            refuse("incident " + i);
            healthy(S1);
        }
        String steady = "http://s1:8080 (does not say: incident 3)";
        assertThat(readOnlyMode.reason().orElseThrow()).contains(steady);
        assertThat(lines.all())
                .as("what is new each time")
                .filteredOn(this::isWait)
                .hasSize(1);

        healthy(S1);
        healthy(S1);

        assertThat(lines.all())
                .filteredOn(this::isWait)
                .hasSize(2)
                .last()
                .asString()
                .contains(steady);
        refuse("This node is a primary");

        healthy(S1);
        healthy(S1);
        healthy(S1);

        assertThat(lines.all())
                .filteredOn(this::isWait)
                .hasSize(3)
                .last()
                .asString()
                .contains("is a primary");
    }

    @Test
    void shouldSayWhoseLogCouldNotBeTakenOverAndWhy() {
        assertThat(notTakenOver(new MismatchException(0, 0)))
                .contains("(http://s1:8080: it refuses to begin at the beginning)");
        assertThat(notTakenOver(new IllegalStateException("org.example.Client is closed")))
                .contains("(http://s1:8080: the call failed)");
        assertThat(notTakenOver(new NotAcknowledgedException("status 503", false)))
                .contains("(http://s1:8080: status 503)");
    }

    private String notTakenOver(RuntimeException failure) {
        log = new InMemoryLog(Long.MAX_VALUE);
        build(S1);
        whenAsked = request -> CompletableFuture.completedFuture(position(S1, 7));
        whenFetched = from -> CompletableFuture.failedFuture(failure);
        start();
        healthy(S1);
        return readOnlyMode.reason().orElseThrow();
    }

    private void refuse(String why) {
        whenAsked = request -> CompletableFuture.failedFuture(new NotAcknowledgedException(why, false));
    }

    private boolean isWait(String line) {
        return line.startsWith("Read-only, recovering: waits for ");
    }

    private void start() {
        candidate.start();
        runTasks();
    }

    private void healthy(Member member) {
        candidate.onHeartbeat(new Heartbeat(member, Health.HEALTHY, Health.HEALTHY));
        runTasks();
    }

    private void runTasks() {
        while (!tasks.isEmpty()) {
            tasks.remove(0).run();
        }
    }

    private void runLater() {
        List<Runnable> due = List.copyOf(later);
        later.clear();
        due.forEach(Runnable::run);
        runTasks();
    }

    private static Position position(Member member, long end) {
        Optional<Reign> reign = end == 0 ? Optional.empty() : Optional.of(new Reign(LOG, 5));
        return new Position(
                UUID.nameUUIDFromBytes(member.toString().getBytes(UTF_8)),
                NOW_MS,
                reign,
                end,
                end == 0 ? 0 : 5,
                0,
                true);
    }

    private void build(Member... secondaries) {
        List<Member> members = List.of(secondaries);
        Clock clock = new Clock() {
            @Override
            public long nanoTime() {
                return 0;
            }

            @Override
            public long wallClockMs() {
                return NOW_MS;
            }
        };
        Scheduler scheduler = (delayMs, task) -> {
            later.add(task);
            return () -> later.remove(task);
        };
        Log watched = new WatchedLog(log);
        PendingAppends pending = new PendingAppends(new Acknowledgements(members), Runnable::run);
        primaryLog = new PrimaryLog(
                watched,
                identity,
                pending,
                new CommittedOffset(0),
                new PrimaryLog.Settings(URL, 100, new IdempotencyWindow.Limits(100, 100_000)),
                clock);
        NodeIds ids = new NodeIds(new Member(URL), OWN);
        Replication replication = new Replication(
                primaryLog,
                members,
                (member, listener) -> new Sender(
                        member,
                        peer(),
                        primaryLog,
                        new Lane(new Lane.Limits(10, 1_000, 1_000, 1_000), new Backoff(1, 1), new Random(0)),
                        0,
                        100,
                        new Sender.Services(tasks::add, scheduler, clock, ids, Tracing.none(), listener),
                        Sender.Meters.NONE),
                new Replication.Node(
                        member -> Health.HEALTHY,
                        member -> {},
                        new QuorumWatch(Quorum.majorityOf(members.size() + 1), readOnlyMode),
                        readOnlyMode,
                        clock,
                        () -> {},
                        (over, by) -> candidate.onFenced(over, by)));
        candidate = new Candidate(
                new Candidate.Settings(URL, members, OptionalInt.empty(), 1_000),
                watched,
                identity,
                () -> whenStorageIsAsked.get(),
                primaryLog,
                replication,
                readOnlyMode,
                new Candidate.Services(
                        member -> Health.SUSPECTED,
                        member -> peer(),
                        tasks::add,
                        scheduler,
                        clock,
                        new Random(0),
                        () -> LOG));
    }

    private Peer peer() {
        return new Peer() {
            @Override
            public CompletionStage<Acknowledgement> replicate(Batch batch) {
                return new CompletableFuture<>();
            }

            @Override
            public CompletionStage<Position> promise(PromiseRequest request) {
                asked.add(request);
                return whenAsked.apply(request);
            }

            @Override
            public CompletionStage<Records> records(long from, long previousEpoch, int maxBytes) {
                return whenFetched.apply(from);
            }

            @Override
            public void abort() {}
        };
    }

    /** Lets something happen just before the log is forced. */
    private final class WatchedLog extends ForwardingLog {

        private WatchedLog(Log log) {
            super(log);
        }

        @Override
        public long force() {
            beforeForce.run();
            return super.force();
        }
    }
}
