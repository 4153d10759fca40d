package io.replicatedlog.leadership;

import static io.replicatedlog.leadership.SampleMembers.LOG;
import static io.replicatedlog.leadership.SampleMembers.member;
import static io.replicatedlog.leadership.SampleMembers.members;
import static io.replicatedlog.leadership.SampleMembers.node;
import static io.replicatedlog.log.SampleRecords.append;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.membership.Heartbeats;
import io.replicatedlog.membership.NodeIds;
import io.replicatedlog.membership.QuorumWatch;
import io.replicatedlog.node.ManualTime;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.primary.Acknowledgements;
import io.replicatedlog.primary.Append;
import io.replicatedlog.primary.Backoff;
import io.replicatedlog.primary.IdempotencyWindow;
import io.replicatedlog.primary.Lane;
import io.replicatedlog.primary.PendingAppends;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.primary.PendingReads;
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.Replication;
import io.replicatedlog.primary.Sender;
import io.replicatedlog.primary.WriteConcern;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.reading.Level;
import io.replicatedlog.reading.Tail;
import io.replicatedlog.secondary.Replica;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.tracing.Tracing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The first of three members with everything that leadership works on, wired as the beans wire it; a test drives its time. */
final class SampleNode {

    static final long TIMEOUT_MS = 1_000;
    static final long READ_TIMEOUT_MS = 300;
    static final int MAX_READS = 4;

    /** In which the second member led before. */
    static final long LAST_EPOCH = 5;

    static final UUID FRESH = new UUID(3, 3);

    final ManualTime time = new ManualTime();
    final Log log = new InMemoryLog(Long.MAX_VALUE);
    final IdentityStore identity = IdentityStore.inMemory(node(1));
    final ReadOnlyMode readOnlyMode = new ReadOnlyMode();
    final FakeMember second = new FakeMember(2, new InMemoryLog(Long.MAX_VALUE));
    final FakeMember third = new FakeMember(3, new InMemoryLog(Long.MAX_VALUE));
    final CommittedOffset committed = new CommittedOffset(0);
    final PrimaryLog primaryLog;
    final Replica replica;
    final Leadership leadership;
    final Tail tail = new Tail(
            100,
            level -> level == Level.LOCAL ? log.durable() : Math.min(log.durable(), committed.get()),
            this::execute);
    final LinearizableReads reads;
    private final Replication replication;

    /** Whom it told its parts to lead, one after the other. */
    final List<Optional<Member>> led = new ArrayList<>();

    final List<Boolean> elections = new ArrayList<>();

    /** As its liveness says. */
    Optional<String> illness = Optional.empty();

    /** How one differs from the others, if it does. */
    record Configured(
            boolean mayBegin, boolean isFixed, boolean isAutomatic, boolean isMember, OptionalInt sufficient) {

        static final Configured PLAIN = new Configured(false, false, true, true, OptionalInt.empty());
        static final Configured FIRST = new Configured(true, false, true, true, OptionalInt.empty());
        static final Configured FIXED = new Configured(true, true, false, true, OptionalInt.empty());
        static final Configured FIXED_SECONDARY = new Configured(false, true, false, true, OptionalInt.empty());
        static final Configured MANUAL = new Configured(false, false, false, true, OptionalInt.empty());
        static final Configured MANUAL_FIRST = new Configured(true, false, false, true, OptionalInt.empty());
        static final Configured STRANGER = new Configured(false, false, true, false, OptionalInt.empty());

        Configured allows(int answers) {
            return new Configured(mayBegin, isFixed, isAutomatic, isMember, OptionalInt.of(answers));
        }
    }

    SampleNode(Configured configured) {
        time.setWallClock(-1_000_000_000); // so that epochs are small numbers
        PendingAppends pending = new PendingAppends(new Acknowledgements(List.of()), Runnable::run);
        Member self = configured.isMember() ? member(1) : member(9);
        primaryLog = new PrimaryLog(
                log,
                identity,
                pending,
                new PendingReads(100, Runnable::run),
                committed,
                new PrimaryLog.Settings(self.url(), 100, new IdempotencyWindow.Limits(100, 100_000)),
                time);
        replica = new Replica(
                log, identity, committed, () -> {}, listener(), new Random(1), new Replica.HeldBackBounds(10, 10_000));
        Heartbeats heartbeats = new Heartbeats(
                any -> () -> CompletableFuture.completedFuture(Optional.empty()),
                500,
                time,
                beat -> replication().onHeartbeat(beat));
        Map<Member, FakeMember> others = Map.of(member(2), second, member(3), third);
        NodeIds ids = new NodeIds(self, node(1));
        replication = new Replication(
                primaryLog,
                (to, listener) -> new Sender(
                        to,
                        others.get(to),
                        primaryLog,
                        new Lane(new Lane.Limits(10, 1_000, 100, 100_000), new Backoff(1, 1), new Random(1)),
                        0,
                        100,
                        new Sender.Services(this::execute, time, time, ids, Tracing.none(), listener),
                        Sender.Meters.NONE),
                new Replication.Node(
                        self,
                        heartbeats,
                        new QuorumWatch(OptionalInt.empty(), readOnlyMode),
                        readOnlyMode,
                        time,
                        tail::moved,
                        reign -> leadership().onEstablished(reign),
                        (over, by) -> leadership().onFenced(over, by)));
        leadership = new Leadership(
                new Leadership.Settings(
                        self,
                        Optional.of(members(3)),
                        configured.mayBegin(),
                        configured.isFixed(),
                        configured.isAutomatic(),
                        configured.sufficient(),
                        TIMEOUT_MS,
                        1_000_000),
                new Leadership.Parts(
                        log,
                        identity,
                        () -> illness,
                        replica,
                        primaryLog,
                        replication,
                        readOnlyMode,
                        others::get,
                        listenerOfLeadership()),
                new Leadership.Environment(this::execute, time, time, new Random(1), () -> FRESH));
        reads = new LinearizableReads(
                new LinearizableReads.Settings(self, MAX_READS, READ_TIMEOUT_MS),
                new LinearizableReads.Parts(leadership::primary, primaryLog, replication, others::get, tail, identity),
                this::execute,
                time);
    }

