package io.replicatedlog.primary;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.opentelemetry.api.trace.SpanContext;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.node.Clock;
import io.replicatedlog.primary.AppendRefusedException.Reason;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.NotConfirmedException;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.ReadIndex;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.tracing.TracedAppends;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The log where the primary decides the order, together with the clients that wait for their entries to be held by enough
 * nodes.
 *
 * <p>A reign begins, is established once enough secondaries follow it, and ends; only an established one takes appends, and
 * only an established one makes this node sure to hold everything that was acknowledged.
 *
 * <p>Thread-safe. Appends, acknowledgements and the changes of the reign exclude each other by this object's monitor, so that
 * no waiter or acknowledgement of one reign is ever counted for another. It is never held while the disk is forced; the
 * records of a batch are read without it.
 */
public final class PrimaryLog {

    private final Log log;
    private final PendingAppends pending;

    /** Guarded by the monitor. */
    private final PendingReads reads;

    private final IdentityStore identity;
    private final Commitment commitment;
    private final Settings settings;
    private final Clock clock;

    /** Guarded by the monitor. */
    private IdempotencyWindow window;

    /**
     * {@code null} while there is no reign. Changes only under the monitor, and after the log was cleared: a thread that sees
     * the new reign sees nothing of the old log.
     */
    private volatile Reign reign;

    /** Held while a reign begins, which forces; never by an append, an acknowledgement or a status. */
    private final ReentrantLock changing = new ReentrantLock();

    /** What the reign began with; {@code null} while there is none. Guarded by the monitor. */
    private Mandate mandate;

    /** Where the reign began. Guarded by the monitor. */
    private long start;

    private volatile boolean established;

    /** The opening of the storage in which the reign began. Guarded by the monitor. */
    private long incarnation;

    /** Guarded by the monitor. */
    private final Rounds rounds = new Rounds();

    /** Changes under the monitor; lanes read it without. */
    private volatile long readRound;

    /** Guarded by the monitor. */
    private final TracedAppends traced = new TracedAppends();

    /** Guarded by the monitor. */
    private boolean closed;

    /**
     * What does not change.
     *
     * @param url of this primary, told to the secondaries
     * @param maxWaiting how many appends may wait at one time for each number of nodes
     * @param keys how long idempotency keys count
     */
    public record Settings(URI url, int maxWaiting, IdempotencyWindow.Limits keys) {}

    /**
     * A log without a reign, which takes nothing until {@link #begin}.
     *
     * @param log nobody else writes to it while there is a reign
     * @param identity remembers each reign before it is used
     * @param pending nobody else tells it what nodes hold
     * @param reads nobody else calls it
     * @param committed raised by this object alone while there is a reign
     * @param clock tells the age of idempotency keys
     */
    public PrimaryLog(
            Log log,
            IdentityStore identity,
            PendingAppends pending,
            PendingReads reads,
            CommittedOffset committed,
            Settings settings,
            Clock clock) {
        this.log = log;
        this.identity = identity;
        this.pending = pending;
        this.reads = reads;
        this.commitment = new Commitment(pending.held(), committed);
        this.settings = settings;
        this.clock = clock;
        this.window = new IdempotencyWindow(settings.keys());
    }

    /**
     * Begins a reign over the entries that the log holds, whichever reign wrote them. They are made durable first: a
     * take-over that was broken off may have left some that are not. A reign before it ends first.
     *
     * <p>The caller lets nobody else write to the log meanwhile, and has cut off an append that was incomplete.
     *
     * @throws io.replicatedlog.log.StorageException if forcing the log or remembering the reign failed; there is no reign then
     * @throws IllegalStateException if this node has meanwhile promised a higher epoch, or this one to another node, or has
     *     reigned in this one
     */
    public void begin(Mandate next) {
        changing.lock();
        try {
            end("This primary began another reign while this append waited");
            long opening = log.incarnation();
            log.force();
            IdempotencyWindow learned = IdempotencyWindow.of(log, settings.keys(), clock); // may take long
            identity.update(before -> begun(before, next));
            begin(next, learned, opening);
        } finally {
            changing.unlock();
        }
    }

