package io.replicatedlog.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.cluster.Health;
import io.replicatedlog.log.Log;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;

/** The primary of a {@link SimulatedCluster}: from its start through {@link Recovery} to its next reign, as the beans do it. */
final class SimulatedPrimary {

    private static final URI URL = URI.create("http://primary:8080");

    /** When a simulation begins, on the clock of the machine. */
    private static final long EPOCH_MS = 1_000_000_000;

    private final List<SimulatedSecondary> secondaries;
    private final SimulatedStorage storage;
    private final Random random;
    private final List<URI> urls;
    private PendingAppends pending;
    private PrimaryLog log;
    private Recovery recovery;

    /** Which process this is; answers to one do not reach the next. */
    private int incarnation;

    private boolean up;

    /** What it held may be gone, and it has no reign that is established since. */
    private boolean lost;

    /** The highest epoch of each log of which a later primary must know. */
    private final Map<UUID, Long> epochs = new HashMap<>();

    /** A call that was not answered. */
    static final class UnansweredException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    SimulatedPrimary(List<SimulatedSecondary> secondaries, SimulatedStorage.Kind kind, Random random) {
        this.secondaries = secondaries;
        this.storage = new SimulatedStorage(kind);
        this.random = random;
        this.urls = secondaries.stream()
                .map(secondary -> URI.create("http://secondary" + secondary.node + ":8080"))
                .toList();
        start();
    }

    void start() {
        storage.open();
        pending = new PendingAppends(secondaries.size() + 1, Runnable::run);
        log = new PrimaryLog(storage.log(), pending, storage.identity(), Integer.MAX_VALUE, URL);
        recovery = fromWhatIsThere();
        up = true;
    }

    void crash() {
        storage.crash(random);
        up = false;
        lost = true;
        incarnation++;
    }

    boolean isRecovering() {
        return recovery != null;
    }

    /**
     * A heartbeat to a secondary has ended.
     *
     * @param isFaulty whether calls may fail
     * @return whether a reign has begun
     * @throws UnansweredException if another log was not taken over to its end
     */
    boolean recover(SimulatedSecondary secondary, Health health, long nowMs, boolean isFaulty) {
        int place = secondary.node - 1;
        if (health == Health.HEALTHY && !(isFaulty && random.nextInt(10) == 0)) {
            recovery.answered(place, secondary.replica().position());
        } else {
            recovery.missed(place, health == Health.UNHEALTHY);
        }
        return decide(nowMs, isFaulty);
    }

    /** As {@link #recover}, without any news. */
    boolean decide(long nowMs, boolean isFaulty) {
        if (log.reign() != null) {
            recovery = null; // A new log was begun meanwhile.
        } else if (recovery.decide(new UUID(0, random.nextLong()), EPOCH_MS + nowMs)
                instanceof Recovery.GoOn decision) {
            goOn(decision, isFaulty);
            return true;
        }
        return false;
    }

    /** Forgets what secondaries have said. */
    void recoverAnew() {
        recovery = fromWhatIsThere();
    }

    private Recovery fromWhatIsThere() {
        Identity remembered = storage.identity().load();
        Log own = storage.log();
        return new Recovery(urls, OptionalInt.empty(), remembered, Position.of(remembered, own));
    }

    private void goOn(Recovery.GoOn decision, boolean isFaulty) {
        assertThat(decision.risk()).isEmpty();
        decision.source().ifPresent(source -> takeOver(secondaries.get(source), decision, isFaulty));
        Reign reign = decision.reign();
        assertThat(reign.epoch()).isGreaterThan(epochs.getOrDefault(reign.logId(), 0L));
        log.begin(reign, recovery.followersNeeded());
        recovery = null;
        noteIfEstablished();
    }

    private void takeOver(SimulatedSecondary source, Recovery.GoOn decision, boolean isFaulty) {
        if (!decision.holdsAll()) {
            Identity remembered = storage.identity().load();
            storage.identity()
                    .store(new Identity(
                            Optional.of(decision.reign()),
                            remembered.primary(),
                            remembered.committed(),
                            Identity.Holding.PARTIAL));
        }
        TakeOver.run(
                storage.log(),
                (from, previousEpoch) -> {
                    if (!source.isUp() || isFaulty && random.nextInt(10) == 0) {
                        throw new UnansweredException();
                    }
                    return source.replica().read(from, previousEpoch, 1 + random.nextInt(1_000));
                },
                decision.position());
    }

    /** From now on a later primary must know of this reign, and this one holds all that was acknowledged. */
    void noteIfEstablished() {
        if (log.isEstablished()) {
            epochs.merge(log.reign().logId(), log.reign().epoch(), Math::max);
            lost = false;
        }
    }

    boolean isUp() {
        return up;
    }

    boolean isLost() {
        return lost;
    }

    int incarnation() {
        return incarnation;
    }

    /** What takes appends and acknowledgements. */
    PrimaryLog log() {
        return log;
    }

    PendingAppends pending() {
        return pending;
    }

    /** What it holds. */
    Log entries() {
        return storage.log();
    }
}
