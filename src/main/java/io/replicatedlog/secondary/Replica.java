package io.replicatedlog.secondary;

import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.log.Entry;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.log.RecordFormat;
import io.replicatedlog.log.Records;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityStore;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;

/**
 * The receiving side: takes batches in any order and more than once, and makes of them the primary's log. Entries that it has
 * it skips; entries that leave a gap it holds back; only what follows without a gap enters the log and is acknowledged.
 *
 * <p>Never acknowledges more than its storage has forced, nor anything that was appended before the storage was opened again.
 * What earlier reigns left behind the beginning of the present one is cut off; a committed entry never is.
 *
 * <p>On every node, whatever its role: a call of a higher epoch ends this node's own reign or candidacy before it changes
 * anything. Whoever else writes to the log, but for the appends of a reign, does so by {@link #adopt} or {@link #exclusively}.
 *
 * <p>Thread-safe: guarded by its own monitor, which is not held while the log is forced. {@link #status} takes no lock.
 */
public final class Replica {

    private static final Logger LOG = Logger.getLogger(Replica.class.getName());

    private final Log log;
    private final HoldBack holdBack;
    private final Following following;
    private final IdentityStore store;
    private final CommittedOffset committed;
    private final Runnable requireResponsive;
    private final Listener listener;
    private final RandomGenerator random;

    /**
     * Everything below is the same as in the log of the primary that this node follows; at most the end. What is behind it
     * was written under an earlier reign, and has not been compared yet.
     */
    private long matched;

    /** The opening of the storage that {@link #matched} is about. */
    private long incarnation;

    /**
     * Where the primary's log ended when it first called in this reign, or after a loss. Once this node has matched that far,
     * it has again whatever it may have lost before. Negative before that call.
     */
    private long refilledAt = -1;

    /** The number of the refill that began with {@link #refilledAt}. */
    private long refill;

    /** Where the primary's log ended when it called last; empty before it has called this process. */
    private volatile OptionalLong primaryEnd = OptionalLong.empty();

    private volatile int heldBack;

    /** Told of what other nodes did to this one. Called under the replica's monitor: must not wait, nor call other nodes. */
    public interface Listener {

        /** For a node that never leads. */
        Listener NONE = new Listener() {
            @Override
            public void promised(long epoch) {}

            @Override
            public void follows(Batch batch) {}
        };

        /** A promise was given to another node: no reign or candidacy of this node in a lower epoch may go on. */
        void promised(long epoch);

        /** The primary called, and this node follows it: no reign or candidacy of this node's own may go on. */
        void follows(Batch batch);
    }

    /** What a replica shows of itself. */
    public record Status(
            Optional<Reign> reign,
            Optional<URI> primary,
            long end,
            OptionalLong primaryEnd,
            long committed,
            int heldBack) {

        /** How many entries this node lacked when its primary called last; empty before that. */
        public OptionalLong lag() {
            return primaryEnd.isPresent()
                    ? OptionalLong.of(Math.max(0, primaryEnd.getAsLong() - end))
                    : OptionalLong.empty();
        }
    }

    /**
     * The bounds of what arrived out of order.
     *
     * @param entries how many may wait for a gap to be filled
     * @param bytes how much they may take together
     */
    public record HeldBackBounds(int entries, int bytes) {}

    /**
     * @param log nobody else writes to it
     * @param store remembers which primary this node follows
     * @param committed told what the primary says is committed
     * @param requireResponsive throws a {@link StorageException} while the disk does not answer: calls must not pile up
     * @param random draws the numbers of refills
     */
    public Replica(
            Log log,
            IdentityStore store,
            CommittedOffset committed,
            Runnable requireResponsive,
            Listener listener,
            RandomGenerator random,
            HeldBackBounds bounds) {
        this.log = log;
        this.store = store;
        this.committed = committed;
        this.requireResponsive = requireResponsive;
        this.listener = listener;
        this.random = random;
        this.following = new Following(store);
        this.incarnation = log.incarnation();
        this.holdBack = new HoldBack(bounds.entries(), bounds.bytes());
    }

    /**
     * Takes what a primary sent, and makes it durable.
     *
     * @return everything below its end is durable here and identical to the primary's log
     * @throws ReplicationRefusedException if this caller must not write here; nothing was changed
     * @throws MismatchException if this log is not the caller's up to where the batch begins
     * @throws LogFullException if there is no room; nothing was stored
     * @throws StorageException if what was received could not be made durable, or the storage was opened again meanwhile
     */
    public Acknowledgement receive(Batch batch) {
        requireResponsive.run();
        long opening = take(batch);
        log.force();
        return acknowledge(batch, opening);
    }

