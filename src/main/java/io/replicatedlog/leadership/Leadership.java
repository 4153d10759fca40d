package io.replicatedlog.leadership;

import static java.util.logging.Level.FINE;

import io.replicatedlog.log.Log;
import io.replicatedlog.node.Clock;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.ReadOnlyMode.Cause;
import io.replicatedlog.node.Scheduler;
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.Replication;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.CallSize;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Peer;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.Question;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.secondary.Replica;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.storage.StorageChange;
import java.net.URI;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;

/**
 * The role of this node: SECONDARY, CANDIDATE or PRIMARY, and what makes it another. A node that has heard nothing of a primary
 * for the election time-out asks the others ({@link Poll}), stands ({@link Candidacy}), and reigns; a higher epoch, from
 * any source, ends all of that.
 *
 * <p>Thread-safe. The state is guarded by the monitor, under which nobody else is called. The identity is what decides between
 * this node and the others: it changes first, and the thread that has changed it ends what this node did in a lower epoch.
 */
public final class Leadership implements Replica.Listener {

    private static final Logger LOG = Logger.getLogger(Leadership.class.getName());

    /** How often in an election time-out the state is looked at. */
    private static final int TICKS = 8;

    private final Settings settings;
    private final Parts parts;
    private final Environment environment;
    private final Candidacy.Services candidacies;

    /** When the primary that this node follows called last; empty if it follows none now. Guarded by the monitor. */
    private OptionalLong heardMs = OptionalLong.empty();

    /** Since when this node waits: for a call of a primary, or for those that it has promised to. Guarded by the monitor. */
    private long waitsSinceMs;

    /** How long it waits before it asks. Drawn anew each time. Guarded by the monitor. */
    private long patienceMs;

    /** The reign that was followed last, unless something has happened since. Guarded by the monitor. */
    private Reign followed;

    /** {@code null} while this node does not ask. Guarded by the monitor. */
    private Poll poll;

    /** {@code null} while this node does not stand. Guarded by the monitor. */
    private Candidacy candidacy;

    /** When the poll or the candidacy began. Guarded by the monitor. */
    private long begunMs;

    /** The highest epoch that another node was heard of. Guarded by the monitor. */
    private long learnedEpoch;

    /** What the log file has been told since this node led or followed last. Guarded by the monitor. */
    private News news = new News();

    /** Whether the log file has been told that the members are others than those configured. */
    private volatile boolean hasWarned;

    /** Whether the process is about to end. */
    private volatile boolean isStopping;

    private final Succession succession = new Succession();

    /** When a primary, or this node as one, led last; empty if none has since the process began. Guarded by the monitor. */
    private OptionalLong ledMs = OptionalLong.empty();

    /** What may have been lost when the last reign of this node began; empty if nothing was. */
    private volatile Optional<String> risk = Optional.empty();

    /** What a node is at a time. */
    public enum Role {
        SECONDARY,
        CANDIDATE,
        PRIMARY
    }

    /**
     * What does not change.
     *
     * @param self where this node is called
     * @param configured the members as the configuration has them; empty if it says nothing of them
     * @param mayBegin whether this node may begin a log where no member knows of one
     * @param fixed whether the node that may begin a log leads it for ever: nodes that forget their promises must not vote
     * @param isAutomatic whether every node stands by itself; else only the one that may begin a log
     * @param sufficient how many promises suffice, if an operator has decided so
     * @param timeoutMs the election time-out
     * @param pageBytes how much of a log is fetched in one call, at most
     */
    public record Settings(
            Member self,
            Optional<Members> configured,
            boolean mayBegin,
            boolean fixed,
            boolean isAutomatic,
            OptionalInt sufficient,
            long timeoutMs,
            int pageBytes) {}

    /**
     * The parts of this node that leadership works on.
     *
     * @param illness why this node is not well, as its liveness says: then it does not stand; empty if it is
     */
    public record Parts(
            Log log,
            IdentityStore identity,
            Supplier<Optional<String>> illness,
            Replica replica,
            PrimaryLog primaryLog,
            Replication replication,
            ReadOnlyMode readOnlyMode,
            Function<Member, Peer> peers,
            Listener listener) {}

