package io.replicatedlog.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.leadership.Leadership;
import io.replicatedlog.leadership.LinearizableReads;
import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.log.Records;
import io.replicatedlog.log.SampleRecords;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.membership.Heartbeats;
import io.replicatedlog.membership.NodeIds;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.membership.QuorumWatch;
import io.replicatedlog.primary.Acknowledgements;
import io.replicatedlog.primary.Append;
import io.replicatedlog.primary.AppendRefusedException;
import io.replicatedlog.primary.Appends;
import io.replicatedlog.primary.Backoff;
import io.replicatedlog.primary.EndMovedException;
import io.replicatedlog.primary.GroupCommit;
import io.replicatedlog.primary.IdempotencyWindow;
import io.replicatedlog.primary.Lane;
import io.replicatedlog.primary.PendingAppends;
import io.replicatedlog.primary.PendingReads;
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.Replication;
import io.replicatedlog.primary.Sender;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Peer;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Question;
import io.replicatedlog.protocol.ReadIndex;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.reading.Level;
import io.replicatedlog.reading.Shown;
import io.replicatedlog.reading.Tail;
import io.replicatedlog.secondary.Replica;
import io.replicatedlog.storage.StorageChange;
import io.replicatedlog.tracing.Tracing;
import java.net.URI;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongConsumer;

/** A node on a machine: the classes that decide, wired as the beans wire them. */
final class Node {

    private static final long HEARTBEAT_MS = 50;
    private static final long WATCH_MS = 40;

    /** Longer than any simulation. */
    private static final long PATIENCE_MS = 3_600_000;

    /** Readers may wait, more than there ever are. */
    private static final int MAX_READERS = 1_000;

    /** Longer than any of these logs. */
    private static final IdempotencyWindow.Limits KEYS = new IdempotencyWindow.Limits(100_000, Long.MAX_VALUE / 2);

    private static final Lane.Limits LIMITS = new Lane.Limits(8, 1_000, 80, 3 * Wire.CALL_TIMEOUT_MS);

    final Member member;
    final Machine machine;
    private final boolean isFirst;
    private final boolean isFixed;
    private final long electionTimeoutMs;
    private final Cluster cluster;
    private final Random random;
    private final Invariants invariants;
    private boolean calm;

    /** Those of the process. */
    private Replica replica;

    private PendingAppends pending;
    private PrimaryLog log;
    private Heartbeats heartbeats;
    private Replication replication;
    private Appends appends;
    private GroupCommit groupCommit;
    private Leadership leadership;
    private Shown shown;

    /** The ends that were found to be no part of an append. */
    private Set<Long> whole = Set.of();

    /** The reign that was found to begin with whole appends. */
    private Reign wholeBefore;

    private final ShownLog shownLog = new ShownLog();
    private Tail tail;
    private LinearizableReads reads;

    /** Its storage was lost or is an old copy, and it has not got back what it had acknowledged. */
    private boolean lost;

    /** Where its log must end before it counts as refilled after a rollback. */
    private long heldBeforeRollBack;

    /** The most that it has acknowledged in each reign. */
    private final Map<Reign, Long> held = new HashMap<>();

    /** The highest epoch that it has promised or followed of each log, and must not fall behind as long as it remembers. */
    private final Map<UUID, Long> epochs = new HashMap<>();

    /** To whom it has promised each epoch, as long as it remembers. */
    private final Map<Long, UUID> promises = new HashMap<>();

    /** The other nodes, and the way to them. */
    interface Cluster {
        List<Node> nodes();

        Wire wire(Node from, Node to);
    }

    Node(
            String name,
            boolean isFirst,
            boolean isFixed,
            long electionTimeoutMs,
            Machine machine,
            Cluster cluster,
            Random random,
            Invariants invariants) {
        this.member = new Member(URI.create("http://" + name + ":8080"));
        this.isFirst = isFirst;
        this.isFixed = isFixed;
        this.electionTimeoutMs = electionTimeoutMs;
        this.machine = machine;
        this.cluster = cluster;
        this.random = random;
        this.invariants = invariants;
    }