    /** @return the opening of the storage that the batch went to */
    private synchronized long take(Batch batch) {
        noticeReopening();
        long opening = incarnation;
        following.check(batch.reign(), Optional.of(batch.node()), Optional.of(batch.primary()), log.end());
        noticeLoss(batch);
        try {
            store(batch);
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            requireOpening(opening); // the log became shorter under the batch
            throw e;
        } finally {
            heldBack = holdBack.size();
        }
        return opening;
    }

    private void store(Batch batch) {
        Records records = batch.records();
        long same = following.isOf(batch.reign()) ? matched : 0;
        if (records.first() > log.end() && same == log.end()) {
            follow(batch);
            matched = same;
            records.forEach(holdBack::hold);
        } else {
            checkPrevious(records.first(), batch.previousEpoch());
            OptionalLong differs = firstThatDiffers(batch, same);
            differs.ifPresent(offset -> checkMayBeCut(offset, batch));
            follow(batch);
            matched = Math.max(same, records.first());
            differs.ifPresent(log::truncate);
            append(records);
        }
        if (refilledAt < 0) {
            refilledAt = batch.end();
            refill = 1 + random.nextLong(Long.MAX_VALUE - 1);
        }
        primaryEnd = OptionalLong.of(batch.end());
    }

    private synchronized Acknowledgement acknowledge(Batch batch, long opening) {
        long durable = log.durable();
        requireOpening(opening); // after the line before: what was durable then stays
        following.checkStill(batch, log.end());
        long end = Math.min(matched, durable);
        committed.raise(CommittedOffset.within(log, end, batch.committed()));
        Identity now = noteProgress(batch, end, opening);
        return new Acknowledgement(now.node(), end, now.isComplete() ? 0 : refill);
    }

    /**
     * Takes entries that somebody sent one by one, each with its offset, in the name of the primary that this node
     * follows.
     *
     * @param sender whose reign they belong to; empty for the one that this node follows already
     * @return the end of this node's log
     * @throws ReplicationRefusedException as {@link #receive(Batch)}
     * @throws LogFullException if there is no room; what fitted was stored
     */
    public Acknowledgement receive(Optional<Reign> sender, List<Entry> entries) {
        requireResponsive.run();
        take(sender, entries);
        long end = log.force();
        return new Acknowledgement(store.load().node(), end, 0);
    }

    private synchronized void take(Optional<Reign> sender, List<Entry> entries) {
        noticeReopening();
        if (sender.isEmpty()) {
            following.checkUnnamed(log.end());
        }
        sender.ifPresent(named -> {
            following.check(named, Optional.empty(), Optional.empty(), log.end());
            if (following.follow(named, Optional.empty(), Optional.empty(), Optional.empty(), log.end())) {
                listener.promised(named.epoch());
                startOver();
            }
        });
        for (Entry entry : entries) {
            if (entry.offset() == log.end()) {
                appendNext(entry);
                appendHeldBack();
            } else if (entry.offset() > log.end()) {
                holdBack.hold(entry);
            }
        }
        heldBack = holdBack.size();
    }

    /**
     * Gives a promise, and tells where this node's log stands.
     *
     * @throws ReplicationRefusedException if the promise cannot be given; nothing was changed
     * @throws StorageException if it could not be made durable
     */
    public Position promise(PromiseRequest request) {
        requireResponsive.run();
        synchronized (this) {
            noticeReopening();
            if (following.promise(request, log.end())) {
                listener.promised(request.promise().epoch());
            }
            return position();
        }
    }

    /** How far this node's log goes. */
    public Position position() {
        return store.load().position(log);
    }

    /** Forgets the log and begins an empty one under this reign. Does nothing if this node holds some of that log. */
    public synchronized void reset(Reign next) {
        if (log.end() == 0 || !store.load().isOf(next.logId())) {
            reset(identity -> identity.emptied(next));
        }
    }

    /** Forgets the log, and that this node ever had one. */
    public synchronized void reset() {
        UUID fresh = new UUID(random.nextLong(), random.nextLong());
        reset(identity -> identity.emptied(fresh));
    }

    private void reset(UnaryOperator<Identity> change) {
        listener.promised(Long.MAX_VALUE);
        log.clear();
        noticeReopening();
        startOver();
        committed.startOver();
        store.update(change);
    }