    /** Told what becomes of this node and of the others. Must not wait. */
    public interface Listener {

        /** Another node leads than before, or none, as {@link #primary} says now. */
        void led();

        /** This node has stood in an epoch, and has won it or not. */
        void stood(boolean hasWon);
    }

    /**
     * What drives a node.
     *
     * @param ids draws the id of a log that begins
     */
    public record Environment(
            Executor executor, Scheduler scheduler, Clock clock, RandomGenerator random, Supplier<UUID> ids) {

        Environment on(Executor others, Scheduler scheduler) {
            return new Environment(others, scheduler, clock, random, ids);
        }
    }

    public Leadership(Settings settings, Parts parts, Environment environment) {
        this.settings = settings;
        this.parts = parts;
        this.environment = environment;
        this.candidacies = new Candidacy.Services(
                parts.log(),
                parts.identity(),
                parts.replica(),
                parts.peers(),
                environment,
                new ConcurrentHashMap<Member, CallSize>(),
                settings.pageBytes());
    }

    /**
     * Begins; called once. A node that was configured to begin the log, or is alone, asks at once. Another one waits longer than
     * later: a primary has to notice first that it is there again.
     */
    public void start() {
        waitFor(settings.mayBegin() ? 0 : settings.timeoutMs() + drawPatience());
        parts.readOnlyMode().enter(Cause.RECOVERY, "no primary has called yet");
        environment.scheduler().every(Math.max(1, settings.timeoutMs() / TICKS), this::tick);
        tick(); // a node that is alone leads before anybody can call it
    }

    public Role role() {
        if (parts.primaryLog().reign().isPresent()) {
            return Role.PRIMARY;
        }
        synchronized (this) {
            return candidacy != null ? Role.CANDIDATE : Role.SECONDARY;
        }
    }

    /** Who leads: this node, or whom it hears; empty if it hears nobody. */
    public Optional<Member> primary() {
        if (parts.primaryLog().reign().isPresent()) {
            return Optional.of(settings.self());
        }
        return heard();
    }

    /** The caller holds the monitor. */
    private boolean isHeard() {
        return heardMs.isPresent() && environment.clock().nowMs() - heardMs.getAsLong() < settings.timeoutMs();
    }

    /** What may have been lost when this node's last reign began; empty if nothing that a majority had acknowledged was. */
    public Optional<String> risk() {
        return risk;
    }

    /** Who has led. */
    public Succession succession() {
        return succession;
    }

    /** To be called after whatever may have changed who leads: who looks last sees what is true then. */
    private void noteWhoLeads() {
        boolean isNews;
        synchronized (succession) {
            Identity own = parts.identity().load();
            Optional<Member> primary = established().or(this::heard);
            long epoch = primary.flatMap(any -> own.reign()).map(Reign::epoch).orElse(own.epoch());
            isNews = succession.add(new Succession.Change(environment.clock().wallClockMs(), epoch, primary));
        }
        if (isNews) {
            parts.listener().led();
        }
    }

    private Optional<Member> established() {
        return parts.primaryLog().isEstablished() ? Optional.of(settings.self()) : Optional.empty();
    }

    private synchronized Optional<Member> heard() {
        return isHeard() ? parts.identity().load().primary().map(Member::new) : Optional.empty();
    }

    // --- what other nodes do

    @Override
    public void promised(long epoch) {
        synchronized (this) {
            followed = null;
            heardMs = OptionalLong.empty();
            poll = null; // two candidates would only take each other's epochs
        }
        stepDown(epoch, "Another node was promised epoch " + epoch);
        noteWhoLeads();
        waitFor(drawPatience());
    }

    @Override
    public void follows(Batch batch) {
        if (hearsAgain(batch.reign())) {
            return;
        }
        stepDown(batch.reign().epoch(), "Another primary has begun " + batch.reign());
        boolean isNews;
        synchronized (this) {
            isNews = giveUpBelow(batch.reign().epoch() + 1);
            poll = null;
            news = new News();
            followed = batch.reign();
            heardMs = OptionalLong.of(environment.clock().nowMs());
            ledMs = heardMs;
        }
        if (isNews) {
            LOG.fine(() -> "Follows " + batch.primary() + " instead of standing");
        }
        warnOfOtherMembers();
        waitFor(drawPatience());
        parts.readOnlyMode().enter(Cause.RECOVERY, "this node is a secondary of " + batch.primary());
        noteWhoLeads();
    }