    void startIfDown() {
        if (machine.isUp() || !machine.start(this::storageChanged)) {
            return;
        }
        Log files = machine.log();
        shown = new Shown(files, machine.committed());
        replica = new Replica(
                new InterruptedLog(files, this::mendIfFailed, this::suspend),
                machine.identity(),
                machine.committed(),
                machine.storage()::requireResponsive,
                new Replica.Listener() {
                    @Override
                    public void promised(long epoch) {
                        leadership.promised(epoch);
                    }

                    @Override
                    public void follows(Batch batch) {
                        leadership.follows(batch);
                    }
                },
                random,
                new Replica.HeldBackBounds(random.nextInt(20), 10_000));
        pending = new PendingAppends(new Acknowledgements(List.of()), Runnable::run);
        log = new PrimaryLog(
                files,
                machine.identity(),
                pending,
                new PendingReads(MAX_READERS, machine),
                machine.committed(),
                new PrimaryLog.Settings(member.url(), Integer.MAX_VALUE, KEYS),
                machine);
        tail = new Tail(MAX_READERS, shown::end, machine);
        heartbeats = new Heartbeats(this::probe, HEARTBEAT_MS, machine, this::heartbeat);
        NodeIds ids = new NodeIds(member, machine.identity().load().node());
        replication = new Replication(
                log,
                (to, listener) -> new Sender(
                        to,
                        peer(to),
                        log,
                        new Lane(LIMITS, new Backoff(10, 200), random),
                        0,
                        Long.MAX_VALUE,
                        new Sender.Services(machine, machine, machine, ids, Tracing.none(), listener),
                        Sender.Meters.NONE),
                new Replication.Node(
                        member,
                        heartbeats,
                        new QuorumWatch(OptionalInt.empty(), machine.readOnlyMode()),
                        machine.readOnlyMode(),
                        machine,
                        tail::moved,
                        reign -> leadership.onEstablished(reign),
                        (over, by) -> leadership.onFenced(over, by)));
        groupCommit = new GroupCommit(files, log, machine::executeOnDisk, machine, 0, new GroupCommit.Listener() {
            @Override
            public void forced(long entries, long nanos) {
                tail.moved();
            }

            @Override
            public boolean failed() {
                machine.storage().check();
                return machine.failure().isEmpty();
            }
        });
        appends = new Appends(machine.readOnlyMode(), log, pending, this::appended, machine, machine, PATIENCE_MS);
        leadership = new Leadership(
                new Leadership.Settings(
                        member,
                        Optional.of(configured()),
                        isFirst,
                        isFixed,
                        !isFixed,
                        OptionalInt.empty(),
                        electionTimeoutMs,
                        1 + random.nextInt(1_000)),
                new Leadership.Parts(
                        files,
                        machine.identity(),
                        () -> machine.liveness().failure(),
                        replica,
                        log,
                        replication,
                        machine.readOnlyMode(),
                        this::peer,
                        ofLeadership()),
                new Leadership.Environment(machine, machine, machine, random, () -> new UUID(0, random.nextLong())));
        reads = new LinearizableReads(
                new LinearizableReads.Settings(member, MAX_READERS, Wire.CALL_TIMEOUT_MS),
                new LinearizableReads.Parts(
                        leadership::primary, log, replication, this::peer, tail, machine.identity()),
                machine,
                machine);
        machine.every(WATCH_MS, this::watch);
        leadership.start();
    }

    private Members configured() {
        Map<Member, Optional<UUID>> ids = new LinkedHashMap<>();
        cluster.nodes().forEach(node -> ids.put(node.member, Optional.empty()));
        return new Members(0, ids);
    }

    /** From now on nothing goes wrong. */
    void calm() {
        calm = true;
    }

    private void appended() {
        groupCommit.wake();
        replication.wake();
        tail.moved();
    }

    private void watch() {
        if (!machine.hangs()) {
            machine.storage().check();
        }
    }

    /** As the thread does that watches the storage; it takes no lock of the replica. */
    private void mendIfFailed() {
        if (!calm && machine.failure().isPresent() && random.nextInt(4) == 0) {
            machine.storage().check();
        }
    }

    private void suspend() {
        if (!calm && random.nextInt(12) == 0) {
            machine.suspend(random.nextInt(60));
        }
    }

    private void storageChanged(StorageChange change) {
        leadership.onStorageChange(change);
    }

    private void heartbeat(Heartbeat heartbeat) {
        replication.onHeartbeat(heartbeat);
    }

    // --- what it calls
    // -----------------------------------------------------------------------------------------------------

    private Node node(Member one) {
        return cluster.nodes().stream()
                .filter(node -> node.member.equals(one))
                .findFirst()
                .orElseThrow();
    }

    private Heartbeats.Probe probe(Member to) {
        Node other = node(to);
        return () -> cluster.wire(this, other)
                .call(() -> other.isAlive() ? Optional.empty() : Optional.of("its liveness is down"), false);
    }