    private Identity begun(Identity before, Mandate next) {
        long epoch = next.reign().epoch();
        boolean isUsed = before.reign().filter(reign -> reign.epoch() >= epoch).isPresent();
        boolean isOthers =
                before.epoch() == epoch && !before.promise().equals(Optional.of(new Promise(epoch, before.node())));
        if (isUsed || isOthers || before.epoch() > epoch) {
            throw new IllegalStateException("Epoch " + epoch + " is over before it began");
        }
        Identity begun = before.reigning(next.reign(), settings.url(), next.members());
        return before.isOf(next.reign().logId()) ? begun.committed(commitment.offset()) : begun;
    }

    private synchronized void begin(Mandate next, IdempotencyWindow learned, long opening) {
        if (!identity.load().isOf(next.reign())) {
            throw new IllegalStateException("Another reign was followed before " + next.reign() + " began");
        }
        mandate = next;
        start = log.end();
        window = learned;
        incarnation = opening;
        traced.clear();
        rounds.begin(next.members().list().size());
        established = false;
        pending.begin(next.members().without(new Member(settings.url())));
        reign = next.reign();
        pending.forced(log.durable());
    }

    /** Whether there is a reign that enough secondaries follow, and that is not established yet. */
    public boolean canBeEstablished() {
        return reign != null && !established && isFollowedByEnough();
    }

    private synchronized boolean isFollowedByEnough() {
        return mandate != null && pending.held().holders(start) >= mandate.followersNeeded();
    }

    /**
     * Establishes the reign, if enough secondaries have matched the log up to where it began: from now on entries are taken,
     * and everything before is committed. That this node is sure to hold everything is remembered first.
     *
     * @return whether it is established now and was not before
     * @throws io.replicatedlog.log.StorageException if that could not be remembered
     */
    public boolean establish() {
        Reign current;
        long opening;
        synchronized (this) {
            if (!canBeEstablished()) {
                return false;
            }
            current = reign;
            opening = incarnation;
        }
        Identity now = identity.update(
                before -> before.isOf(current) && log.incarnation() == opening ? before.complete() : before);
        synchronized (this) {
            boolean isNew = current.equals(reign) && !established && now.isOf(current) && now.isComplete();
            if (isNew) {
                established = true;
                commitment.established(start);
            }
            return isNew;
        }
    }

    /** Whether there is a reign that enough secondaries follow. */
    public boolean isEstablished() {
        return reign != null && established;
    }

    /**
     * Ends the reign: every waiter is told that the outcome is unknown, before this returns. Does nothing without a reign.
     *
     * @param why for clients, a sentence without its full stop
     */
    public void end(String why) {
        endBelow(Long.MAX_VALUE, why).ifPresent(Runnable::run);
    }

    /**
     * Ends this reign, unless it is over already; every waiter is told so.
     *
     * @return whether it has ended now
     */
    public boolean end(Reign one, String why) {
        Runnable answers;
        synchronized (this) {
            if (!one.equals(reign)) {
                return false;
            }
            answers = clear(why);
        }
        answers.run();
        return true;
    }

    /**
     * Ends the reign, if it is one of a lower epoch than this.
     *
     * @return tells every waiter that the outcome is unknown, to be run without a lock; empty if there was no such reign
     */
    public synchronized Optional<Runnable> endBelow(long epoch, String why) {
        return reign == null || reign.epoch() >= epoch ? Optional.empty() : Optional.of(clear(why));
    }

    private Runnable clear(String why) {
        reign = null;
        mandate = null;
        established = false;
        commitment.end();
        return fail(new OutcomeUnknownException(why), new NotConfirmedException("This node leads no more"));
    }

    private Runnable fail(OutcomeUnknownException appends, NotConfirmedException linearizable) {
        Runnable waiters = pending.fail(appends);
        Runnable readers = reads.fail(linearizable);
        return () -> {
            waiters.run();
            readers.run();
        };
    }

