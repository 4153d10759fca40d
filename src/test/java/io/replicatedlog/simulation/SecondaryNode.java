package io.replicatedlog.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.log.Log;
import io.replicatedlog.membership.Member;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.secondary.Replica;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** A secondary: a {@link Replica} and its storage on a machine, wired as the beans wire them. */
final class SecondaryNode {

    private static final long WATCH_MS = 40;

    final Member member;
    final Machine machine;
    private final Random random;
    private final Invariants invariants;
    private Replica replica;
    private boolean calm;

    /** Its storage was lost or is an old copy, and it was not refilled since. */
    private boolean lost;

    /** Where its log must end before it counts as refilled after a rollback. */
    private long heldBeforeRollBack;

    /** The most that it has acknowledged in each reign. */
    private final Map<Reign, Long> held = new HashMap<>();

    /** The highest epoch that it has promised or followed of each log, and must not fall behind as long as it remembers. */
    private final Map<UUID, Long> epochs = new HashMap<>();

    SecondaryNode(Machine machine, Random random, Invariants invariants) {
        this.member = new Member(URI.create("http://" + machine.name + ":8080"));
        this.machine = machine;
        this.random = random;
        this.invariants = invariants;
    }

    void startIfDown() {
        if (!machine.isUp() && machine.start(change -> {})) {
            Log log = new InterruptedLog(machine.log(), this::mendIfFailed, this::suspend);
            replica = new Replica(
                    log,
                    machine.identity(),
                    machine.committed(),
                    machine.storage()::requireResponsive,
                    new Replica.HeldBackBounds(random.nextInt(20), 10_000));
            machine.every(WATCH_MS, this::watch);
        }
    }

    void calm() {
        calm = true;
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

    /** Whether it says that it is alive. */
    boolean isAlive() {
        return machine.liveness().failure().isEmpty();
    }

    Acknowledgement receive(byte[] encoded) {
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
        invariants.check(() -> assertKnowsItsLoss(batch));
        invariants.check(() -> assertThat(acknowledgement.end())
                .as("%s acknowledges what it has forced", machine)
                .isLessThanOrEqualTo(machine.log().durable()));
        follows(batch.reign().logId(), batch.reign().epoch());
        held.merge(batch.reign(), acknowledgement.end(), Math::max);
        return acknowledgement;
    }

    private void assertKnowsItsLoss(Batch batch) {
        if (machine.isComplete()) {
            assertThat(machine.log().durable())
                    .as("%s calls itself complete, and has acknowledged", machine)
                    .isGreaterThanOrEqualTo(batch.acknowledged());
        }
    }

    Position promise(PromiseRequest request) {
        Position position = replica.promise(request);
        if (position.promised() == request.promise().epoch()) {
            position.reign()
                    .ifPresent(reign -> follows(reign.logId(), request.promise().epoch()));
        }
        return position;
    }

    private void follows(UUID log, long epoch) {
        invariants.check(() -> assertThat(epoch)
                .as("the epoch that %s acts in", machine)
                .isGreaterThanOrEqualTo(epochs.getOrDefault(log, 0L)));
        epochs.merge(log, epoch, Math::max);
    }

    /** Whether it has acknowledged the entry at this offset, at some time in this reign. */
    boolean hasHeld(long offset, Reign reign) {
        return offset < held.getOrDefault(reign, 0L);
    }

    /** Its storage was lost. */
    void lost() {
        lost = true;
        heldBeforeRollBack = 0;
        epochs.clear();
    }

    /** Its storage is an old copy. */
    void rolledBack(long end) {
        lost = true;
        heldBeforeRollBack = end;
        epochs.clear();
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

    void reset(Optional<Reign> reign) {
        replica.reset(reign);
        held.clear();
        epochs.clear();
    }

    Replica replica() {
        return replica;
    }
}
