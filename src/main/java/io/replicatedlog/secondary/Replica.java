package io.replicatedlog.secondary;

import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.log.Entry;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.log.RecordFormat;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.Identity.Holding;
import io.replicatedlog.storage.IdentityStore;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The receiving side: takes batches in any order and more than once, and makes of them the primary's log. What it has it
 * skips; what leaves a gap it holds back; only what follows on without a gap enters the log and is acknowledged.
 *
 * <p>The rules by which a caller is refused are those of Raft's AppendEntries (Ongaro and Ousterhout, "In Search of an
 * Understandable Consensus Algorithm", 2014, section 5.3), with the log id before them.
 *
 * <p>Thread-safe: guarded by its own monitor.
 */
public final class Replica {

    private final Log log;
    private final HoldBack holdBack;
    private final IdentityStore store;

    /**
     * What this node follows, where, and what of its own log is committed, as far as the primary has told. Changes under the
     * monitor.
     */
    private volatile Identity identity;

    /**
     * Everything below is the same as in the log of the primary that this node follows; at most the end. What is behind it
     * was written under an earlier reign, and has not been compared yet.
     */
    private long matched;

    /**
     * Where the primary's log ended when it first called in this reign. Once this node has matched that far, it has again
     * whatever it may have lost before. Negative before that call.
     */
    private long refilledAt = -1;

    /** Where the primary's log ended when it called last; empty before it has called this process. */
    private OptionalLong primaryEnd = OptionalLong.empty();

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
     * @param log nobody else writes to it
     * @param store remembers which primary this node follows
     * @param maxHeldBackEntries how many entries may wait for a gap to be filled
     * @param maxHeldBackBytes how much they may take together
     */
    public Replica(Log log, IdentityStore store, int maxHeldBackEntries, int maxHeldBackBytes) {
        this.log = log;
        this.store = store;
        this.identity = store.load();
        this.holdBack = new HoldBack(maxHeldBackEntries, maxHeldBackBytes);
    }