    /**
     * Appends entries at consecutive offsets, all of them or none, and waits until enough nodes hold them. An append whose
     * key counts already stores nothing, and waits for the entries of the first one; what it expects of the end was true
     * then.
     *
     * @param deadlineMs when to stop waiting, on the clock of {@link PendingAppends#expire}
     * @return of the last of the entries
     * @throws AppendRefusedException if too many are waiting, no reign is established, this was closed, or the key stands for
     *     other messages; nothing was stored
     * @throws EndMovedException if the log does not end where the client expected it to; nothing was stored
     * @throws io.replicatedlog.log.LogFullException if there is no room; nothing was stored
     * @throws io.replicatedlog.log.StorageException if the storage has failed; it says whether something may be stored
     */
    public synchronized CompletionStage<Outcome> append(Append append, long deadlineMs) {
        WriteConcern w = append.w();
        checkAccepts(w);
        long nowMs = clock.nowMs();
        boolean hasKey = !append.key().isEmpty();
        if (hasKey) {
            OptionalLong last = window.find(append.key(), append.messages(), log.end(), nowMs);
            if (last.isPresent()) {
                return pending.await(last.getAsLong(), w, deadlineMs);
            }
        }
        append.expectedEnd().ifPresent(expected -> {
            if (expected != log.end()) {
                throw new EndMovedException(expected, log.end());
            }
        });
        byte[] key = append.key().getBytes(UTF_8);
        long first = log.append(reign.epoch(), clock.wallClockMs(), key, append.messages());
        if (hasKey) {
            window.add(append.key(), append.messages(), first, nowMs);
        }
        long last = first + append.messages().size() - 1;
        commitment.appended(first, last + 1);
        traced.add(last, append.trace());
        forced();
        return pending.await(last, w, deadlineMs);
    }

