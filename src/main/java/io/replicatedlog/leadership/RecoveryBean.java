package io.replicatedlog.leadership;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.logging.Level.FINE;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.LogException;
import io.replicatedlog.log.Records;
import io.replicatedlog.membership.Health;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.Progress;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.ReadOnlyMode.Cause;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.PeerConnection;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.storage.StorageBean;
import io.replicatedlog.storage.StorageChange;
import io.replicatedlog.tracing.Tracing;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * On the primary: brings it from its start, or from a storage that failed, to its next reign. With each heartbeat that
 * a secondary answers it asks where that one stands, until {@link Recovery} knows enough.
 */
@ApplicationScoped
public class RecoveryBean {

    private static final Logger LOG = Logger.getLogger(RecoveryBean.class.getName());
    private static final long RETRY_MS = 1_000;

    @Inject
    private NodeConfig config;

    @Inject
    private Log log;

    @Inject
    private IdentityStore identity;

    @Inject
    private StorageBean storage;

    @Inject
    private ReplicationBean replication;

    @Inject
    private ReadOnlyMode readOnlyMode;

    @Resource
    private ManagedExecutorService executor;

    @Resource(lookup = "concurrent/scheduler")
    private ManagedScheduledExecutorService scheduler;

    /** The recovery that is under way, or {@code null}. */
    private final AtomicReference<Recovery> recovery = new AtomicReference<>();

    /** What may have been lost when it went on last; empty if nothing was. */
    private volatile Optional<String> risk = Optional.empty();

    /** What the log file is told until this node goes on. Guarded by {@link #going}. */
    private News news = new News();

    /** Held by whoever looks what follows, and carries it out. */
    private final ReentrantLock going = new ReentrantLock();

    /** Whether somebody wants a look that nobody has begun. */
    private final AtomicBoolean wanted = new AtomicBoolean();

    /** The log of a secondary could not be taken over. The message says why. */
    private static final class NotTakenOverException extends LogException {
        private static final long serialVersionUID = 1L;

        NotTakenOverException(URI source, String why, Throwable cause) {
            super(source + ": " + why, cause);
        }
    }

    /** Begins to recover, unless the storage has failed; called once, on a primary. */
    public void start() {
        if (storage.failure().isEmpty()) {
            recovery.compareAndSet(null, fromWhatIsThere());
            decide();
        }
    }

    /** What may have been lost when this node went on last; empty if nothing that a majority had acknowledged was. */
    public Optional<String> risk() {
        return risk;
    }

    void onStorageChange(@Observes StorageChange change) {
        if (!config.isPrimary()) {
            return;
        }
        if (change.failed()) {
            recovery.set(null);
            replication.primaryLog().suspend();
            readOnlyMode.enter(Cause.RECOVERY, "recovering: waits for the storage");
        } else {
            begin();
        }
    }

    void onHeartbeat(@Observes Heartbeat heartbeat) {
        Recovery current = recovery.get();
        if (current == null) {
            return;
        }
        if (heartbeat.after() == Health.HEALTHY) {
            ask(current, heartbeat.secondary());
        } else {
            current.missed(heartbeat.secondary(), heartbeat.after() == Health.UNHEALTHY);
        }
        goOnIfPossible();
    }

    private void begin() {
        readOnlyMode.enter(Cause.RECOVERY, "recovering: asks the secondaries where they stand");
        recovery.set(fromWhatIsThere());
        goOnIfPossible();
    }

    private Recovery fromWhatIsThere() {
        Identity remembered = identity.load();
        return new Recovery(config.secondaries(), config.recoveryAnswers(), remembered, Position.of(remembered, log));
    }

    private void ask(Recovery current, int secondary) {
        try {
            PeerConnection asked = replication.connection(secondary);
            current.answered(secondary, Tracing.untraced(asked::position));
        } catch (RuntimeException e) {
            String why = Failure.describe(e);
            LOG.log(FINE, e, () -> url(secondary) + " does not say where it stands: " + why);
            current.missed(secondary, why);
        }
    }

    private void goOnIfPossible() {
        try {
            executor.execute(this::decide);
        } catch (RejectedExecutionException e) {
            LOG.log(FINE, "The node stops while it recovers", e);
        }
    }

    /** Looks what follows; where somebody does so already, he does it again. */
    private void decide() {
        wanted.set(true);
        while (wanted.get() && going.tryLock()) {
            try {
                if (wanted.getAndSet(false)) {
                    look();
                }
            } finally {
                going.unlock();
            }
        }
    }