    private Peer peer(Member to) {
        Node other = node(to);
        return new Peer() {
            @Override
            public CompletionStage<Acknowledgement> replicate(Batch batch) {
                invariants.reigns(batch.reign(), machine);
                checkThatItBeganWithWholeAppends(batch);
                byte[] bytes = batch.encode();
                return call(
                        () -> {
                            Acknowledgement acknowledgement = other.receive(bytes);
                            invariants.check(() -> assertSame(other, batch, acknowledgement.end()));
                            return acknowledgement;
                        },
                        true);
            }

            @Override
            public CompletionStage<Position> promise(PromiseRequest request) {
                return call(() -> other.promise(request), true);
            }

            @Override
            public CompletionStage<Position> ask(Question question) {
                return call(() -> other.leadership.asked(question), false);
            }

            @Override
            public CompletionStage<ReadIndex> readIndex() {
                return cluster.wire(Node.this, other).staged(() -> other.reads.index(), false);
            }

            @Override
            public CompletionStage<Records> records(long from, long previousEpoch, int maxBytes) {
                return call(() -> other.replica.read(from, previousEpoch, maxBytes), true);
            }

            @Override
            public CompletionStage<Void> stand(Reign over) {
                return call(
                        () -> {
                            other.leadership.stand(Optional.of(over));
                            return null;
                        },
                        true);
            }

            private <T> CompletionStage<T> call(java.util.function.Supplier<T> effect, boolean needsDisk) {
                return cluster.wire(Node.this, other).call(effect, needsDisk);
            }

            @Override
            public void abort() {
                // Every call of the simulation ends by itself.
            }
        };
    }

    /** What is acknowledged is what the primary has there, as long as the reign lasts. */
    private void assertSame(Node secondary, Batch sent, long end) {
        if (end > 0 && machine.isUp() && log.reign().equals(Optional.of(sent.reign()))) {
            assertThat(secondary
                            .machine
                            .log()
                            .read(0, (int) end, Integer.MAX_VALUE)
                            .sameUntil(machine.log().read(0, (int) end, Integer.MAX_VALUE)))
                    .as("%s acknowledges as the primary's", secondary.machine)
                    .isEqualTo(end);
        }
    }

    // --- what others call
    // ---------------------------------------------------------------------------------------------------

    /** Whether it says that it is alive. */
    private boolean isAlive() {
        return machine.liveness().failure().isEmpty();
    }

    private Acknowledgement receive(byte[] encoded) {
        Batch batch;
        try {
            batch = Batch.decode(encoded);
        } catch (CorruptRecordException e) {
            throw new AssertionError(e);
        }
        Replica process = replica;
        Acknowledgement acknowledgement;
        try {
            acknowledgement = process.receive(batch);
        } catch (MismatchException e) {
            invariants.check(() -> assertKnowsItsLoss(batch));
            throw e;
        }
        tail.moved();
        invariants.check(() -> assertKnowsItsLoss(batch));
        invariants.check(() -> assertThat(acknowledgement.end())
                .as("%s acknowledges what it has forced", machine)
                .isLessThanOrEqualTo(machine.log().durable()));
        follows(batch.reign().logId(), batch.reign().epoch());
        invariants.check(this::assertReignsInNoLowerEpoch);
        held.merge(batch.reign(), acknowledgement.isComplete() ? acknowledgement.end() : 0, Math::max);
        return acknowledgement;
    }

    private void assertKnowsItsLoss(Batch batch) {
        if (machine.isComplete()) {
            assertThat(machine.log().durable())
                    .as("%s calls itself complete, and has acknowledged", machine)
                    .isGreaterThanOrEqualTo(batch.acknowledged());
        }
    }

    private Position promise(PromiseRequest request) {
        Position position = replica.promise(request);
        Promise given = request.promise();
        if (position.promised() == given.epoch()) {
            position.reign().ifPresent(reign -> follows(reign.logId(), given.epoch()));
            invariants.check(() -> assertThat(promises.putIfAbsent(given.epoch(), given.candidate()))
                    .as("to whom else %s has promised epoch %d", machine, given.epoch())
                    .isIn(null, given.candidate()));
            invariants.check(this::assertReignsInNoLowerEpoch);
        }
        return position;
    }

    /** Before it answers: what it took from a client meanwhile could be committed beside what the other commits. */
    private void assertReignsInNoLowerEpoch() {
        assertThat(log.reign().map(Reign::epoch).orElse(Long.MAX_VALUE))
                .as("the epoch in which %s reigns", machine)
                .isGreaterThanOrEqualTo(machine.identity().load().epoch());
    }

    private void follows(UUID logId, long epoch) {
        invariants.check(() -> assertThat(epoch)
                .as("the epoch that %s acts in", machine)
                .isGreaterThanOrEqualTo(epochs.getOrDefault(logId, 0L)));
        epochs.merge(logId, epoch, Math::max);
    }

