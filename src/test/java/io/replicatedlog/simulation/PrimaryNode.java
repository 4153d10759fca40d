package io.replicatedlog.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.leadership.Candidate;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.log.Records;
import io.replicatedlog.log.SampleRecords;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.membership.Heartbeats;
import io.replicatedlog.membership.Member;
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
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.Replication;
import io.replicatedlog.primary.Sender;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Peer;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.StorageChange;
import io.replicatedlog.tracing.Tracing;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** A primary: the classes of the sending side on a machine, wired as the beans wire them. */
final class PrimaryNode {

    private static final long HEARTBEAT_MS = 50;
    private static final long WATCH_MS = 40;

    /** Longer than any simulation. */
    private static final long PATIENCE_MS = 3_600_000;

    /** Longer than any of these logs. */
    private static final IdempotencyWindow.Limits KEYS = new IdempotencyWindow.Limits(100_000, Long.MAX_VALUE / 2);

    private static final Lane.Limits LIMITS = new Lane.Limits(8, 1_000, 200, 3 * Wire.CALL_TIMEOUT_MS);

    final Machine machine;
    private final URI url;
    private final List<SecondaryNode> secondaries;
    private final Network network;
    private final Random random;
    private final Invariants invariants;
    private boolean calm;

    /** Those of the process. */
    private PendingAppends pending;

    private PrimaryLog log;
    private Heartbeats heartbeats;
    private Replication replication;
    private Appends appends;
    private GroupCommit groupCommit;
    private Candidate candidate;

    /** Its storage was lost, and no reign was established since. */
    private boolean lost;

    PrimaryNode(
            Machine machine, List<SecondaryNode> secondaries, Network network, Random random, Invariants invariants) {
        this.machine = machine;
        this.url = URI.create("http://" + machine.name + ":8080");
        this.secondaries = secondaries;
        this.network = network;
        this.random = random;
        this.invariants = invariants;
    }

    void startIfDown() {
        if (machine.isUp() || !machine.start(this::storageChanged)) {
            return;
        }
        Log files = machine.log();
        List<Member> members =
                secondaries.stream().map(secondary -> secondary.member).toList();
        pending = new PendingAppends(new Acknowledgements(members), Runnable::run);
        log = new PrimaryLog(
                files,
                machine.identity(),
                pending,
                machine.committed(),
                new PrimaryLog.Settings(url, Integer.MAX_VALUE, KEYS),
                machine);
        heartbeats = new Heartbeats(members, this::probe, HEARTBEAT_MS, machine, this::heartbeat);
        NodeIds ids = new NodeIds(new Member(url), machine.identity().load().node());
        replication = new Replication(
                log,
                members,
                (member, listener) -> new Sender(
                        member,
                        peer(secondary(member)),
                        log,
                        new Lane(LIMITS, new Backoff(10, 200), random),
                        0,
                        Long.MAX_VALUE,
                        new Sender.Services(machine, machine, machine, ids, Tracing.none(), listener),
                        Sender.Meters.NONE),
                new Replication.Node(
                        heartbeats::health,
                        heartbeats::alive,
                        new QuorumWatch(Quorum.majorityOf(members.size() + 1), machine.readOnlyMode()),
                        machine.readOnlyMode(),
                        machine,
                        this::noteIfEstablished,
                        (over, by) -> candidate.onFenced(over, by)));
        groupCommit = new GroupCommit(files, log, machine::executeOnDisk, machine, 0, new GroupCommit.Listener() {
            @Override
            public void forced(long entries, long nanos) {}

            @Override
            public boolean failed() {
                machine.storage().check();
                return machine.failure().isEmpty();
            }
        });
        appends = new Appends(machine.readOnlyMode(), log, pending, this::appended, machine, machine, PATIENCE_MS);
        candidate = new Candidate(
                new Candidate.Settings(url, members, OptionalInt.empty(), 1 + random.nextInt(1_000)),
                files,
                machine.identity(),
                machine::failure,
                log,
                replication,
                machine.readOnlyMode(),
                new Candidate.Services(
                        heartbeats::health,
                        member -> peer(secondary(member)),
                        machine,
                        machine,
                        machine,
                        random,
                        () -> new UUID(0, random.nextLong())));
        machine.every(WATCH_MS, this::watch);
        candidate.start();
        heartbeats.start();
    }

    /** From now on nothing goes wrong. */
    void calm() {
        calm = true;
    }

    private void appended() {
        groupCommit.wake();
        replication.wake();
    }

    private void watch() {
        if (!machine.hangs()) {
            machine.storage().check();
        }
    }

    private void storageChanged(StorageChange change) {
        candidate.onStorageChange(change);
    }

    private void heartbeat(Heartbeat heartbeat) {
        replication.onHeartbeat(heartbeat);
        candidate.onHeartbeat(heartbeat);
    }

    private Heartbeats.Probe probe(Member member) {
        SecondaryNode secondary = secondary(member);
        return () -> wire(secondary)
                .call(() -> secondary.isAlive() ? Optional.empty() : Optional.of("its liveness is down"), false);
    }

    private Wire wire(SecondaryNode secondary) {
        return network.wire(machine, secondary.machine);
    }

