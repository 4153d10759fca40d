package io.replicatedlog.replication;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.replication.AppendRefusedException.Reason;
import io.replicatedlog.replication.PendingAppends.Outcome;
import java.net.URI;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * The log where the primary decides the order, together with those who wait for their entries to be held by enough nodes.
 *
 * <p>Thread-safe. Appends, acknowledgements and a reset exclude each other by this object's monitor, so that no waiter or
 * acknowledgement of one log is ever counted for another. Batches are read beside them, without the monitor.
 */
public final class PrimaryLog {

    private final Log log;
    private final PendingAppends pending;
    private final int maxWaiting;
    private final URI url;

    /** Changes only under the monitor, and after the log was cleared: who sees the new reign sees none of the old log. */
    private volatile Reign reign;

    /** Guarded by the monitor. */
    private boolean closed;

    /**
     * @param log nobody else writes to it
     * @param pending nobody else tells it what nodes hold
     * @param maxWaiting how many appends may wait at one time for each number of nodes
     * @param url of this primary, told to the secondaries
     * @param first the reign that begins; its epoch must be higher than that of any reign before over the same log
     */
    public PrimaryLog(Log log, PendingAppends pending, int maxWaiting, URI url, Reign first) {
        this.log = log;
        this.pending = pending;
        this.maxWaiting = maxWaiting;
        this.url = url;
        this.reign = first;
    }

    /**
     * Appends one entry and waits until {@code w} nodes hold it.
     *
     * @param timestamp milliseconds since 1970
     * @param key UTF-8, empty for none
     * @param message UTF-8; not copied
     * @param deadlineMs when to stop waiting, on the clock of {@link PendingAppends#expire}
     * @throws AppendRefusedException if too many are waiting, or this was closed; nothing was stored
     * @throws io.replicatedlog.log.LogFullException if there is no room; nothing was stored
     */
    public synchronized CompletionStage<Outcome> append(
            long timestamp, byte[] key, byte[] message, WriteConcern w, long deadlineMs) {
        if (closed) {
            throw new AppendRefusedException(Reason.STOPPING, "This node stops; try again in a moment");
        }
        if (w.nodes() > 1 && pending.size(w) >= maxWaiting) {
            throw new AppendRefusedException(
                    Reason.TOO_MANY_WAITING,
                    maxWaiting + " appends are waiting for " + w.nodes() + " nodes, as many as are allowed to;"
                            + " try again later or with a lower w");
        }
        long offset = log.append(reign.epoch(), timestamp, key, message);
        pending.acknowledge(PendingAppends.PRIMARY, offset + 1);
        return pending.await(offset, w, deadlineMs);
    }

    /**
     * What a lane's call carries.
     *
     * @return {@code null} if the log was reset while this was read
     */
    public Batch read(Lane.Call call) {
        Reign current = reign;
        OptionalLong previousEpoch = call.from() == 0 ? OptionalLong.of(0) : log.epochAt(call.from() - 1);
        Records records = call.maxEntries() == 0
                ? Records.empty(call.from())
                : log.read(call.from(), call.maxEntries(), call.maxBytes());
        return current.equals(reign) && previousEpoch.isPresent()
                ? new Batch(current, previousEpoch.getAsLong(), pending.committed(), url, records)
                : null;
    }

    /**
     * A secondary says that it holds everything below {@code end}.
     *
     * @param node the secondary, from 1 on
     * @param answered the reign that it was asked in; an answer of another reign is ignored
     * @return what it held before
     */
    public synchronized long acknowledge(int node, Reign answered, long end) {
        return answered.equals(reign) ? pending.acknowledge(node, end) : pending.acknowledged(node);
    }

    /** Begins a new, empty log in a higher epoch. Whoever waits is told that the outcome is unknown. */
    public Reign reset(UUID logId) {
        Reign next;
        Runnable answers;
        synchronized (this) {
            log.clear();
            next = new Reign(logId, reign.epoch() + 1);
            reign = next;
            answers = pending.fail(
                    new OutcomeUnknownException("The log was replaced by a new one while this append waited"));
        }
        answers.run();
        return next;
    }

    /**
     * Takes no more appends. Whoever waits is told that the outcome is unknown.
     *
     * @return how many were waiting
     */
    public int close() {
        int waiting;
        Runnable answers;
        synchronized (this) {
            closed = true;
            waiting = pending.size();
            answers = pending.fail(new OutcomeUnknownException("The node stopped while this append waited"));
        }
        answers.run();
        return waiting;
    }

    public Reign reign() {
        return reign;
    }

    public long end() {
        return log.end();
    }
}
