package io.replicatedlog.leadership;

import static java.util.logging.Level.FINE;
import static java.util.logging.Level.SEVERE;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.LogException;
import io.replicatedlog.membership.Health;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.membership.Member;
import io.replicatedlog.node.Clock;
import io.replicatedlog.node.Progress;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.ReadOnlyMode.Cause;
import io.replicatedlog.node.Scheduler;
import io.replicatedlog.primary.Backoff;
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.Replication;
import io.replicatedlog.protocol.CallSize;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.Peer;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.storage.StorageChange;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;

/**
 * On the primary: brings it from its start, from a storage that failed, or from a reign that a higher epoch has ended, to its
 * next reign. In this order: it forces its own promise of an epoch, asks each secondary for the same with every heartbeat
 * that one answers, until {@link Recovery} knows enough; takes over the log that goes furthest; and begins the reign.
 *
 * <p>Thread-safe. Steps run one at a time under {@link #going}; no call to another node is made under it.
 */
public final class Candidate {

    private static final Logger LOG = Logger.getLogger(Candidate.class.getName());
    private static final long RETRY_MS = 1_000;

    /** After that long without being fenced, the next time counts as the first, in milliseconds. */
    private static final long CALM_MS = 60_000;

    private final Settings settings;
    private final Log log;
    private final IdentityStore identity;
    private final Supplier<Optional<String>> storageFailure;
    private final PrimaryLog primaryLog;
    private final Replication replication;
    private final ReadOnlyMode readOnlyMode;
    private final Services services;
    private final Backoff afterFencing = new Backoff(250, 2_000);

    /** The attempt that is under way, or {@code null}. */
    private final AtomicReference<Recovery> attempt = new AtomicReference<>();

    /** Held while a step runs. */
    private final ReentrantLock going = new ReentrantLock();

    /** Whether a step was asked for and has not begun. */
    private final AtomicBoolean wanted = new AtomicBoolean();

    /**
     * Whether a take-over is under way, be it that of an attempt that is over: two must not write to one log. Guarded by
     * {@link #going}.
     */
    private boolean takingOver;

    /** What the log file has been told since this node led last. Guarded by {@link #going}. */
    private News news = new News();

    /** How much of a log is fetched in one call, by its source: what a slow link teaches must not be forgotten. */
    private final Map<Member, CallSize> pages = new ConcurrentHashMap<>();

    /** What may have been lost when the last reign began; empty if nothing was. */
    private volatile Optional<String> risk = Optional.empty();

    /** The highest epoch that another node was heard of. Guarded by the monitor. */
    private long learnedEpoch;

    /** How often, in a row, a higher epoch has ended a reign. Guarded by the monitor. */
    private int fencings;

    /** Guarded by the monitor. */
    private long fencedAtMs;

    /**
     * What does not change.
     *
     * @param url of this node
     * @param sufficient how many answers suffice, if an operator has decided so
     * @param pageBytes how much of a log is fetched in one call, at most
     */
    public record Settings(URI url, List<Member> secondaries, OptionalInt sufficient, int pageBytes) {}

    /**
     * What drives a candidate.
     *
     * @param health what heartbeats say of a member
     * @param peers the calls to each member
     * @param logIds draws the id of a log that begins
     */
    public record Services(
            Function<Member, Health> health,
            Function<Member, Peer> peers,
            Executor executor,
            Scheduler scheduler,
            Clock clock,
            RandomGenerator random,
            Supplier<UUID> logIds) {}

    /** @param storageFailure what has failed, if anything has */
    public Candidate(
            Settings settings,
            Log log,
            IdentityStore identity,
            Supplier<Optional<String>> storageFailure,
            PrimaryLog primaryLog,
            Replication replication,
            ReadOnlyMode readOnlyMode,
            Services services) {
        this.settings = settings;
        this.log = log;
        this.identity = identity;
        this.storageFailure = storageFailure;
        this.primaryLog = primaryLog;
        this.replication = replication;
        this.readOnlyMode = readOnlyMode;
        this.services = services;
    }

    /** Begins, unless the storage has failed; called once. */
    public void start() {
        if (storageFailure.get().isEmpty()) {
            begin();
        }
    }

    /** What may have been lost when this node's reign began; empty if nothing that a majority had acknowledged was. */
    public Optional<String> risk() {
        return risk;
    }

    public void onStorageChange(StorageChange change) {
        if (change.failed()) {
            attempt.set(null);
            replication.end("The storage of the primary failed while this append waited");
            readOnlyMode.enter(Cause.RECOVERY, "recovering: waits for the storage");
        } else {
            begin();
        }
    }