    /**
     * Takes what a primary sent.
     *
     * @return this node holds everything below it, as in the primary's log
     * @throws ReplicationRefusedException if this caller must not write here; nothing was changed
     * @throws MismatchException if this log is not the caller's up to where the batch begins
     * @throws LogFullException if there is no room; nothing was stored
     * @throws io.replicatedlog.log.StorageException if what was received could not be made durable
     */
    public synchronized long receive(Batch batch) {
        noticeLoss();
        Optional<URI> primary = Optional.of(batch.primary());
        checkReign(batch.reign(), primary);
        Records records = batch.records();
        long same = identity.reign().equals(Optional.of(batch.reign())) ? matched : 0;
        if (records.first() > log.end() && same == log.end()) {
            follow(batch.reign(), primary);
            matched = same;
            records.forEach(holdBack::hold);
        } else {
            checkPrevious(records.first(), batch.previousEpoch());
            OptionalLong differs = firstThatDiffers(batch, same);
            differs.ifPresent(offset -> checkMayBeCut(offset, batch));
            follow(batch.reign(), primary);
            matched = Math.max(same, records.first());
            differs.ifPresent(log::truncate);
            append(records);
        }
        log.force();
        refilledAt = refilledAt < 0 ? batch.end() : refilledAt;
        primaryEnd = OptionalLong.of(batch.end());
        noteCommitted(Math.min(batch.committed(), matched), records.isEmpty());
        return matched;
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
    public synchronized long receive(Optional<Reign> sender, List<Entry> entries) {
        noticeLoss();
        sender.ifPresent(named -> {
            checkReign(named, Optional.empty());
            follow(named, Optional.empty());
        });
        for (Entry entry : entries) {
            if (entry.offset() == log.end()) {
                appendNext(entry);
                appendHeldBack();
            } else if (entry.offset() > log.end()) {
                holdBack.hold(entry);
            }
        }
        return log.force();
    }

    /** Forgets the log and begins an empty one under this reign. */
    public synchronized void reset(Optional<Reign> next) {
        log.clear();
        startOver();
        remember(new Identity(next, Optional.empty(), 0, Holding.PARTIAL));
    }

    /** How far this node's log goes. */
    public synchronized Position position() {
        noticeLoss();
        return Position.of(identity, log);
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

    /** The committed offset, as far as this node knows; does not wait for a batch that is being stored. */
    public long committed() {
        return identity.committed();
    }

    public synchronized Status status() {
        return new Status(
                identity.reign(), identity.primary(), log.durable(), primaryEnd, identity.committed(), holdBack.size());
    }

    private void checkReign(Reign caller, Optional<URI> primary) {
        long end = log.end();
        Reign reign = identity.reign().orElse(null);
        if (reign == null) {
            if (end > 0) {
                throw new ReplicationRefusedException(
                        Reason.FOREIGN_LOG,
                        "This node holds " + end + " entries that no primary of a known log sent; empty it to let it"
                                + " follow log " + caller.logId(),
                        null,
                        end);
            }
        } else if (caller.epoch() < reign.epoch() && (caller.logId().equals(reign.logId()) || end == 0)) {
            throw new ReplicationRefusedException(
                    Reason.FENCED,
                    "Epoch " + caller.epoch() + " is over: this node follows epoch " + reign.epoch() + " of log "
                            + reign.logId() + "; stop the older primary",
                    reign,
                    end);
        } else if (!caller.logId().equals(reign.logId()) && end > 0) {
            throw new ReplicationRefusedException(
                    Reason.FOREIGN_LOG,
                    "This node holds " + end + " entries of log " + reign.logId() + ", the caller sends log "
                            + caller.logId() + "; nothing was dropped. Point it to its own primary, or empty it",
                    reign,
                    end);
        } else if (caller.equals(reign) && isAnother(primary)) {
            throw new ReplicationRefusedException(
                    Reason.FENCED,
                    "Epoch " + reign.epoch() + " of log " + reign.logId() + " is the reign of "
                            + identity.primary().get() + ", and " + primary.get() + " claims it as well; stop one of"
                            + " the two",
                    reign,
                    end);
        }
    }

    private boolean isAnother(Optional<URI> primary) {
        return primary.isPresent() && identity.primary().isPresent() && !primary.equals(identity.primary());
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
     * of an earlier reign behind the end of the primary's log.
     *
     * @param compared everything below was compared before
     */
    private OptionalLong firstThatDiffers(Batch batch, long compared) {
        Records records = batch.records();
        long until = Math.min(records.end(), log.end());
        long offset = records.first();
        while (offset < until) {
            Records held = log.read(offset, (int) (until - offset), Math.max(1, records.sizeInBytes()));
            long same = held.sameUntil(records);
            if (same < held.end()) {
                return OptionalLong.of(same);
            }
            offset = held.end();
        }
        long known = Math.max(compared, records.end());
        return known >= batch.end() && known < log.end() ? OptionalLong.of(known) : OptionalLong.empty();
    }

    /**
     * An entry never changes: one that differs was written under an earlier reign, and the primary of this one does not
     * have it. Nobody can have been told that a majority holds it.
     */
    private void checkMayBeCut(long offset, Batch batch) {
        Records sent = batch.records();
        long heldEpoch = log.epochAt(offset).orElseThrow();
        boolean isSent = offset < sent.end();
        if (offset < identity.committed()
                || heldEpoch >= batch.reign().epoch()
                || isSent && heldEpoch == sent.epochAt(offset)) {
            throw new ReplicationRefusedException(
                    Reason.DIVERGED,
                    "This node's entry at offset " + offset
                            + " is not the caller's, and must not be cut off; nothing was changed. Find out who wrote to"
                            + " it, then empty this node to let it be filled again",
                    identity.reign().orElse(null),
                    log.end());
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

    /** Before anything is done in its name, a new reign is remembered. */
    private void follow(Reign caller, Optional<URI> primary) {
        Optional<Reign> reign = identity.reign();
        boolean isNew = !reign.equals(Optional.of(caller));
        Optional<URI> where = isNew || primary.isPresent() ? primary : identity.primary();
        if (isNew || !where.equals(identity.primary())) {
            boolean sameLog = reign.isPresent() && reign.get().logId().equals(caller.logId());
            boolean holdsWhatItAcknowledged = sameLog && identity.holding() != Holding.PARTIAL;
            remember(new Identity(
                    Optional.of(caller),
                    where,
                    sameLog ? identity.committed() : 0,
                    holdsWhatItAcknowledged ? Holding.ACKNOWLEDGED : Holding.PARTIAL));
        }
        if (isNew) {
            startOver();
        }
    }

    /** A storage that was opened again may hold less than what was compared, and remembers that it does. */
    private void noticeLoss() {
        identity = identity.with(store.load().holding());
        if (log.end() < matched) {
            matched = log.end();
            refilledAt = -1;
        }
    }

    /** Forgets what is known of the primary's log; nothing of it may be kept for another one. */
    private void startOver() {
        matched = 0;
        refilledAt = -1;
        primaryEnd = OptionalLong.empty();
        holdBack.clear();
    }

    /**
     * It is stored when there is time for it, a later start knows at least that much; and at once if this node has got back
     * what it may have lost.
     */
    private void noteCommitted(long committed, boolean hasTime) {
        boolean isRefilled = identity.holding() == Holding.PARTIAL && matched >= refilledAt;
        Identity next = new Identity(
                identity.reign(),
                identity.primary(),
                Math.max(identity.committed(), committed),
                isRefilled ? Holding.ACKNOWLEDGED : identity.holding());
        if (hasTime || isRefilled) {
            remember(next);
        } else {
            identity = next;
        }
    }

    private void remember(Identity next) {
        store.store(next);
        identity = next;
    }

    /** What does not fit is dropped, to be sent again: it must not fail the batch that was stored before it. */
    private void appendHeldBackIfThereIsRoom() {
        try {
            appendHeldBack();
        } catch (LogFullException e) {
            // Whoever sends it again is told.
        }
    }

    private void appendHeldBack() {
        for (Optional<Entry> next = holdBack.take(log.end()); next.isPresent(); next = holdBack.take(log.end())) {
            appendNext(next.get());
        }
    }

    /** Unless it is of an earlier reign than what stands before it: then it can no longer belong there. */
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
