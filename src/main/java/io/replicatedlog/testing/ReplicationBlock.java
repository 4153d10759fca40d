package io.replicatedlog.testing;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.function.BooleanSupplier;

/**
 * Lets replicate calls to this node hang while it is on. Guarded by its own monitor. Nobody hangs, and nobody waits for
 * those that hang, for longer than {@value #LONGEST_WAIT_MS} ms.
 */
@ApplicationScoped
public class ReplicationBlock {

    private static final long LONGEST_WAIT_MS = 60_000;

    private boolean on;

    /** Calls that hang, or hung and are not yet answered. */
    private int hanging;

    synchronized void on() {
        on = true;
    }

    /** Lets go of the calls that hang, and waits until they are answered. */
    synchronized void off() throws InterruptedException {
        on = false;
        notifyAll();
        await(() -> hanging == 0);
    }

    /**
     * Hangs while the block is on.
     *
     * @return whether it hung; then {@link #answered} must follow
     */
    synchronized boolean pass() throws InterruptedException {
        if (!on) {
            return false;
        }
        hanging++;
        await(() -> !on);
        return true;
    }

    /** A call that hung has been answered. */
    synchronized void answered() {
        hanging--;
        notifyAll();
    }

    private void await(BooleanSupplier condition) throws InterruptedException {
        long endMs = System.nanoTime() / 1_000_000 + LONGEST_WAIT_MS;
        for (long leftMs = LONGEST_WAIT_MS; !condition.getAsBoolean() && leftMs > 0; ) {
            wait(leftMs);
            leftMs = endMs - System.nanoTime() / 1_000_000;
        }
    }
}