    public void onHeartbeat(Heartbeat heartbeat) {
        Recovery current = attempt.get();
        if (current == null) {
            return;
        }
        if (heartbeat.after() == Health.HEALTHY) {
            ask(current, heartbeat.member());
        } else {
            current.missed(heartbeat.member(), heartbeat.after() == Health.UNHEALTHY);
            step();
        }
    }

    /** A higher epoch has ended this node's reign. Two primaries must not end each other's reigns without a pause. */
    public void onFenced(Reign over, ReplicationRefusedException by) {
        long delayMs;
        synchronized (this) {
            long now = services.clock().nowMs();
            learnedEpoch = Math.max(learnedEpoch, by.epoch());
            fencings = fencings > 0 && now - fencedAtMs < CALM_MS ? fencings + 1 : 1;
            fencedAtMs = now;
            delayMs = afterFencing.delayMs(fencings, services.random());
        }
        LOG.warning("Leads no more: " + over + " is over (" + by.getMessage()
                + "). Appends that waited were told that their outcome is unknown; asks for the next epoch in "
                + delayMs
                + " ms");
        readOnlyMode.enter(Cause.RECOVERY, "recovering: another primary has begun epoch " + by.epoch());
        services.scheduler().after(delayMs, this::begin);
    }

    private void begin() {
        if (primaryLog.reign().isPresent()) {
            return;
        }
        readOnlyMode.enter(Cause.RECOVERY, "recovering: asks the secondaries where they stand");
        try {
            restart(attempt.get());
        } catch (RuntimeException e) {
            LOG.log(FINE, "No promise could be stored; tried again", e);
            services.scheduler().after(RETRY_MS, this::begin);
        }
    }

    /** Begins another attempt in the place of this one, and asks every member that is well at once. */
    private void restart(Recovery before) {
        Recovery next = newAttempt();
        if (attempt.compareAndSet(before, next)) {
            for (Member member : settings.secondaries()) {
                if (services.health().apply(member) == Health.HEALTHY) {
                    services.executor().execute(() -> ask(next, member));
                }
            }
            step();
        }
    }

    private Recovery newAttempt() {
        Identity own = promise();
        return new Recovery(
                settings.secondaries(),
                settings.sufficient(),
                own,
                own.position(log),
                own.promise().orElseThrow().epoch());
    }

    /** This node's own promise: kept as long as it has led to no reign and no higher epoch is known. */
    private Identity promise() {
        long known = Math.max(learned(), log.epochBefore(log.end()));
        long wallClockMs = services.clock().wallClockMs();
        return identity.update(before -> {
            long reigned = before.reign().map(Reign::epoch).orElse(0L);
            boolean isUnused = before.promise()
                    .filter(promise ->
                            promise.candidate().equals(before.node()) && promise.epoch() > Math.max(known, reigned))
                    .isPresent();
            // Whatever this node has forgotten, its clock has gone on: no epoch is used twice.
            long next = Math.max(Math.max(known, before.epoch()) + 1, wallClockMs);
            return isUnused ? before : before.promised(new Promise(next, before.node()));
        });
    }

    private synchronized long learned() {
        return learnedEpoch;
    }

    private void ask(Recovery current, Member member) {
        if (attempt.get() != current) {
            return;
        }
        Identity own = identity.load();
        boolean isOfALog = own.holdsItsReign() || log.end() > 0;
        PromiseRequest request = new PromiseRequest(
                new Promise(current.epoch(), own.node()),
                settings.url(),
                isOfALog ? own.reign().map(Reign::logId) : Optional.empty());
        Failure.staged(() -> services.peers().apply(member).promise(request))
                .whenComplete((position, failure) -> answered(current, member, position, failure));
    }

    private void answered(Recovery current, Member member, Position position, Throwable failure) {
        if (failure == null) {
            current.promised(member, position);
        } else {
            Throwable cause = Failure.unwrap(failure);
            String why = Failure.describe(cause);
            LOG.log(FINE, cause, () -> member + " gives no promise: " + why);
            current.missed(member, why);
            if (cause instanceof ReplicationRefusedException refused && refused.epoch() >= current.epoch()) {
                overtaken(current, refused.epoch());
                return;
            }
        }
        step();
    }

    /** A member knows of a higher epoch: the promises of a lower one lead nowhere. */
    private void overtaken(Recovery current, long epoch) {
        synchronized (this) {
            learnedEpoch = Math.max(learnedEpoch, epoch);
        }
        try {
            restart(current);
        } catch (RuntimeException e) {
            LOG.log(FINE, "No promise could be stored; the next heartbeat tries again", e);
        }
    }

    /** Runs one step; if a step is running, its thread runs another. */
    private void step() {
        wanted.set(true);
        while (wanted.get() && going.tryLock()) {
            try {
                if (wanted.getAndSet(false)) {
                    decide();
                }
            } finally {
                going.unlock();
            }
        }
    }