    /** Those that are stored with the log count. */
    private void warnOfOtherMembers() {
        Optional<Set<Member>> stored = parts.identity().load().members().map(members -> Set.copyOf(members.list()));
        Optional<Set<Member>> configured = settings.configured().map(members -> Set.copyOf(members.list()));
        if (stored.isPresent() && configured.isPresent() && !stored.equals(configured) && !hasWarned) {
            hasWarned = true;
            LOG.warning("The members of the log are " + stored.get() + "; this node is configured with "
                    + configured.get() + ", which counts only where a log begins. Configure the same nodes everywhere");
        }
    }

    /** What is done for each batch must cost next to nothing. */
    private synchronized boolean hearsAgain(Reign reign) {
        boolean isKnown = reign.equals(followed) && poll == null && candidacy == null;
        if (isKnown) {
            waitsSinceMs = environment.clock().nowMs();
            heardMs = OptionalLong.of(waitsSinceMs);
            ledMs = heardMs;
        }
        return isKnown;
    }

    /**
     * Another node asks whether this one would promise it an epoch. Stores nothing.
     *
     * @return where this node's log stands
     * @throws ReplicationRefusedException if it would not
     */
    public Position asked(Question question) {
        Identity own = parts.identity().load();
        Position position = own.position(parts.log());
        boolean holdsAnother = !position.isEmpty()
                && question.logId().filter(log -> !position.isOf(log)).isPresent();
        if (holdsAnother) {
            throw refused(Reason.FOREIGN_LOG, "This node holds another log than " + question.url(), own, position);
        }
        if (!own.mayBeMember(question.url())) {
            throw refused(Reason.NOT_A_MEMBER, question.url() + " is not among the members of the log", own, position);
        }
        if (isLed()) {
            throw refused(Reason.LED, "This node hears from a primary, or is one", own, position);
        }
        Position candidates =
                new Position(question.candidate(), 0, own.reign(), question.matched(), question.end(), 0, 0, true);
        if (settings.isAutomatic() && position.isComplete() && position.isFurtherThan(candidates)) {
            throw refused(Reason.FURTHER, "This node's log goes further", own, position);
        }
        return position;
    }

    private boolean isLed() {
        if (parts.primaryLog().isEstablished()) {
            return !parts.readOnlyMode().isFor(Cause.QUORUM);
        }
        synchronized (this) {
            return isHeard();
        }
    }

    private static ReplicationRefusedException refused(Reason reason, String why, Identity own, Position position) {
        return new ReplicationRefusedException(reason, why, own.reign(), own.epoch(), position.end());
    }

    /** Enough members follow this node's reign. */
    public void onEstablished(Reign reign) {
        OptionalLong gapMs;
        synchronized (this) {
            gapMs = ledMs.isPresent()
                    ? OptionalLong.of(environment.clock().nowMs() - ledMs.getAsLong())
                    : OptionalLong.empty();
        }
        succession.ledAfter(gapMs);
        noteWhoLeads();
        LOG.info(() -> "Leads: " + reign + ", the log ends at " + parts.log().end()
                + (gapMs.isPresent() ? ", " + gapMs.getAsLong() + " ms after another primary was heard last" : "")
                + "; "
                + parts.readOnlyMode()
                        .reason()
                        .map(why -> "still read-only: " + why)
                        .orElse("appends are taken"));
    }

    /** A higher epoch has ended this node's reign. */
    public void onFenced(Reign over, ReplicationRefusedException by) {
        LOG.warning("Leads no more: " + over + " is over (" + by.getMessage()
                + "). Appends that waited were told that their outcome is unknown");
        learn(by.epoch());
        deposed("another node was promised epoch " + by.epoch());
        waitFor(drawPatience());
    }

