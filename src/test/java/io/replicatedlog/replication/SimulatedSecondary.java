package io.replicatedlog.replication;

import io.replicatedlog.log.Log;
import java.util.Random;

/** A secondary of a {@link SimulatedCluster}, and what the primary knows of it. */
final class SimulatedSecondary {

    /** Its place among the nodes, from 1 on. */
    final int node;

    private final SimulatedStorage storage;
    private Replica replica;

    /** Which process this is; what is sent to one does not reach the next. */
    private int incarnation;

    private boolean up;

    /** What it held may be gone, and it has not been refilled since. */
    private boolean lost;

    /** The most that it has acknowledged in {@link #heldIn}. */
    private long held;

    private Reign heldIn;

    /** Of the primary's process. */
    Lane lane;

    int callsUnderWay;
    int missed;

    SimulatedSecondary(int node, SimulatedStorage.Kind kind, Random random) {
        this.node = node;
        this.storage = new SimulatedStorage(kind);
        start(random.nextInt(20));
    }

    void start(int maxHeldBack) {
        storage.open();
        replica = new Replica(storage.log(), storage.identity(), maxHeldBack, 10_000);
        up = true;
    }

    void crash(Random random) {
        storage.crash(random);
        up = false;
        lost = true;
        incarnation++;
    }

    /** The primary's process is a new one. */
    void connect(Lane fresh) {
        lane = fresh;
        callsUnderWay = 0;
        missed = 0;
    }

    /** @return what it acknowledges */
    long receive(Batch batch) {
        long end = replica.receive(batch);
        held = batch.reign().equals(heldIn) ? Math.max(held, end) : end;
        heldIn = batch.reign();
        return end;
    }

    /** Whether it has acknowledged the entry at this offset, at some time in this reign. */
    boolean hasHeld(long offset, Reign reign) {
        return reign.equals(heldIn) && offset < held;
    }

    void refilled() {
        lost = false;
    }

    boolean isLost() {
        return lost;
    }

    boolean isUp() {
        return up;
    }

    int incarnation() {
        return incarnation;
    }

    Replica replica() {
        return replica;
    }

    Log log() {
        return storage.log();
    }
}
