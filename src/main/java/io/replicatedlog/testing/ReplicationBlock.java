package io.replicatedlog.testing;

import static java.util.concurrent.TimeUnit.SECONDS;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Lets replicate calls to this node hang while it is on. Nobody hangs, and nobody waits for those that hang, for longer
 * than {@value #LONGEST_WAIT_S} s.
 *
 * <p>Guarded by a lock of its own, not by the monitor: the container's proxy of this bean has synchronized methods where
 * the bean has them, and so would hold the proxy's monitor while a call hangs.
 */
@ApplicationScoped
public class ReplicationBlock {

    private static final long LONGEST_WAIT_S = 60;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private boolean on;

    /** Calls that hang, or hung and are not yet answered. */
    private int hanging;

    void on() {
        lock.lock();
        try {
            on = true;
        } finally {
            lock.unlock();
        }
    }

    /** Lets go of the calls that hang, and waits until they are answered. */
    void off() throws InterruptedException {
        lock.lock();
        try {
            on = false;
            changed.signalAll();
            await(() -> hanging == 0);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hangs while the block is on.
     *
     * @return whether it hung; then {@link #answered} must follow
     */
    boolean pass() throws InterruptedException {
        lock.lock();
        try {
            if (!on) {
                return false;
            }
            hanging++;
            try {
                await(() -> !on);
            } catch (InterruptedException e) {
                hanging--;
                throw e;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** A call that hung has been answered. */
    void answered() {
        lock.lock();
        try {
            hanging--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void await(BooleanSupplier condition) throws InterruptedException {
        for (long leftNs = SECONDS.toNanos(LONGEST_WAIT_S); !condition.getAsBoolean() && leftNs > 0; ) {
            leftNs = changed.awaitNanos(leftNs);
        }
    }
}
