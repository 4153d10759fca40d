package io.replicatedlog.primary;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.opentelemetry.api.trace.SpanContext;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.primary.AppendRefusedException.Reason;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.Identity.Holding;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.tracing.TracedAppends;
import java.net.URI;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * The log where the primary decides the order, together with those who wait for their entries to be held by enough nodes.
 *
 * <p>Thread-safe. Appends, acknowledgements and a reset exclude each other by this object's monitor, so that no waiter or
 * acknowledgement of one log is ever counted for another. The records of a batch are read beside them, without it.
 */
public final class PrimaryLog {

    private final Log log;
    private final PendingAppends pending;
    private final IdentityStore identity;
    private final int maxWaiting;
    private final URI url;

    private final IdempotencyWindow.Limits remembered;

    /** Guarded by the monitor. */
    private IdempotencyWindow window;

    /** Where the reign began: what is behind was written in it. Guarded by the monitor. */
    private long reignStart;

    /**
     * {@code null} while there is no reign. Changes only under the monitor, and after the log was cleared: who sees the new
     * reign sees none of the old log.
     */
    private volatile Reign reign;

    /** How many more secondaries must follow the reign before entries are taken. Guarded by the monitor. */
    private int followersMissing;

    /** The secondaries that follow the reign. Guarded by the monitor. */
    private final BitSet followers = new BitSet();

    /** Guarded by the monitor. */
    private final TracedAppends traced = new TracedAppends();

    /** What {@link #committed()} said last. Guarded by the monitor. */
    private long committed;

    /** Guarded by the monitor. */
    private boolean closed;

    /**
     * A log without a reign, which takes nothing until {@link #begin}.
     *
     * @param log nobody else writes to it while there is a reign
     * @param pending nobody else tells it what nodes hold
     * @param identity remembers each reign before it is used
     * @param maxWaiting how many appends may wait at one time for each number of nodes
     * @param url of this primary, told to the secondaries
     * @param remembered how long idempotency keys count
     */
    public PrimaryLog(
            Log log,
            PendingAppends pending,
            IdentityStore identity,
            int maxWaiting,
            URI url,
            IdempotencyWindow.Limits remembered) {
        this.remembered = remembered;
        this.window = new IdempotencyWindow(remembered);
        this.log = log;
        this.pending = pending;
        this.identity = identity;
        this.maxWaiting = maxWaiting;
        this.url = url;
        // Of its own log a primary knows that from before, whoever has to be asked first.
        this.committed = Math.min(identity.load().committed(), log.end());
    }

    /**
     * Begins a reign over the entries that the log holds, whoever wrote them. They are made durable first: a take-over that
     * was broken off may have left some that are not.
     *
     * @param next its epoch is higher than that of any reign over the same log before
     * @param followersNeeded how many secondaries must follow it before entries are taken: with as many as make a majority
     *     with the primary, no later primary can overlook that this reign was
     * @throws io.replicatedlog.log.StorageException if that, or remembering the reign, failed; there is no reign then
     */
    public void begin(Reign next, int followersNeeded) {
        log.force();
        IdempotencyWindow learned = IdempotencyWindow.of(log, remembered); // may take long, and nobody appends
        begin(next, followersNeeded, learned);
    }

    private synchronized void begin(Reign next, int followersNeeded, IdempotencyWindow learned) {
        Identity remembered = identity.load();
        boolean isSameLog = remembered.reign().map(Reign::logId).equals(Optional.of(next.logId()));
        committed = isSameLog ? Math.min(Math.max(committed, remembered.committed()), log.end()) : 0;
        identity.store(new Identity(Optional.of(next), Optional.of(url), committed, Holding.EVERYTHING));
        window = learned;
        reignStart = log.end();
        traced.clear();
        followers.clear();
        followersMissing = followersNeeded;
        reign = next;
        pending.acknowledge(PendingAppends.PRIMARY, log.durable());
    }

    /**
     * Ends the reign, because the storage failed: whoever waits is told that the outcome is unknown. What is there once it
     * was opened again need not be what they wait for.
     */
    public void suspend() {
        Runnable answers;
        synchronized (this) {
            reign = null;
            answers = pending.fail(
                    new OutcomeUnknownException("The storage of the primary failed while this append waited"));
        }
        answers.run();
    }

    /** Whether there is a reign that enough secondaries follow. */
    public synchronized boolean isEstablished() {
        return reign != null && followersMissing <= followers.cardinality();
    }

    /**
     * Appends entries at consecutive offsets, all of them or none, and waits until enough nodes hold them. An append whose
     * key counts already stores nothing, and waits for the entries of the first one; what it expects of the end was true
     * then.
     *
     * @param timestamp milliseconds since 1970
     * @param deadlineMs when to stop waiting, on the clock of {@link PendingAppends#expire}
     * @return of the last of the entries
     * @throws AppendRefusedException if too many are waiting, there is no reign yet, this was closed, or the key stands for
     *     other messages; nothing was stored
     * @throws EndMovedException if the log does not end where the client expected it to; nothing was stored
     * @throws io.replicatedlog.log.LogFullException if there is no room; nothing was stored
     * @throws io.replicatedlog.log.StorageException if the storage has failed; nothing was stored
     */
    public synchronized CompletionStage<Outcome> append(long timestamp, Append append, long deadlineMs) {
        WriteConcern w = append.w();
        checkAccepts(w);
        boolean hasKey = !append.key().isEmpty();
        if (hasKey) {
            OptionalLong last = window.find(append.key(), append.messages(), log.end(), timestamp);
            if (last.isPresent()) {
                return awaitAgain(last.getAsLong(), w, deadlineMs);
            }
        }
        append.expectedEnd().ifPresent(expected -> {
            if (expected != log.end()) {
                throw new EndMovedException(expected, log.end());
            }
        });
        byte[] key = append.key().getBytes(UTF_8);
        long first = log.append(reign.epoch(), timestamp, key, append.messages());
        if (hasKey) {
            window.add(append.key(), append.messages(), first, timestamp);
        }
        long last = first + append.messages().size() - 1;
        traced.add(last, append.trace());
        pending.acknowledge(PendingAppends.PRIMARY, log.durable());
        return pending.await(last, w, deadlineMs);
    }