    private boolean hasHeld(long offset, Reign reign) {
        return offset < held.getOrDefault(reign, 0L);
    }

    /** Hands over to another node, if it can. */
    void transfer(Node to) {
        if (leads() && to != this && log.isFollowedBy(to.member)) {
            leadership.transfer(to.member);
        }
    }

    /** An operator says that it shall lead: it asks nobody before, and may have to take over a log that goes further. */
    void standAtOnce() {
        if (knowsALog()) {
            machine.execute(() -> {
                try {
                    leadership.stand(Optional.empty());
                } catch (ReplicationRefusedException | StorageException e) {
                    // It cannot lead now.
                }
            });
        }
    }

    // --- clients
    // ------------------------------------------------------------------------------------------------------

    boolean leads() {
        return machine.isUp() && log.isEstablished();
    }

    /** Whom it takes for the primary. */
    Optional<Node> primary() {
        if (!machine.isUp()) {
            return Optional.empty();
        }
        return machine.identity().load().primary().map(url -> node(new Member(url)));
    }

    /** A client appends messages, all of them or none. */
    void append(Attempt attempt) {
        Optional<Reign> reign = log.reign();
        try {
            appends.append(
                            new Append(
                                    attempt.key(),
                                    attempt.messages(),
                                    attempt.w(),
                                    attempt.expectedEnd(machine.log().end())),
                            attempt.timeoutMs())
                    .whenComplete((outcome, failure) -> {
                        if (failure != null) {
                            attempt.nobodyKnows();
                        } else if (outcome.satisfied()) {
                            invariants.check(attempt::assertConditionHeld);
                            invariants.check(() -> assertHeld(outcome, reign.orElseThrow()));
                            machine.after(1, () -> invariants.check(() -> assertCommitted(outcome, reign)));
                            if (outcome.w() >= Quorum.majority(cluster.nodes().size())) {
                                invariants.acknowledged(outcome.offset() + 1);
                            }
                            attempt.acknowledged(outcome.offset());
                        } else {
                            attempt.stored(outcome.offset(), outcome.acks());
                        }
                    });
        } catch (AppendRefusedException e) {
            invariants.check(() -> assertThat(e.reason())
                    .as("the key of an append, which stands for the same messages each time")
                    .isNotEqualTo(AppendRefusedException.Reason.KEY_REUSED));
            attempt.refused();
        } catch (EndMovedException | LogFullException e) {
            attempt.refused();
        } catch (StorageException e) {
            attempt.nobodyKnows();
        }
    }

    /**
     * A client makes a linearizable read.
     *
     * @param shown told where what the node shows then ends
     * @param refused run if it refuses
     */
    void read(LongConsumer shown, Runnable refused) {
        reads.await().whenComplete((nothing, failure) -> {
            if (failure == null) {
                shown.accept(this.shown.end(Level.COMMITTED));
            } else {
                refused.run();
            }
        });
    }

    private void assertHeld(PendingAppends.Outcome outcome, Reign reign) {
        assertThat(log.reign()).as("an append is acknowledged in its reign").contains(reign);
        assertThat(machine.log().durable())
                .as("what the primary acknowledges is durable")
                .isGreaterThan(outcome.offset());
        assertThat(cluster.nodes().stream()
                        .filter(node -> node != this && node.hasHeld(outcome.offset(), reign))
                        .count())
                .as("secondaries that held offset %d", outcome.offset())
                .isGreaterThanOrEqualTo(outcome.w() - 1);
    }

    /** What a majority holds for a client is committed: no other primary replaces it. */
    private void assertCommitted(PendingAppends.Outcome outcome, Optional<Reign> reign) {
        if (outcome.w() >= Quorum.majority(cluster.nodes().size())
                && log.reign().equals(reign)) {
            assertThat(machine.committed().get())
                    .as("the committed offset of %s, which acknowledged %s", machine, outcome)
                    .isGreaterThan(outcome.offset());
        }
    }

    /** As {@code clean} of the testing API does it. */
    void reset() {
        Map<Member, Optional<UUID>> ids = new LinkedHashMap<>();
        cluster.nodes()
                .forEach(node -> ids.put(
                        node.member, Optional.of(node.machine.identity().load().node())));
        Reign reign = replicate(members -> replication.reset(new UUID(0, random.nextLong()), members), ids);
        cluster.nodes().stream().filter(node -> node != this).forEach(node -> {
            node.replica.reset(reign);
            node.held.clear();
            node.epochs.clear();
        });
    }

    private Reign replicate(Function<Members, Reign> reset, Map<Member, Optional<UUID>> ids) {
        Reign[] reign = new Reign[1];
        replica.exclusively(() -> reign[0] = reset.apply(new Members(0, ids)));
        return reign[0];
    }