    /**
     * Makes this log the same as another node's on these records: what differs, and everything behind it, is cut off.
     *
     * @param epoch in which this node is a candidate
     * @return where to go on
     * @throws IllegalStateException if it is no candidate in that epoch any more
     */
    public synchronized long adopt(long epoch, Records records) {
        requireCandidate(epoch);
        matched = 0;
        long same = sameUntil(records, Math.min(records.end(), log.end()));
        if (same < records.end()) {
            cut(same);
            log.append(records.from(same));
        }
        return records.end();
    }

    /**
     * Cuts off what another node's log does not have.
     *
     * @param epoch in which this node is a candidate
     * @throws IllegalStateException if it is no candidate in that epoch any more
     */
    public synchronized void cutBehind(long epoch, long end) {
        requireCandidate(epoch);
        matched = 0;
        cut(end);
    }

    /**
     * Cuts off an append at the end that is not there as a whole. Nothing of it is committed, as every log that could be taken
     * over would hold all of it then.
     *
     * @param epoch in which this node is a candidate, whose log goes furthest
     * @throws IllegalStateException if it is no candidate in that epoch any more
     */
    public synchronized void cutIncomplete(long epoch) {
        requireCandidate(epoch);
        matched = 0;
        log.truncate(log.wholeUntil(log.end()));
    }

    private void cut(long end) {
        if (end < log.end() && end < committed.get()) {
            throw new IllegalStateException("Everything below " + committed.get()
                    + " is committed, and another node's log that is to be taken over differs at " + end);
        }
        log.truncate(end);
    }

    private void requireCandidate(long epoch) {
        Identity identity = store.load();
        Optional<Promise> own = Optional.of(new Promise(epoch, identity.node()));
        if (identity.epoch() > epoch || !identity.promise().equals(own)) {
            throw new IllegalStateException("Epoch " + epoch + " was given up for a higher one");
        }
    }

    /** Lets nobody write to the log but this. */
    public synchronized void exclusively(Runnable change) {
        change.run();
        matched = 0;
        refilledAt = -1;
        holdBack.clear();
        heldBack = 0;
    }

    /**
     * Some of the records that this node holds, at least one if there is one.
     *
     * @param from the first offset, from 0
     * @param previousEpoch of the caller's entry before; 0 where there is none
     * @throws MismatchException if this log has another entry before, or none
     */
    public Records read(long from, long previousEpoch, int maxBytes) {
        checkPrevious(from, previousEpoch);
        long held = log.durable() - from;
        return held > 0 ? log.read(from, (int) Math.min(held, Integer.MAX_VALUE), maxBytes) : Records.empty(from);
    }

    public Status status() {
        Identity identity = store.load();
        return new Status(identity.reign(), identity.primary(), log.durable(), primaryEnd, committed.get(), heldBack);
    }

    private void checkPrevious(long first, long previousEpoch) {
        OptionalLong held = log.epochAt(first - 1);
        if (first > 0 && (held.isEmpty() || held.getAsLong() != previousEpoch)) {
            long end = log.stepBack(first, previousEpoch);
            throw new MismatchException(end, log.epochBefore(end));
        }
    }

    /**
     * The first entry that is here and is not the primary's: one that is sent as well, with another content, or the first
     * of an earlier reign behind the beginning of this one.
     *
     * @param compared everything below was compared before
     */
    private OptionalLong firstThatDiffers(Batch batch, long compared) {
        Records records = batch.records();
        long until = Math.min(records.end(), log.end());
        long same = sameUntil(records, until);
        if (same < until) {
            return OptionalLong.of(same);
        }
        long known = Math.max(compared, records.end());
        boolean isStale = known >= batch.start()
                && log.epochAt(known).orElse(Long.MAX_VALUE) < batch.reign().epoch();
        return isStale ? OptionalLong.of(known) : OptionalLong.empty();
    }

    /** @return the first offset from that of the records on, and below {@code until}, where this log has another entry */
    private long sameUntil(Records records, long until) {
        long offset = records.first();
        while (offset < until) {
            Records held = log.read(offset, (int) (until - offset), Math.max(1, records.sizeInBytes()));
            if (held.isEmpty()) {
                throw new IndexOutOfBoundsException("The log became shorter while it was compared: " + log.end());
            }
            long same = held.sameUntil(records);
            if (same < held.end()) {
                return same;
            }
            offset = held.end();
        }
        return Math.max(offset, until);
    }

