package io.replicatedlog.replication;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.logging.Level.FINE;

import io.replicatedlog.cluster.Failure;
import io.replicatedlog.cluster.Health;
import io.replicatedlog.cluster.Heartbeat;
import io.replicatedlog.cluster.NodeConfig;
import io.replicatedlog.cluster.ReadOnlyMode;
import io.replicatedlog.cluster.ReadOnlyMode.Cause;
import io.replicatedlog.log.Log;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Logger;

/**
 * On the primary: brings it from its start, or from a storage that failed, to its next reign. With each heartbeat that a
 * secondary answers it asks where that one stands, until {@link Recovery} knows enough.
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

    @Resource
    private ManagedScheduledExecutorService scheduler;

    /** The recovery that is under way, or {@code null}. */
    private volatile Recovery recovery;

    /** What may have been lost when it went on last; empty if nothing was. */
    private volatile Optional<String> risk = Optional.empty();

    /** Why it waited at the last look. Guarded by {@link #going}. */
    private String heard = "";

    /** What the log file says last of why it waits. Guarded by {@link #going}. */
    private String said = "";

    /** Held by whoever carries out a decision. */
    private final ReentrantLock going = new ReentrantLock();

    /** Begins to recover, unless the storage has failed; called once, on a primary. */
    public void start() {
        if (storage.failure().isEmpty()) {
            recovery = fromWhatIsThere();
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
            recovery = null;
            replication.primaryLog().suspend();
            readOnlyMode.enter(Cause.RECOVERY, "recovering: waits for the storage");
        } else {
            begin();
        }
    }

    void onHeartbeat(@Observes Heartbeat heartbeat) {
        Recovery current = recovery;
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
        recovery = fromWhatIsThere();
        goOnIfPossible();
    }

    private Recovery fromWhatIsThere() {
        Identity remembered = identity.load();
        return new Recovery(config.secondaries(), config.recoveryAnswers(), remembered, Position.of(remembered, log));
    }

    private void ask(Recovery current, int secondary) {
        try {
            current.answered(secondary, replication.connection(secondary).position());
        } catch (RuntimeException e) {
            LOG.log(FINE, e, () -> url(secondary) + " does not say where it stands: " + Failure.describe(e));
            current.missed(secondary, false);
        }
    }

    private void goOnIfPossible() {
        try {
            executor.execute(this::decide);
        } catch (RejectedExecutionException e) {
            LOG.log(FINE, "The node stops while it recovers", e);
        }
    }

    private void decide() {
        if (!going.tryLock()) {
            return; // The next heartbeat asks again.
        }
        try {
            Recovery current = recovery;
            if (replication.primaryLog().reign() != null) {
                recovery = null; // A new log was begun meanwhile.
            } else if (current != null && storage.failure().isEmpty()) {
                carryOut(current.decide(UUID.randomUUID(), System.currentTimeMillis()), current.followersNeeded());
            }
        } catch (RuntimeException | Error e) {
            failed(e);
        } finally {
            going.unlock();
        }
    }

    private void carryOut(Recovery.Decision decision, int followersNeeded) {
        if (decision instanceof Recovery.GoOn goOn) {
            goOn(goOn, followersNeeded);
            recovery = null;
        } else if (decision instanceof Recovery.Wait wait) {
            say(wait.why());
        }
    }

    private void failed(Throwable failure) {
        LOG.log(FINE, "This is how recovery failed", failure);
        say("failed and begins again (" + Failure.describe(failure) + ")");
        recovery = fromWhatIsThere();
        try {
            scheduler.schedule(this::decide, RETRY_MS, MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(FINE, "The node stops while it recovers", e);
        }
    }

    /** What is over with the next heartbeat is not worth a line. */
    private void say(String why) {
        readOnlyMode.enter(Cause.RECOVERY, "recovering: " + why);
        if (why.equals(heard) && !why.equals(said)) {
            said = why;
            LOG.info("Read-only, recovering: " + why);
        }
        heard = why;
    }

    private void goOn(Recovery.GoOn decision, int followersNeeded) {
        risk = decision.risk();
        risk.ifPresent(why -> LOG.warning("Goes on " + why));
        Reign reign = decision.reign();
        decision.source().ifPresent(source -> takeOver(source, decision));
        LOG.info("Begins epoch " + reign.epoch() + " of log " + reign.logId() + " at offset " + log.end()
                + "; waits for " + followersNeeded + " secondaries to follow");
        readOnlyMode.enter(
                Cause.RECOVERY,
                "recovering: waits for " + followersNeeded + " secondaries to follow epoch " + reign.epoch());
        replication.begin(reign, followersNeeded);
    }

    private void takeOver(int source, Recovery.GoOn decision) {
        LOG.info("Takes over the log of " + url(source) + ": it holds "
                + decision.position().end() + " entries, this node " + log.end());
        TakeOver.run(log, identity, replication.connection(source)::records, decision);
    }

    private URI url(int secondary) {
        return config.secondaries().get(secondary);
    }
}