    private static Leadership.Listener ofLeadership() {
        return new Leadership.Listener() {
            @Override
            public void led() {}

            @Override
            public void stood(boolean hasWon) {}
        };
    }

    // --- whole appends
    // ----------------------------------------------------------------------------------------------------

    Shown shown() {
        return shown;
    }

    /** Whatever its log holds, what it shows and what it knows to be committed ends with a whole append. */
    void checkThatItShowsWholeAppends() {
        if (machine.isUp()) {
            Set<Long> ends = Set.copyOf(List.of(
                    shown.end(Level.LOCAL),
                    shown.end(Level.COMMITTED),
                    machine.committed().get()));
            if (!ends.equals(whole)) {
                whole = ends;
                ends.forEach(this::checkThatAnAppendEndsAt);
            }
        }
    }

    private void checkThatAnAppendEndsAt(long end) {
        if (end > 0 && end <= machine.log().end()) {
            String last =
                    SampleRecords.list(machine.log().read(end - 1, 1, 1)).get(0).message();
            invariants.check(() -> assertThat(Attempt.following(last))
                    .as("%s shows everything below %d, or knows it to be committed; the append goes on", machine, end)
                    .isZero());
        }
    }

    private void checkThatItBeganWithWholeAppends(Batch batch) {
        if (!batch.reign().equals(wholeBefore)) {
            wholeBefore = batch.reign();
            int left = 0;
            for (String message : shownLog.messages(machine.log(), batch.start())) {
                int expected = left;
                int following = Attempt.following(message);
                invariants.check(() -> assertThat(following + 1)
                        .as("what is left of an append where %s began, at \"%s\"", batch.reign(), message)
                        .isIn(expected == 0 ? following + 1 : expected));
                left = following;
            }
            int missing = left;
            invariants.check(() -> assertThat(missing)
                    .as("what is missing of an append where %s began", batch.reign())
                    .isZero());
        }
    }

    // --- what the judge knows of it
    // -----------------------------------------------------------------------------------------

    /** Its storage was lost. */
    void lost() {
        lost = true;
        heldBeforeRollBack = 0;
        epochs.clear();
        promises.clear();
    }

    /** Its storage is an old copy. */
    void rolledBack(long end) {
        lost = true;
        heldBeforeRollBack = end;
        epochs.clear();
        promises.clear();
    }

    /** Whether its storage was lost, and it has not got back what it had acknowledged. */
    boolean isLost() {
        lost = lost && !(machine.isComplete() && machine.log().durable() >= heldBeforeRollBack);
        return lost;
    }

    /** Whether its storage is an old copy, and it was not refilled since. */
    boolean isRolledBack() {
        return isLost() && heldBeforeRollBack > 0;
    }

    /** Whether it has followed, or had, a log. */
    boolean knowsALog() {
        return machine.isUp() && machine.identity().load().reign().isPresent();
    }

    /** It leads, every node holds all that it holds, and nobody waits. */
    void assertAllIsWell() {
        assertThat(log.isEstablished()).as("has a reign that is established").isTrue();
        assertThat(machine.readOnlyMode().reason()).as("takes appends").isEmpty();
        long end = log.end();
        for (Node node : cluster.nodes()) {
            if (node == this) {
                continue;
            }
            assertThat(SampleRecords.list(node.machine.log()))
                    .as(node.machine.name + " holds " + node.machine.log().end() + " of " + end)
                    .isEqualTo(SampleRecords.list(machine.log()));
            assertThat(replication.status(node.member).orElseThrow().lane())
                    .as("lane to " + node.machine + ", which holds "
                            + node.machine.log().end() + " of " + end)
                    .isEqualTo(new Lane.Status(Lane.State.CAUGHT_UP, 0, null));
            assertThat(node.replica.status().heldBack()).isZero();
            assertThat(node.machine.committed().get()).isLessThanOrEqualTo(end);
            assertThat(node.machine.isComplete())
                    .as(node.machine + " is complete")
                    .isTrue();
        }
        assertThat(machine.committed().get()).isEqualTo(end);
        assertThat(pending.size()).as("appends that still wait").isZero();
    }

    /** For whoever looks why a seed fails. */
    String describe() {
        return machine.isUp()
                ? "\n" + machine.name + " " + leadership.role() + " "
                        + machine.identity().load() + " end " + machine.log().end() + " "
                        + machine.readOnlyMode().reason().orElse("takes appends")
                : "\n" + machine.name + " is down";
    }

    @Override
    public String toString() {
        return machine.name;
    }
}