    private void stepDown(long epoch, String why) {
        Optional<Runnable> answers = parts.primaryLog().endBelow(epoch, why);
        synchronized (this) {
            learnedEpoch = epoch < Long.MAX_VALUE ? Math.max(learnedEpoch, epoch) : learnedEpoch;
            giveUpBelow(epoch);
        }
        answers.ifPresent(tell -> {
            LOG.warning("Leads no more: " + why + ". Appends that waited are told that their outcome is unknown");
            environment.executor().execute(tell);
            deposed(why);
        });
    }

    private void deposed(String why) {
        synchronized (this) {
            ledMs = OptionalLong.of(environment.clock().nowMs());
        }
        noteWhoLeads();
        parts.readOnlyMode().enter(Cause.RECOVERY, "this node leads no more: " + why);
        parts.replication().ended();
    }

    private synchronized void giveUp() {
        giveUpBelow(Long.MAX_VALUE);
        poll = null;
    }

    /** The caller holds the monitor. */
    private boolean giveUpBelow(long epoch) {
        boolean gives = candidacy != null && candidacy.epoch() < epoch;
        if (gives) {
            candidacy.giveUp();
            candidacy = null;
        }
        return gives;
    }

    private synchronized void waitFor(long patience) {
        waitsSinceMs = environment.clock().nowMs();
        patienceMs = patience;
    }

    private synchronized void learn(long epoch) {
        learnedEpoch = Math.max(learnedEpoch, epoch);
    }

    private long drawPatience() {
        return settings.timeoutMs() + environment.random().nextLong(settings.timeoutMs());
    }

    // --- the storage

    public void onStorageChange(StorageChange change) {
        if (change.failed()) {
            giveUp();
            resign("The storage of the primary failed while this append waited", "its storage has failed");
        } else {
            waitFor(settings.mayBegin() ? 0 : drawPatience());
        }
    }

    /** Ends this node's reign without one that follows it. */
    private void resign(String toWaiters, String why) {
        parts.primaryLog().endBelow(Long.MAX_VALUE, toWaiters).ifPresent(tell -> {
            environment.executor().execute(tell);
            deposed(why);
        });
    }

    // --- what this node does

    private void tick() {
        try {
            Optional<String> illness = parts.illness().get();
            if (parts.primaryLog().reign().isPresent()) {
                reignOn(illness);
                return;
            }
            noteSilence();
            noteWhoLeads();
            if (illness.isPresent()) {
                giveUp();
                return;
            }
            Poll asking;
            Candidacy standing;
            boolean isLate;
            synchronized (this) {
                asking = poll;
                standing = candidacy;
                isLate = environment.clock().nowMs() - begunMs >= settings.timeoutMs();
            }
            if (standing != null) {
                goOn(standing, isLate);
            } else if (asking != null) {
                judge(asking, isLate);
            } else {
                askIfNobodyLeads();
            }
        } catch (RuntimeException e) {
            LOG.log(FINE, "The next tick tries again", e);
        }
    }

    /** A primary that is not well lets another one lead, where one can. */
    private void reignOn(Optional<String> illness) {
        if (illness.isPresent() && settings.isAutomatic()) {
            LOG.warning("Leads no more, as it is not well: " + illness.get()
                    + ". Appends that waited are told that their outcome is unknown");
            resign("The primary is not well (" + illness.get() + "), and let another one lead", illness.get());
        } else {
            parts.replication().wake(); // secondaries that hear nothing would ask for promises
        }
    }

    private void noteSilence() {
        long silentMs;
        synchronized (this) {
            if (followed == null || isHeard()) {
                return;
            }
            followed = null; // the next batch of it is news
            silentMs = environment.clock().nowMs() - heardMs.orElse(waitsSinceMs);
        }
        LOG.warning("Nobody leads: "
                + parts.identity().load().primary().map(URI::toString).orElse("the primary") + " was heard last "
                + silentMs + " ms ago");
    }

    private void goOn(Candidacy standing, boolean isLate) {
        standing.ask();
        if (isLate) {
            standing.late();
        }
        boolean isHopeless;
        synchronized (this) {
            long sinceMs = environment.clock().nowMs() - begunMs;
            isHopeless = !settings.fixed() && !standing.isDecided() && sinceMs >= 2 * settings.timeoutMs();
        }
        if (isHopeless && standing.giveUp()) {
            lost(standing, standing.waitsFor(), 0);
        }
    }

