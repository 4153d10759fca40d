package io.replicatedlog.primary;

import static java.util.logging.Level.FINE;

import io.replicatedlog.log.StorageException;
import io.replicatedlog.membership.Health;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.membership.Heartbeats;
import io.replicatedlog.membership.QuorumWatch;
import io.replicatedlog.node.Clock;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.ReadOnlyMode.Cause;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.logging.Logger;

/**
 * On the primary: one {@link Sender} to each secondary, and what follows from their answers, in this order: the answer counts,
 * the reign is established if it can be, the quorum is judged, readers and lanes are woken.
 *
 * <p>Thread-safe. The monitor is held only while the quorum is judged.
 */
public final class Replication implements Sender.Listener {

    private static final Logger LOG = Logger.getLogger(Replication.class.getName());

    /** How often the committed offset is stored for the next start, in milliseconds. */
    private static final long NOTE_COMMITTED_MS = 10_000;

    private final PrimaryLog log;
    private final SenderFactory factory;
    private final Node node;

    /** To the secondaries of the present reign, in the order of its members; those of the last one while there is none. */
    private volatile Map<Member, Sender> senders = Map.of();

    private final AtomicLong committedNotedMs;

    /**
     * The parts of the node that replication works on.
     *
     * @param self where this node is called
     * @param moved to be run when more may be shown to readers
     * @param established told that the reign is established
     * @param fenced told when a higher epoch has ended the reign
     */
    public record Node(
            Member self,
            Heartbeats heartbeats,
            QuorumWatch quorum,
            ReadOnlyMode readOnlyMode,
            Clock clock,
            Runnable moved,
            Consumer<Reign> established,
            BiConsumer<Reign, ReplicationRefusedException> fenced) {}

    /**
     * What the primary knows of one secondary.
     *
     * @param acknowledged it holds everything below this
     * @param lag how many entries it lacks
     * @param remainingSeconds until it lacks none, where that takes long and can be told
     */
    public record SecondaryStatus(
            Member member,
            Health health,
            long acknowledged,
            long lag,
            OptionalLong remainingSeconds,
            Lane.Status lane) {}

    /** @param factory makes the sender to a secondary, given the listener that it tells of answers */
    public Replication(PrimaryLog log, SenderFactory factory, Node node) {
        this.log = log;
        this.factory = factory;
        this.node = node;
        this.committedNotedMs = new AtomicLong(node.clock().nowMs());
        judgeQuorum();
    }

    /** Makes the sender to one secondary. */
    @FunctionalInterface
    public interface SenderFactory {
        Sender make(Member member, Sender.Listener listener);
    }

    /** Begins a reign over the entries that the log holds. Entries are taken once enough secondaries follow it. */
    public void begin(Mandate mandate) {
        log.begin(mandate);
        restartLanes(mandate.members());
    }

    /** Begins a new log, empty, and lets every lane start again. */
    public Reign reset(UUID logId, Members members) {
        Reign reign = log.reset(logId, members);
        restartLanes(members);
        return reign;
    }

    /** The reign has ended: no more calls are made, and nobody is polled. */
    public void ended() {
        node.heartbeats().watch(List.of());
        judgeQuorum();
    }

    private void restartLanes(Members members) {
        List<Member> secondaries = members.without(node.self());
        synchronized (this) {
            Map<Member, Sender> next = new LinkedHashMap<>();
            for (Member member : secondaries) {
                next.put(member, senders.containsKey(member) ? senders.get(member) : factory.make(member, this));
            }
            senders.forEach((member, sender) -> {
                if (!next.containsKey(member)) {
                    sender.stop();
                }
            });
            senders = next;
        }
        node.heartbeats().watch(secondaries);
        node.moved().run();
        senders.values().forEach(Sender::reset);
        establish();
        judgeQuorum();
        wake();
    }

    /** Lets every lane begin a call if there is something to send. To be called after each append or linearizable read. */
    public void wake() {
        senders.values().forEach(Sender::wake);
    }

    public void onHeartbeat(Heartbeat heartbeat) {
        if (heartbeat.before() != heartbeat.after()) {
            judgeQuorum();
        }
        noteCommittedNowAndThen();
        Sender sender = senders.get(heartbeat.member());
        if (sender != null) {
            sender.health(heartbeat.before(), heartbeat.after());
        }
    }

    @Override
    public void acknowledged(Member member) {
        node.moved().run();
        establish();
        node.heartbeats().alive(member);
        judgeQuorum();
        if (log.hasReads()) {
            wake(); // the answer may have ended a round, and begun the next
        }
    }

    @Override
    public void notFollowing(Member member) {
        judgeQuorum();
    }

    @Override
    public void fenced(Reign over, ReplicationRefusedException by) {
        judgeQuorum();
        node.fenced().accept(over, by);
    }

    private void establish() {
        if (log.canBeEstablished() && log.establish()) {
            node.moved().run();
        }
        if (log.isEstablished() && node.readOnlyMode().leave(Cause.RECOVERY)) {
            log.reign().ifPresent(node.established());
        }
    }

    /** How many secondaries are healthy and follow the reign. */
    public int healthyFollowers() {
        return (int) senders.keySet().stream().filter(this::isHealthyFollower).count();
    }

    /** The healthy secondary that follows the reign and holds most of its log; empty if none does. */
    public Optional<Member> furthestFollower() {
        return senders.keySet().stream().filter(this::isHealthyFollower).max(Comparator.comparingLong(log::held));
    }

    private boolean isHealthyFollower(Member member) {
        return log.isFollowedBy(member) && node.heartbeats().health(member) == Health.HEALTHY;
    }

    /** Counted and judged under one lock: an older count must not overtake a newer one. */
    private synchronized void judgeQuorum() {
        log.members().ifPresent(members -> node.quorum().judge(members.list().size(), healthyFollowers()));
    }

    /** One for each secondary, in the order of the members. */
    public List<SecondaryStatus> status() {
        return senders.values().stream().map(this::status).toList();
    }

    /** Of one secondary; empty while this node does not lead. */
    public Optional<SecondaryStatus> status(Member member) {
        return log.reign().isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(senders.get(member)).map(this::status);
    }

    private SecondaryStatus status(Sender sender) {
        long acknowledged = log.held(sender.member());
        return new SecondaryStatus(
                sender.member(),
                node.heartbeats().health(sender.member()),
                acknowledged,
                Math.max(0, log.end() - acknowledged),
                sender.remainingSeconds(),
                sender.status());
    }

    /** Seldom enough to cost nothing. */
    private void noteCommittedNowAndThen() {
        long last = committedNotedMs.get();
        long now = node.clock().nowMs();
        if (now - last >= NOTE_COMMITTED_MS && committedNotedMs.compareAndSet(last, now)) {
            noteCommitted();
        }
    }

    /** Stores what is committed, for the next start. */
    public void noteCommitted() {
        try {
            log.noteCommitted();
        } catch (StorageException e) {
            LOG.log(FINE, "The next start knows less of what is committed", e);
        }
    }

    /** Makes no more calls. */
    public void stop() {
        noteCommitted();
        senders.values().forEach(Sender::stop);
    }
}
