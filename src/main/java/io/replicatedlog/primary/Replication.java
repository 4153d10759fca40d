package io.replicatedlog.primary;

import static java.util.logging.Level.FINE;

import io.replicatedlog.log.StorageException;
import io.replicatedlog.membership.Health;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.membership.Member;
import io.replicatedlog.membership.QuorumWatch;
import io.replicatedlog.node.Clock;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.ReadOnlyMode.Cause;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
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
    private final List<Sender> senders;
    private final Node node;

    private final AtomicLong committedNotedMs;

    /**
     * The parts of the node that replication works on.
     *
     * @param moved to be run when more may be shown to readers
     * @param fenced told when a higher epoch has ended the reign
     */
    public record Node(
            Function<Member, Health> health,
            Consumer<Member> alive,
            QuorumWatch quorum,
            ReadOnlyMode readOnlyMode,
            Clock clock,
            Runnable moved,
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

    /** @param senders makes the sender to a secondary, given the listener that it tells of answers */
    public Replication(PrimaryLog log, List<Member> secondaries, SenderFactory senders, Node node) {
        this.log = log;
        this.node = node;
        this.senders =
                secondaries.stream().map(member -> senders.make(member, this)).toList();
        this.committedNotedMs = new AtomicLong(node.clock().nowMs());
        judgeQuorum();
    }

    /** Makes the sender to one secondary. */
    @FunctionalInterface
    public interface SenderFactory {
        Sender make(Member member, Sender.Listener listener);
    }

    /** Begins a reign over the entries that the log holds. Entries are taken once enough secondaries follow it. */
    public void begin(Reign reign, int followersNeeded) {
        log.begin(reign, followersNeeded);
        restartLanes();
    }

    /** Begins a new log, empty, and lets every lane start again. */
    public Reign reset(UUID logId) {
        Reign reign = log.reset(logId);
        restartLanes();
        return reign;
    }

    /** Ends the reign, if there is one: every waiter is told that the outcome is unknown, lanes stop. */
    public void end(String why) {
        log.end(why);
        judgeQuorum();
    }

    private void restartLanes() {
        node.moved().run();
        senders.forEach(Sender::reset);
        establish();
        judgeQuorum();
        wake();
    }

    /** Lets every lane begin a call if there is something to send. To be called after each append. */
    public void wake() {
        senders.forEach(Sender::wake);
    }

    public void onHeartbeat(Heartbeat heartbeat) {
        if (heartbeat.before() != heartbeat.after()) {
            judgeQuorum();
        }
        noteCommittedNowAndThen();
        sender(heartbeat.member()).health(heartbeat.before(), heartbeat.after());
    }

    @Override
    public void acknowledged(Member member) {
        node.moved().run();
        establish();
        node.alive().accept(member);
        judgeQuorum();
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
        if (log.canBeEstablished()) {
            log.establish();
        }
        if (log.isEstablished() && node.readOnlyMode().leave(Cause.RECOVERY)) {
            LOG.info(() -> "Leads: " + log.reign().map(Reign::toString).orElse("") + ", from offset " + log.end()
                    + " on; "
                    + node.readOnlyMode()
                            .reason()
                            .map(why -> "still read-only: " + why)
                            .orElse("appends are taken"));
        }
    }

    /** How many secondaries are healthy and follow the reign. */
    public int healthyFollowers() {
        return (int) senders.stream()
                .map(Sender::member)
                .filter(member -> log.isFollowedBy(member) && node.health().apply(member) == Health.HEALTHY)
                .count();
    }

    /** Counted and judged under one lock: an older count must not overtake a newer one. */
    private synchronized void judgeQuorum() {
        node.quorum().judge(healthyFollowers());
    }

    /** One for each secondary, in the order of the configuration. */
    public List<SecondaryStatus> status() {
        return senders.stream().map(this::status).toList();
    }

    /** Of one secondary. */
    public SecondaryStatus status(Member member) {
        return status(sender(member));
    }

    private SecondaryStatus status(Sender sender) {
        long acknowledged = log.held(sender.member());
        return new SecondaryStatus(
                sender.member(),
                node.health().apply(sender.member()),
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
        senders.forEach(Sender::stop);
    }

    private Sender sender(Member member) {
        return senders.stream()
                .filter(sender -> sender.member().equals(member))
                .findFirst()
                .orElseThrow();
    }
}