    private void checkAccepts(WriteConcern w) {
        if (closed) {
            throw new AppendRefusedException(Reason.STOPPING, "This node stops; try again in a moment");
        }
        if (!isEstablished()) {
            throw new AppendRefusedException(Reason.READ_ONLY, "The primary is recovering; try again in a moment");
        }
        if (pending.size(w) >= settings.maxWaiting()) {
            throw new AppendRefusedException(
                    Reason.TOO_MANY_WAITING,
                    settings.maxWaiting() + " appends are waiting for " + w.nodes()
                            + " nodes, as many as are allowed to; try again later or with a lower w");
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
                forced();
            }
        }
    }

    private void forced() {
        pending.forced(log.durable());
        commitment.advance(); // before established it changes nothing
    }

    /**
     * What a lane's call carries.
     *
     * @return {@code null} if there is no reign, or another one since this was begun
     */
    public Batch read(Member secondary, Lane.Call call) {
        Reign current = reign;
        if (current == null) {
            return null;
        }
        OptionalLong previousEpoch = call.from() == 0 ? OptionalLong.of(0) : log.epochAt(call.from() - 1);
        Records records = call.maxEntries() == 0
                ? Records.empty(call.from())
                : log.read(call.from(), call.maxEntries(), call.maxBytes());
        UUID node = identity.load().node();
        synchronized (this) {
            return current.equals(reign) && previousEpoch.isPresent()
                    ? new Batch(
                            current,
                            previousEpoch.getAsLong(),
                            commitment.offset(),
                            start,
                            log.end(),
                            pending.held().of(secondary),
                            confirmedRefill(secondary),
                            node,
                            settings.url(),
                            pending.held().counts(secondary) ? Optional.empty() : Optional.of(mandate.members()),
                            records)
                    : null;
        }
    }

    /** An incomplete primary confirms nothing; one whose reign is established is complete. The caller holds the monitor. */
    private long confirmedRefill(Member secondary) {
        return established || mandate.isTrusted() ? rounds.confirmedRefill(secondary, mandate.isTrusted()) : 0;
    }

    /** The traces of the appends whose last entry the batch carries; none is missing but those of before a restart. */
    public synchronized List<SpanContext> traces(Batch batch) {
        return batch.reign().equals(reign)
                ? traced.in(batch.records().first(), batch.records().end())
                : List.of();
    }

    /**
     * Remembers what is committed now, for the next start; to be called now and then, and at the end.
     *
     * @throws io.replicatedlog.log.StorageException if that failed
     */
    public void noteCommitted() {
        Reign current = reign;
        if (current != null) {
            long known = commitment.offset();
            identity.update(before -> before.isOf(current) ? before.committed(known) : before);
        }
    }

    /** Where to look for what a secondary has in common with this log, after it did not hold what comes before a call. */
    public long stepBack(Lane.Call call, MismatchException differs) {
        return log.stepBack(Math.min(differs.end(), call.from() - 1), differs.epoch());
    }

    /** To which round a call belongs that is begun now. */
    public synchronized long round() {
        return rounds.current();
    }

    /**
     * A secondary follows the reign.
     *
     * @param answered the reign that it was asked in; an answer of another reign is ignored
     * @param round to which the call belonged
     * @return what it held before
     */
    public synchronized long acknowledge(Member secondary, Reign answered, long round, Acknowledgement answer) {
        if (!answered.equals(reign)) {
            return pending.held().of(secondary);
        }
        rounds.answered(secondary, round, answer);
        long before = pending.acknowledge(secondary, answer.end(), answer.isComplete());
        commitment.advance();
        advanceReads();
        return before;
    }

    /**
     * Finds out what a linearizable read has to show: what is committed now, once a majority has followed this reign in calls
     * that begin later.
     *
     * @param timeoutMs how long to wait at most, in milliseconds; the same for all
     * @return fails with a {@link NotConfirmedException} if the reign ends, or the time is up at a call of {@link #expireReads}
     * @throws NotConfirmedException if no reign is established, or this was closed
     * @throws io.replicatedlog.reading.TooManyReadersException if as many wait as are allowed to
     */
    public synchronized CompletionStage<ReadIndex> readIndex(long timeoutMs) {
        if (closed || !isEstablished()) {
            throw new NotConfirmedException("This node does not lead now");
        }
        CompletionStage<ReadIndex> index =
                reads.await(new ReadIndex(reign, commitment.offset()), rounds, clock.nowMs() + timeoutMs);
        advanceReads();
        return index;
    }

    /** Ends the wait of every linearizable read whose time is up. */
    public synchronized void expireReads() {
        reads.expire(clock.nowMs());
        advanceReads();
    }

    private void advanceReads() {
        reads.advance(rounds);
        if (!reads.isEmpty()) {
            readRound = rounds.current();
        }
    }

    /** The latest round for which linearizable reads have waited: each lane begins a call in it, or in a later one. */
    long readRound() {
        return readRound;
    }

    /** Whether linearizable reads wait. */
    synchronized boolean hasReads() {
        return !reads.isEmpty();
    }

    /**
     * A secondary's log is not this one beyond {@code end}: it holds no more of it, whatever it had acknowledged.
     *
     * @param answered the reign that it was asked in; an answer of another reign is ignored
     */
    public synchronized void differs(Member secondary, Reign answered, long end) {
        if (answered.equals(reign) && end < pending.held().of(secondary)) {
            pending.acknowledge(secondary, end, pending.held().counts(secondary));
        }
    }

    /** A secondary refused to follow this reign. */
    public synchronized void refused(Member secondary, Reign by) {
        if (by.equals(reign)) {
            rounds.forget(secondary);
            pending.refused(secondary);
        }
    }

    /** What a secondary holds of this log, as far as it has acknowledged in this reign. */
    public long held(Member secondary) {
        return pending.held().of(secondary);
    }

    /** Whether a secondary follows the reign and counts, as far as its last answer says. */
    public boolean isFollowedBy(Member secondary) {
        return pending.held().counts(secondary);
    }

    /** The members of the reign; empty while there is none. */
    public synchronized Optional<Members> members() {
        return Optional.ofNullable(mandate).map(Mandate::members);
    }

    /**
     * Begins a new, empty log in a higher epoch, and takes entries at once. Every waiter is told that the outcome is unknown.
     * The caller lets nobody else write to the log meanwhile.
     *
     * @param list its members
     * @throws io.replicatedlog.log.StorageException if that failed; there is no reign then
     */
    public Reign reset(UUID logId, Members list) {
        changing.lock();
        try {
            end("The log was replaced by a new one while this append waited");
            Mandate next = new Mandate(new Reign(logId, identity.load().epoch() + 1), list, 0, false);
            log.clear();
            commitment.startOver();
            identity.update(before -> begun(before, next));
            begin(next, new IdempotencyWindow(settings.keys()), log.incarnation());
            establish();
            return next.reign();
        } finally {
            changing.unlock();
        }
    }

    /**
     * Takes no more appends. Every waiter is told that the outcome is unknown.
     *
     * @return how many were waiting
     */
    public int close() {
        int waiting;
        Runnable answers;
        synchronized (this) {
            closed = true;
            waiting = pending.size();
            answers = fail(
                    new OutcomeUnknownException("The node stopped while this append waited"),
                    new NotConfirmedException("The node stops"));
        }
        answers.run();
        return waiting;
    }

    /** The reign; empty while there is none. */
    public Optional<Reign> reign() {
        return Optional.ofNullable(reign);
    }

    public long end() {
        return log.end();
    }
}