    private void decide() {
        Recovery current = attempt.get();
        if (current == null || takingOver) {
            return;
        }
        try {
            if (primaryLog.reign().isPresent()) {
                attempt.compareAndSet(current, null); // a new log was begun meanwhile
                news = new News();
            } else if (storageFailure.get().isEmpty()) {
                carryOut(current);
            }
        } catch (RuntimeException | Error e) {
            failed(current, e);
        }
    }

    private void carryOut(Recovery current) {
        Recovery.Decision decision = current.decide(services.logIds().get());
        if (decision instanceof Recovery.GoOn goOn) {
            goOn(current, goOn);
        } else if (decision instanceof Recovery.Wait wait) {
            boolean isGistNews = news.isWorthALine(wait.gist());
            boolean isNews = wait.gist().equals(wait.why()) ? isGistNews : news.isWorthALine(wait.why()) || isGistNews;
            say(wait.why(), isNews);
        }
    }

    private void goOn(Recovery current, Recovery.GoOn decision) {
        risk = decision.risk();
        risk.ifPresent(why -> LOG.warning("Goes on " + why));
        current.doubt()
                .ifPresent(why -> LOG.warning(
                        "This node's storage is an old copy: " + why + ". It takes over what the others hold"));
        if (!decision.holdsAll()) {
            // While a take-over is under way, a log that did not hold everything must not pass for one that does.
            identity.update(Identity::incomplete);
        }
        if (decision.source().isPresent()) {
            takeOver(current, decision, decision.source().get());
        } else {
            reign(current, decision);
        }
    }

    private void takeOver(Recovery current, Recovery.GoOn decision, Member source) {
        LOG.info("Takes over the log of " + source + ": it holds "
                + decision.position().end() + " entries, this node " + log.end());
        Progress progress = new Progress("entries", 0);
        takingOver = true;
        new TakeOver(
                        log,
                        services.peers().apply(source)::records,
                        decision.position(),
                        pages.computeIfAbsent(source, any -> new CallSize(settings.pageBytes())),
                        services.executor(),
                        () -> attempt.get() == current,
                        missing -> {
                            if (progress.update(services.clock().nowMs(), missing)) {
                                say("takes over the log of " + source + ": " + progress.describe(), true);
                            }
                        })
                .run()
                .whenComplete((isWhole, failure) -> tookOver(current, decision, source, isWhole, failure));
    }

    private void tookOver(Recovery current, Recovery.GoOn decision, Member source, Boolean isWhole, Throwable failure) {
        going.lock();
        try {
            takingOver = false;
            if (failure != null) {
                String why = Failure.unwrap(failure) instanceof IllegalStateException broken
                        ? broken.getMessage()
                        : Failure.describe(Failure.unwrap(failure));
                throw new NotTakenOverException(source + ": " + why, failure);
            }
            if (isWhole && attempt.get() == current) {
                reign(current, decision);
            }
        } catch (RuntimeException | Error e) {
            failed(current, e);
            return;
        } finally {
            going.unlock();
        }
        step();
    }

    private void reign(Recovery current, Recovery.GoOn decision) {
        Reign reign = decision.reign();
        LOG.info("Begins " + reign + " at offset " + log.end() + "; waits for " + decision.followersNeeded()
                + " secondaries to follow");
        readOnlyMode.enter(
                Cause.RECOVERY,
                "recovering: waits for " + decision.followersNeeded() + " secondaries to follow epoch "
                        + reign.epoch());
        replication.begin(reign, decision.followersNeeded());
        if (!attempt.compareAndSet(current, null)) {
            replication.end("The storage of the primary failed while this append waited"); // it failed meanwhile
        }
        news = new News();
    }

    /** The next attempt begins with the next heartbeats: what failed at once would fail again at once. */
    private void failed(Recovery current, Throwable failure) {
        boolean isExpected = failure instanceof LogException || failure instanceof IllegalStateException;
        LOG.log(isExpected ? FINE : SEVERE, "This is how recovery failed", failure);
        String why = "failed and begins again (" + Failure.describe(failure) + ")";
        say(why, news.isWorthALine(why, 1));
        try {
            attempt.compareAndSet(current, newAttempt());
        } catch (RuntimeException e) {
            LOG.log(FINE, "No promise could be stored; the attempt that failed is tried again", e);
        } finally {
            services.scheduler().after(RETRY_MS, this::step);
        }
    }

    private void say(String why, boolean isWorthALine) {
        readOnlyMode.enter(Cause.RECOVERY, "recovering: " + why);
        if (isWorthALine) {
            LOG.info("Read-only, recovering: " + why);
        }
    }
}
