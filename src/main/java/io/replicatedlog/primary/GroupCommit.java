package io.replicatedlog.primary;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.node.Clock;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * On the primary: the way of entries to its own disk, beside the lanes that bring them to the secondaries. At most one force
 * is under way; entries that are appended meanwhile are covered by the next. Thread-safe.
 */
public final class GroupCommit {

    private final Log log;
    private final PrimaryLog primaryLog;
    private final Executor executor;
    private final Clock clock;
    private final Gathering gathering;
    private final Listener listener;
    private final AtomicBoolean underWay = new AtomicBoolean();

    /** Told what forces did. Called without a lock. */
    public interface Listener {

        /** So many entries more are durable. */
        void forced(long entries, long nanos);

        /**
         * A force failed.
         *
         * @return whether the storage works again by now
         */
        boolean failed();
    }

    /** @param maxGatherNs how long a force may wait for more entries, in nanoseconds */
    public GroupCommit(
            Log log, PrimaryLog primaryLog, Executor executor, Clock clock, long maxGatherNs, Listener listener) {
        this.log = log;
        this.primaryLog = primaryLog;
        this.executor = executor;
        this.clock = clock;
        this.gathering = new Gathering(maxGatherNs);
        this.listener = listener;
    }

    /** Makes everything durable that was appended so far, on another thread. To be called after each append. */
    public void wake() {
        gathering.appended(log.end());
        if (log.durable() < log.end() && underWay.compareAndSet(false, true)) {
            executor.execute(this::force);
        }
    }

    private void force() {
        boolean works = true;
        try {
            while (log.durable() < log.end()) {
                forceOnce();
            }
        } catch (StorageException e) {
            works = false;
        } finally {
            underWay.set(false);
        }
        if (works || listener.failed()) {
            wake();
        }
    }

    private void forceOnce() {
        long from = log.durable();
        gathering.await(from, log::end);
        long began = clock.nanoTime();
        primaryLog.force();
        long entries = log.durable() - from;
        listener.forced(entries, clock.nanoTime() - began);
        gathering.served((int) Math.min(entries, Integer.MAX_VALUE));
    }
}