    private void askIfNobodyLeads() {
        Optional<Electorate> electorate = electorate();
        Poll next;
        synchronized (this) {
            boolean stands = !isStopping
                    && electorate.isPresent()
                    && (settings.mayBegin() || settings.isAutomatic())
                    && environment.clock().nowMs() - waitsSinceMs >= patienceMs
                    && poll == null
                    && candidacy == null;
            if (!stands) {
                return;
            }
            Identity own = parts.identity().load();
            next = new Poll(electorate.get(), own, question(own));
            begunMs = environment.clock().nowMs();
            poll = next;
        }
        if (settings.fixed()) {
            standIfAsking(next);
        } else {
            next.ask(parts.peers(), environment.executor(), () -> judge(next, false));
            judge(next, false);
        }
    }

    private Question question(Identity own) {
        Position position = own.position(parts.log());
        return new Question(
                own.node(), settings.self().url(), own.reign().map(Reign::logId), position.matched(), position.end());
    }

    /** Those whose promises count; empty while this node does not know who belongs, or does not belong. */
    private Optional<Electorate> electorate() {
        return parts.identity()
                .load()
                .members()
                .or(settings::configured)
                .filter(members -> members.list().contains(settings.self()))
                .map(members -> new Electorate(
                        settings.self(), members, settings.mayBegin(), settings.fixed(), settings.sufficient()));
    }

    private void judge(Poll asked, boolean isLate) {
        if (asked.isWon(isLate)) {
            standIfAsking(asked);
        } else if (isLate) {
            boolean isOver;
            synchronized (this) {
                isOver = poll == asked;
                poll = isOver ? null : poll;
            }
            waitFor(environment.random().nextLong(settings.timeoutMs()));
            learn(asked.epoch());
            if (isOver) {
                say("no primary is heard, and this node " + asked.describe());
            }
        }
    }

    private void standIfAsking(Poll won) {
        synchronized (this) {
            if (poll != won) {
                return;
            }
            poll = null;
        }
        learn(won.epoch());
        electorate().ifPresent(this::stand);
    }

    /** Promises itself an epoch that nobody has heard of, and asks for it. */
    private void stand(Electorate electorate) {
        long known = Math.max(learned(), parts.log().epochBefore(parts.log().end()));
        // What an operator has decided may overlook the highest epoch; the clock has gone on since.
        long wallClockMs = environment.clock().wallClockMs();
        Identity promised = parts.identity()
                .update(before -> before.promised(new Promise(
                        Math.max(Math.max(known, before.epoch()) + 1, wallClockMs), before.node())));
        Candidacy next =
                new Candidacy(promised.promise().orElseThrow().epoch(), electorate, candidacies, new Standing());
        synchronized (this) {
            giveUpBelow(next.epoch());
            followed = null;
            candidacy = next;
            begunMs = environment.clock().nowMs();
        }
        parts.readOnlyMode().enter(Cause.RECOVERY, "no primary: this node stands in epoch " + next.epoch());
        noteWhoLeads();
        next.ask();
    }

    /**
     * Stands at once, without asking: the primary hands over, or an operator has decided.
     *
     * @param over the reign that is handed over; empty if none is
     * @throws ReplicationRefusedException if this node does not follow that reign, is not well, or does not belong
     */
    public void stand(Optional<Reign> over) {
        Identity own = parts.identity().load();
        Optional<Electorate> electorate = electorate();
        boolean isStale = over.filter(reign -> !own.isOf(reign)).isPresent();
        if (isStale || electorate.isEmpty() || parts.illness().get().isPresent() || settings.fixed()) {
            throw refused(
                    Reason.FENCED,
                    isStale ? "This node does not follow " + over.get() : "This node cannot lead now",
                    own,
                    own.position(parts.log()));
        }
        over.ifPresent(reign -> learn(reign.epoch()));
        stand(electorate.get());
    }

