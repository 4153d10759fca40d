package io.replicatedlog.testing;

import static java.util.concurrent.TimeUnit.SECONDS;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Holds replicate calls to this node while it is on. No call is held, and {@link #off} does not wait, for longer than
 * {@value #LONGEST_WAIT_S} s.
 *
 * <p>Guarded by a lock of its own, not by the monitor: the container's proxy of this bean has synchronized methods where
 * the bean has them, and would hold the proxy's monitor while a call is held.
 */
@ApplicationScoped
public class ReplicationBlock {

    private static final long LONGEST_WAIT_S = 60;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private boolean on;

    /** Calls that are held, or were held and are not yet answered. */
    private int held;

    void on() {
        lock.lock();
        try {
            on = true;
        } finally {
            lock.unlock();
        }
    }

    /** Releases the calls that are held, and waits until they are answered. */
    void off() throws InterruptedException {
        lock.lock();
        try {
            on = false;
            changed.signalAll();
            await(() -> held == 0);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Holds the calling thread while the block is on.
     *
     * @return whether it was held; then {@link #answered} must follow
     */
    boolean pass() throws InterruptedException {
        lock.lock();
        try {
            if (!on) {
                return false;
            }
            held++;
            try {
                await(() -> !on);
            } catch (InterruptedException e) {
                held--;
                throw e;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** A call that was held has been answered. */
    void answered() {
        lock.lock();
        try {
            held--;
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
