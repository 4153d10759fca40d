package io.replicatedlog.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.secondary.Replica;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;

/** A secondary: a replica on a machine, at the end of a wire from the primary. */
final class SecondaryNode implements SimulatedNode {

    /** Its place among the nodes, from 1 on. */
    final int number;

    final Machine machine;
    final Wire wire;
    private final Random random;
    private Replica replica;

    /** Its storage was lost, and it was not refilled since. */
    private boolean lost;

    /** The most that it has acknowledged in {@link #heldIn}. */
    private long held;

    private Reign heldIn;

    /** The epoch that it followed last of each log, and must not fall behind as long as it remembers. */
    private final Map<UUID, Long> epochs = new HashMap<>();

    SecondaryNode(int number, Machine machine, Wire wire, Random random) {
        this.number = number;
        this.machine = machine;
        this.wire = wire;
        this.random = random;
    }

    @Override
    public void startIfDown() {
        if (!machine.isUp() && machine.start()) {
            replica = new Replica(machine.log(), machine.identity(), random.nextInt(20), 10_000);
        }
    }

    /** @return what it acknowledges */
    long receive(Batch batch) {
        long end = replica.receive(batch);
        assertThat(batch.reign().epoch())
                .as("the epoch that %s follows", machine.name)
                .isGreaterThanOrEqualTo(epochs.getOrDefault(batch.reign().logId(), 0L));
        epochs.put(batch.reign().logId(), batch.reign().epoch());
        held = batch.reign().equals(heldIn) ? Math.max(held, end) : end;
        heldIn = batch.reign();
        return end;
    }

    /** Whether it has acknowledged the entry at this offset, at some time in this reign. */
    boolean hasHeld(long offset, Reign reign) {
        return Objects.equals(reign, heldIn) && offset < held;
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public void lost() {
        lost = true;
        epochs.clear();
    }

    @Override
    public boolean isLost() {
        lost = lost && !machine.isComplete();
        return lost;
    }

    Replica replica() {
        return replica;
    }
}