    /**
     * Stands at once, as {@link #stand}, because an operator says so.
     *
     * @return whether this node leads now
     */
    public CompletionStage<Boolean> lead() {
        stand(Optional.empty());
        return transferTo(settings.self(), () -> leads(settings.self()), environment)
                .await();
    }

    /**
     * Hands the reign over to another member.
     *
     * @return whether the other leads now, as far as this node knows; if not, this node's reign goes on, unless another has begun
     * @throws IllegalStateException if this node has no reign that is established, or the member does not follow it
     */
    public CompletionStage<Boolean> transfer(Member to) {
        if (!parts.primaryLog().isEstablished() || !parts.primaryLog().isFollowedBy(to)) {
            throw new IllegalStateException(to + " does not follow this node's reign");
        }
        return transferTo(to, () -> leads(to), environment).run();
    }

    private Transfer transferTo(Member to, BooleanSupplier isOver, Environment drives) {
        return new Transfer(to, isOver, parts, drives, 2 * settings.timeoutMs());
    }

    private boolean leads(Member member) {
        return primary().equals(Optional.of(member));
    }

    /**
     * Hands the reign over to whichever member is nearest to this node's log; this node does not stand again. A process that
     * ends runs its scheduled tasks no more, and takes no calls of a new primary: so it is done once this node's reign is over,
     * on threads that the caller gives.
     *
     * @return whether this node has no reign now
     */
    public CompletionStage<Boolean> handOver(Executor executor, Scheduler scheduler) {
        isStopping = true;
        Environment drives = environment.on(executor, scheduler);
        return parts.replication()
                .furthestFollower()
                .filter(member -> parts.primaryLog().isEstablished())
                .map(member -> transferTo(
                                member, () -> parts.primaryLog().reign().isEmpty(), drives)
                        .run())
                .orElseGet(() -> CompletableFuture.completedFuture(true));
    }

    private synchronized long learned() {
        return learnedEpoch;
    }

    private final class Standing implements Candidacy.Listener {

        @Override
        public void waits(String why) {
            say(why);
        }

        @Override
        public void won(Candidacy candidacy, Promises.Lead decision) {
            reign(candidacy, decision);
        }

        @Override
        public void lost(Candidacy candidacy, String why, long higherEpoch) {
            learn(higherEpoch);
            Leadership.this.lost(candidacy, why, higherEpoch);
        }
    }

    private void reign(Candidacy won, Promises.Lead decision) {
        Reign reign = decision.mandate().reign();
        int needed = decision.mandate().followersNeeded();
        risk = decision.risk();
        risk.ifPresent(why -> LOG.warning("Goes on " + why));
        parts.listener().stood(true);
        LOG.info("Begins " + reign + " at offset " + parts.log().end() + ", promised by " + won.promisedBy()
                + "; waits for " + needed + " secondaries to follow");
        parts.readOnlyMode()
                .enter(
                        Cause.RECOVERY,
                        "recovering: waits for " + needed + " secondaries to follow epoch " + reign.epoch());
        parts.replica().exclusively(() -> parts.replication().begin(decision.mandate()));
        boolean isWanted;
        synchronized (this) {
            isWanted = candidacy == won;
            candidacy = isWanted ? null : candidacy;
            news = new News();
            heardMs = OptionalLong.empty();
        }
        if (!isWanted) { // the storage has failed meanwhile, or a higher epoch was promised
            parts.primaryLog().end(reign, "The reign ended as it began");
            deposed("its reign ended as it began");
        }
    }

    private void lost(Candidacy over, String why, long higherEpoch) {
        synchronized (this) {
            candidacy = candidacy == over ? null : candidacy;
        }
        parts.listener().stood(false);
        waitFor(environment.random().nextLong((settings.fixed() ? 1 : 2) * settings.timeoutMs()));
        say("epoch " + over.epoch() + " was not won: " + why);
    }

    private void say(String why) {
        boolean isNews;
        synchronized (this) {
            isNews = news.isWorthALine(why);
        }
        if (parts.primaryLog().reign().isEmpty()) {
            parts.readOnlyMode().enter(Cause.RECOVERY, "recovering: " + why);
        }
        if (isNews) {
            LOG.info("Read-only, recovering: " + why);
        }
    }
}