    private SecondaryNode secondary(Member member) {
        return secondaries.stream()
                .filter(secondary -> secondary.member.equals(member))
                .findFirst()
                .orElseThrow();
    }

    private Peer peer(SecondaryNode secondary) {
        return new Peer() {
            @Override
            public CompletionStage<Acknowledgement> replicate(Batch batch) {
                invariants.reigns(batch.reign(), machine);
                byte[] bytes = batch.encode();
                return wire(secondary)
                        .call(
                                () -> {
                                    Acknowledgement acknowledgement = secondary.receive(bytes);
                                    invariants.check(() -> assertSame(secondary, batch, acknowledgement.end()));
                                    return acknowledgement;
                                },
                                true);
            }

            @Override
            public CompletionStage<Position> promise(PromiseRequest request) {
                return wire(secondary).call(() -> secondary.promise(request), true);
            }

            @Override
            public CompletionStage<Records> records(long from, long previousEpoch, int maxBytes) {
                return wire(secondary).call(() -> secondary.replica().read(from, previousEpoch, maxBytes), true);
            }

            @Override
            public void abort() {
                // Every call of the simulation ends by itself.
            }
        };
    }

    /** What is acknowledged is what the primary has there, as long as the reign lasts. */
    private void assertSame(SecondaryNode secondary, Batch sent, long held) {
        if (held > 0 && machine.isUp() && log.reign().equals(Optional.of(sent.reign()))) {
            assertThat(secondary
                            .machine
                            .log()
                            .read(0, (int) held, Integer.MAX_VALUE)
                            .sameUntil(machine.log().read(0, (int) held, Integer.MAX_VALUE)))
                    .as("%s acknowledges as the primary's", secondary.machine)
                    .isEqualTo(held);
        }
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
                            attempt.acknowledged(outcome.offset());
                        } else {
                            attempt.stored(outcome.offset(), outcome.acks());
                        }
                    });
        } catch (AppendRefusedException e) {
            if (e.reason() == AppendRefusedException.Reason.KEY_REUSED) {
                attempt.nobodyKnows();
            } else {
                attempt.refused();
            }
        } catch (EndMovedException | LogFullException e) {
            attempt.refused();
        } catch (StorageException e) {
            attempt.nobodyKnows();
        }
    }

    private void assertHeld(PendingAppends.Outcome outcome, Reign reign) {
        assertThat(log.reign()).as("an append is acknowledged in its reign").contains(reign);
        assertThat(machine.log().durable())
                .as("what the primary acknowledges is durable")
                .isGreaterThan(outcome.offset());
        assertThat(secondaries.stream()
                        .filter(secondary -> secondary.hasHeld(outcome.offset(), reign))
                        .count())
                .as("secondaries that held offset %d", outcome.offset())
                .isGreaterThanOrEqualTo(outcome.w() - 1);
    }

    /** What a majority holds for a client is committed: no other primary replaces it. */
    private void assertCommitted(PendingAppends.Outcome outcome, Optional<Reign> reign) {
        if (outcome.w() >= Quorum.majority(secondaries.size() + 1)
                && log.reign().equals(reign)) {
            assertThat(machine.committed().get())
                    .as("the committed offset of %s, which acknowledged %s", machine, outcome)
                    .isGreaterThan(outcome.offset());
        }
    }

    /** As {@code clean} of the testing API does it. */
    void reset() {
        Reign reign = replication.reset(new UUID(0, random.nextLong()));
        secondaries.forEach(secondary -> secondary.reset(Optional.of(reign)));
    }

    private void noteIfEstablished() {
        lost = lost && !log.isEstablished();
    }

    void lost() {
        lost = true;
    }

    /** Whether its storage was lost, and it has not got back what was acknowledged. */
    boolean isLost() {
        lost = lost && !(machine.isUp() && log.isEstablished());
        return lost;
    }

    /** Every node holds all that this one holds, and nobody waits. */
    void assertAllIsWell() {
        assertThat(log.isEstablished()).as("has a reign that is established").isTrue();
        assertThat(machine.readOnlyMode().reason()).as("takes appends").isEmpty();
        long end = log.end();
        for (SecondaryNode secondary : secondaries) {
            assertThat(SampleRecords.list(secondary.machine.log()))
                    .as(secondary.machine.name)
                    .isEqualTo(SampleRecords.list(machine.log()));
            assertThat(replication.status(secondary.member).lane())
                    .as("lane to " + secondary.machine)
                    .isEqualTo(new Lane.Status(Lane.State.CAUGHT_UP, 0, null));
            assertThat(secondary.replica().status().heldBack()).isZero();
            assertThat(secondary.machine.committed().get()).isLessThanOrEqualTo(end);
            assertThat(secondary.machine.isComplete()).isTrue();
        }
        assertThat(machine.committed().get()).isEqualTo(end);
        assertThat(pending.size()).as("appends that still wait").isZero();
    }

    /** Whether this secondary has followed the log of the reign. */
    boolean isKnownTo(SecondaryNode secondary) {
        return machine.isUp()
                && secondary.machine.isUp()
                && log.reign()
                        .filter(reign -> secondary.machine.identity().load().isOf(reign.logId()))
                        .isPresent();
    }
}