    /**
     * An entry never changes: one that differs was written under an earlier reign, and the primary of this one does not
     * have it. No client can have been told that a majority holds it.
     */
    private void checkMayBeCut(long offset, Batch batch) {
        Records sent = batch.records();
        long heldEpoch = log.epochAt(offset).orElse(Long.MAX_VALUE);
        boolean isSent = offset < sent.end();
        if (offset < committed.get()
                || heldEpoch >= batch.reign().epoch()
                || isSent && heldEpoch == sent.epochAt(offset)) {
            throw following.diverged(offset, log.end());
        }
    }

    private void append(Records records) {
        long end = log.end();
        if (records.end() > end) {
            log.append(records.from(end));
            matched = log.end();
            appendHeldBackIfThereIsRoom();
        }
        matched = Math.max(matched, records.end());
    }

    private void follow(Batch batch) {
        if (!store.load().isOf(batch.reign().logId())) {
            committed.startOver();
        }
        boolean isNew = following.follow(
                batch.reign(), Optional.of(batch.node()), Optional.of(batch.primary()), batch.members(), log.end());
        listener.follows(batch);
        if (isNew) {
            startOver();
        }
    }

    /** After the storage was opened again the log may be shorter than what was compared. */
    private void noticeReopening() {
        long now = log.incarnation();
        if (now != incarnation) {
            incarnation = now;
            matched = Math.min(matched, log.end());
            refilledAt = -1;
        }
    }

    private void requireOpening(long opening) {
        if (log.incarnation() != opening) {
            throw StorageException.failed(
                    "The batch is not acknowledged",
                    new IOException("the storage was opened again while it was stored"));
        }
    }

    /**
     * A node that has acknowledged more in this reign than it holds, or does not remember the reign, has gone back in time:
     * its storage is an old copy. Only the primary can know.
     */
    private void noticeLoss(Batch batch) {
        boolean isForgotten = batch.acknowledged() > 0 && !following.isOf(batch.reign());
        boolean isOld = batch.acknowledged() > log.durable() || isForgotten;
        if (isOld && store.load().isComplete()) {
            LOG.warning("This node's storage is an old copy: it holds " + log.durable()
                    + " entries and had acknowledged "
                    + batch.acknowledged() + " in epoch " + batch.reign().epoch() + ". It does not count itself among"
                    + " those that hold the log until it is refilled");
            store.update(Identity::incomplete);
        }
        if (isOld) {
            matched = Math.min(matched, log.durable());
            refilledAt = -1;
        }
    }

    /** Forgets what is known of the primary's log; nothing of it may be kept for another one. */
    private void startOver() {
        matched = 0;
        refilledAt = -1;
        primaryEnd = OptionalLong.empty();
        holdBack.clear();
        heldBack = 0;
    }

    /**
     * Stored at once if this node has matched the reign's beginning, with everything up to there forced, or has got back what
     * it may have lost, unless it may have lost something again since. Else when there is time for it.
     */
    private Identity noteProgress(Batch batch, long end, long opening) {
        Identity before = store.load();
        boolean isMatched =
                end >= batch.start() && before.matched() < batch.reign().epoch();
        boolean isRefilled =
                !before.isComplete() && refilledAt >= 0 && end >= refilledAt && batch.confirmed() == refill;
        if (!isMatched && !isRefilled && !batch.records().isEmpty()) {
            return before;
        }
        long known = CommittedOffset.within(log, end, committed.get());
        return store.update(identity -> {
            if (!identity.isOf(batch.reign()) || log.incarnation() != opening) {
                return identity;
            }
            Identity matched = isMatched ? identity.matchedReign() : identity;
            return (isRefilled ? matched.complete() : matched).committed(known);
        });
    }

    /** What does not fit is dropped, to be sent again: it must not fail the batch that was stored before it. */
    private void appendHeldBackIfThereIsRoom() {
        try {
            appendHeldBack();
        } catch (LogFullException e) {
            // The primary sends it again, and is told then.
        }
    }

    private void appendHeldBack() {
        for (Optional<Entry> next = holdBack.take(log.end()); next.isPresent(); next = holdBack.take(log.end())) {
            appendNext(next.get());
        }
    }

    /** Unless it is of an earlier reign than the entry before: then it can no longer belong there. */
    private void appendNext(Entry entry) {
        if (entry.epoch() >= log.epochBefore(entry.offset())) {
            boolean follows = matched == log.end();
            log.append(encoded(entry));
            matched = follows ? log.end() : matched;
        }
    }

    private static Records encoded(Entry entry) {
        try {
            return Records.parse(entry.offset(), ByteBuffer.wrap(RecordFormat.encode(entry)));
        } catch (CorruptRecordException e) {
            throw new AssertionError("A record that was just encoded is intact", e);
        }
    }
}
