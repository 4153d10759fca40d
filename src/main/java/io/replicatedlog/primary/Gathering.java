package io.replicatedlog.primary;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Holds a step back for a moment, so that it serves more entries at once: a call to a secondary, or a force, costs nearly
 * the same for one entry as for fifty. It waits for as many as the step before served. So appends that come one at a time
 * never wait, and under load the steps grow with it.
 *
 * <p>Thread-safe. One thread at a time takes the steps; any number of them append.
 */
final class Gathering {

    /** A good longest wait, in nanoseconds: no more than what a call to another machine takes. */
    static final long MOST_NS = 1_000_000;

    private final long mostNs;
    private volatile int served;
    private volatile long wantedEnd;

    /** Who waits until the log ends there; {@code null} if nobody does. */
    private volatile Thread waiting;

    /** @param mostNs the longest wait, in nanoseconds */
    Gathering(long mostNs) {
        this.mostNs = mostNs;
    }

    /**
     * Waits until the step is worth while.
     *
     * @param from the first entry that the step will serve
     * @param end of the log, now
     */
    void await(long from, LongSupplier end) {
        wantedEnd = from + served;
        if (end.getAsLong() >= wantedEnd) {
            return;
        }
        waiting = Thread.currentThread();
        long began = System.nanoTime();
        long waited = 0;
        while (waited < mostNs && end.getAsLong() < wantedEnd) {
            LockSupport.parkNanos(this, mostNs - waited);
            waited = System.nanoTime() - began;
        }
        waiting = null;
    }

    /** Ends the wait if there are enough by now. Call it after each append, with the end of the log. */
    void appended(long end) {
        Thread who = waiting;
        if (who != null && end >= wantedEnd) {
            LockSupport.unpark(who);
        }
    }

    /** @param entries how many the step served in the end */
    void served(int entries) {
        served = entries;
    }
}