    private Leadership leadership() {
        return leadership;
    }

    private Replication replication() {
        return replication;
    }

    private void execute(Runnable task) {
        time.after(0, task);
    }

    private Leadership.Listener listenerOfLeadership() {
        return new Leadership.Listener() {
            @Override
            public void led() {
                led.add(leadership().primary());
            }

            @Override
            public void stood(boolean hasWon) {
                elections.add(hasWon);
            }
        };
    }

    private Replica.Listener listener() {
        return new Replica.Listener() {
            @Override
            public void promised(long epoch) {
                leadership().promised(epoch);
            }

            @Override
            public void follows(Batch batch) {
                leadership().follows(batch);
            }
        };
    }

    // --- given

    /** It is complete, holds these entries of the last reign, and followed the second member in it. */
    SampleNode holding(String... messages) {
        Reign last = new Reign(LOG, LAST_EPOCH);
        identity.update(before -> before.following(
                        last, Optional.of(node(2)), Optional.of(member(2).url()), Optional.of(members(3)))
                .matchedReign());
        for (String message : messages) {
            append(log, LAST_EPOCH, message);
        }
        return this;
    }

    /** Its process starts. */
    SampleNode started() {
        leadership.start();
        return this;
    }

    // --- when

    /** The log has so many members: not those that are configured. */
    void remembersMembers(int number) {
        identity.update(before -> before.following(
                before.reign().orElseThrow(), Optional.empty(), Optional.empty(), Optional.of(members(number))));
    }

    /** So much time passes. */
    void passes(long ms) {
        time.advance(ms);
    }

    /** So much time as it takes until it has asked the others once more whether they would promise. */
    void asks() {
        int before = questions();
        for (long waitedMs = 0; questions() == before; waitedMs += TIMEOUT_MS / 8) {
            assertThat(waitedMs).as("without a question, in ms").isLessThan(10 * TIMEOUT_MS);
            passes(TIMEOUT_MS / 8);
        }
    }

    /** It asks, and the second member would promise: with this node, that is a majority. */
    void stands() {
        asks();
        second.wouldPromise(position());
        passes(0);
    }

    /** The second member promises as well. */
    void isPromisedAnEpoch() {
        stands();
        second.promises(position());
        passes(0);
    }

    /** The second member holds as much as this node, and follows the reign. */
    void reigns() {
        isPromisedAnEpoch();
        second.acknowledges(log.end());
        passes(0);
    }

    /** Where the second member stands: as far as this node. */
    Position position() {
        return SampleMembers.holds(2, LAST_EPOCH, log.end());
    }

    /** Another member calls as the primary of this epoch, which began where this node's log ends. */
    void follows(int primary, long epoch) {
        replica.receive(new Batch(
                new Reign(LOG, epoch),
                log.epochBefore(log.end()),
                0,
                log.end(),
                log.end(),
                0,
                0,
                node(primary),
                member(primary).url(),
                Optional.empty(),
                Records.empty(log.end())));
    }

    /** Another member is a candidate in this epoch. */
    Position promises(int candidate, long epoch) {
        return replica.promise(new PromiseRequest(
                new Promise(epoch, node(candidate)), member(candidate).url(), Optional.of(LOG)));
    }

    /** A client appends, and waits for so many nodes. */
    CompletableFuture<Outcome> appends(String message, int w) {
        CompletionStage<Outcome> outcome = primaryLog.append(
                new Append("", List.of(message.getBytes(UTF_8)), new WriteConcern(w), OptionalLong.empty()),
                Long.MAX_VALUE);
        primaryLog.force();
        return outcome.toCompletableFuture();
    }

    /** Its process is told to end. */
    CompletableFuture<Boolean> stops() {
        return leadership.handOver(this::execute, time).toCompletableFuture();
    }

    // --- then

    Leadership.Role role() {
        return leadership.role();
    }

    Identity remembers() {
        return identity.load();
    }

    /** How often it has asked the second member whether it would promise. */
    int questions() {
        return second.questions().size();
    }

    /** The epochs that it has asked the second member for. */
    List<Long> epochs() {
        return second.requests().stream()
                .map(request -> request.promise().epoch())
                .toList();
    }
}