    /**
     * As for the committed offset, an entry of an earlier reign counts as held by a majority only once all nodes hold it, or
     * as many as are asked for hold one of this reign behind it: until then a later primary could still replace it.
     */
    private CompletionStage<Outcome> awaitAgain(long last, WriteConcern w, long deadlineMs) {
        boolean mayBeReplaced =
                last < reignStart && last >= committed() && w.nodes() >= Quorum.majority(pending.nodes());
        if (!mayBeReplaced) {
            return pending.await(last, w, deadlineMs);
        }
        CompletionStage<Outcome> all = pending.await(last, new WriteConcern(pending.nodes()), deadlineMs);
        CompletionStage<Outcome> behind = pending.await(reignStart, w, deadlineMs);
        return all.applyToEither(behind, first -> {
            pending.abandon(all);
            pending.abandon(behind);
            int acks = pending.acks(last);
            return first.satisfied()
                    ? new Outcome(last, w.nodes(), Math.max(w.nodes(), acks), true)
                    : new Outcome(last, w.nodes(), Math.min(w.nodes() - 1, acks), false);
        });
    }

    private void checkAccepts(WriteConcern w) {
        if (closed) {
            throw new AppendRefusedException(Reason.STOPPING, "This node stops; try again in a moment");
        }
        if (!isEstablished()) {
            throw new AppendRefusedException(Reason.READ_ONLY, "The primary is recovering; try again in a moment");
        }
        if (pending.size(w) >= maxWaiting) {
            throw new AppendRefusedException(
                    Reason.TOO_MANY_WAITING,
                    maxWaiting + " appends are waiting for " + w.nodes() + " nodes, as many as are allowed to;"
                            + " try again later or with a lower w");
        }
    }

    /**
     * Makes durable what was appended, and counts this node among those that hold it.
     *
     * @throws io.replicatedlog.log.StorageException if that failed
     */
    public void force() {
        log.force();
        synchronized (this) {
            if (reign != null) {
                pending.acknowledge(PendingAppends.PRIMARY, log.durable());
            }
        }
    }

    /**
     * What a lane's call carries.
     *
     * @return {@code null} if there is no reign, or another one since this was begun
     */
    public Batch read(Lane.Call call) {
        Reign current = reign;
        if (current == null) {
            return null;
        }
        OptionalLong previousEpoch = call.from() == 0 ? OptionalLong.of(0) : log.epochAt(call.from() - 1);
        Records records = call.maxEntries() == 0
                ? Records.empty(call.from())
                : log.read(call.from(), call.maxEntries(), call.maxBytes());
        return current.equals(reign) && previousEpoch.isPresent()
                ? new Batch(current, previousEpoch.getAsLong(), committed(), log.end(), url, records)
                : null;
    }

    /** The traces of the appends whose last entry the batch carries; none is missing but those of before a restart. */
    public synchronized List<SpanContext> traces(Batch batch) {
        return batch.reign().equals(reign)
                ? traced.in(batch.records().first(), batch.records().end())
                : List.of();
    }

    /**
     * The committed offset: everything below it is held by a majority, and by every log that a later primary may take over.
     * So an entry of an earlier reign counts only once all nodes hold it, or one of this reign behind it is committed: the
     * rule of Raft (Ongaro and Ousterhout, 2014, section 5.4.2). It never falls while the log is the same.
     */
    public synchronized long committed() {
        long held = pending.heldByMajority();
        boolean isOfThisReign = reign != null && held > 0 && log.epochBefore(held) == reign.epoch();
        committed = Math.max(committed, isOfThisReign ? held : pending.heldByAll());
        return committed;
    }

    /**
     * Remembers what is committed now, for the next start; to be called now and then, and at the end.
     *
     * @throws io.replicatedlog.log.StorageException if that failed
     */
    public void noteCommitted() {
        Reign current = reign;
        if (current != null) {
            identity.noteCommitted(current, committed());
        }
    }

    /** Where to look for what a secondary has in common with this log, after it did not hold what comes before a call. */
    public long stepBack(Lane.Call call, MismatchException differs) {
        return log.stepBack(Math.min(differs.end(), call.from() - 1), differs.epoch());
    }

    /**
     * A secondary follows the reign, and says that it holds everything below {@code end}.
     *
     * @param node the secondary, from 1 on
     * @param answered the reign that it was asked in; an answer of another reign is ignored
     * @return what it held before
     */
    public synchronized long acknowledge(int node, Reign answered, long end) {
        if (!answered.equals(reign)) {
            return pending.acknowledged(node);
        }
        followers.set(node);
        return pending.acknowledge(node, end);
    }

    /**
     * Begins a new, empty log in a higher epoch, and takes entries at once. Whoever waits is told that the outcome is
     * unknown.
     */
    public Reign reset(UUID logId) {
        Reign next;
        Runnable answers;
        synchronized (this) {
            next = new Reign(logId, identity.load().epoch() + 1);
            reign = null;
            log.clear();
            answers = pending.fail(
                    new OutcomeUnknownException("The log was replaced by a new one while this append waited"));
            begin(next, 0, new IdempotencyWindow(remembered));
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

    /** The reign; {@code null} while there is none. */
    public Reign reign() {
        return reign;
    }

    public long end() {
        return log.end();
    }
}