    private void look() {
        Recovery current = recovery.get();
        if (current == null) {
            return;
        }
        try {
            if (replication.primaryLog().reign() != null) {
                recovery.compareAndSet(current, null); // A new log was begun meanwhile.
                news = new News();
            } else if (storage.failure().isEmpty()) {
                carryOut(current);
            }
        } catch (RuntimeException | Error e) {
            failed(current, e);
        }
    }

    private void carryOut(Recovery current) {
        Recovery.Decision decision = current.decide(UUID.randomUUID(), System.currentTimeMillis());
        if (decision instanceof Recovery.GoOn goOn) {
            goOn(current, goOn);
        } else if (decision instanceof Recovery.Wait wait) {
            // What is over with the next heartbeat is not worth a line.
            long lines = Stream.of(wait.gist(), wait.why())
                    .distinct()
                    .filter(text -> news.isWorthALine(text, 2))
                    .count();
            say(wait.why(), lines > 0);
        }
    }

    private void failed(Recovery current, Throwable failure) {
        LOG.log(FINE, "This is how recovery failed", failure);
        String why = "failed and begins again (" + Failure.describe(failure) + ")";
        say(why, news.isWorthALine(why, 1));
        try {
            recovery.compareAndSet(current, fromWhatIsThere());
        } finally {
            retry();
        }
    }

    private void retry() {
        try {
            scheduler.schedule(this::decide, RETRY_MS, MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(FINE, "The node stops while it recovers", e);
        }
    }

    private void say(String why, boolean isWorthALine) {
        readOnlyMode.enter(Cause.RECOVERY, "recovering: " + why);
        if (isWorthALine) {
            LOG.info("Read-only, recovering: " + why);
        }
    }

    private void goOn(Recovery current, Recovery.GoOn decision) {
        risk = decision.risk();
        risk.ifPresent(why -> LOG.warning("Goes on " + why));
        Reign reign = decision.reign();
        decision.source().ifPresent(source -> takeOver(source, decision));
        if (recovery.get() != current) {
            return; // The storage failed meanwhile: it need not hold any more what was decided on.
        }
        int followersNeeded = current.followersNeeded();
        LOG.info("Begins epoch " + reign.epoch() + " of log " + reign.logId() + " at offset " + log.end()
                + "; waits for " + followersNeeded + " secondaries to follow");
        readOnlyMode.enter(
                Cause.RECOVERY,
                "recovering: waits for " + followersNeeded + " secondaries to follow epoch " + reign.epoch());
        replication.begin(reign, followersNeeded);
        if (!recovery.compareAndSet(current, null)) {
            replication.primaryLog().suspend(); // The storage failed meanwhile.
        }
        news = new News();
    }

    void takeOver(int source, Recovery.GoOn decision) {
        String what = "takes over the log of " + url(source);
        LOG.info("Takes over the log of " + url(source) + ": it holds "
                + decision.position().end() + " entries, this node " + log.end());
        Progress progress = new Progress("entries", 0);
        try {
            TakeOver.run(
                    log,
                    identity,
                    (from, previousEpoch) -> {
                        long missing = decision.position().end() - from;
                        if (progress.update(ReplicationBean.nowMs(), missing)) {
                            say(what + ": " + progress.describe(), true);
                        }
                        return read(source, from, previousEpoch);
                    },
                    decision);
        } catch (IllegalStateException e) {
            throw new NotTakenOverException(url(source), e.getMessage(), e);
        }
    }

    /** After this an {@link IllegalStateException} of the take-over is its own, with a message for people. */
    private Records read(int source, long from, long previousEpoch) {
        try {
            PeerConnection asked = replication.connection(source);
            return Tracing.untraced(() -> asked.records(from, previousEpoch));
        } catch (MismatchException differs) {
            throw differs;
        } catch (RuntimeException e) {
            throw new NotTakenOverException(url(source), Failure.describe(e), e);
        }
    }

    private URI url(int secondary) {
        return config.secondaries().get(secondary);
    }

    /** Judges what is worth a line in the log file: each text once, the first time or a later one. */
    private static final class News {
        private static final int MAX_TEXTS = 32;

        private final Map<String, Integer> heard = new LinkedHashMap<>();

        boolean isWorthALine(String text, int times) {
            int heardNow = heard.merge(text, 1, Integer::sum);
            if (heard.size() > MAX_TEXTS) {
                heard.remove(heard.keySet().iterator().next());
            }
            return heardNow == times;
        }
    }
}
