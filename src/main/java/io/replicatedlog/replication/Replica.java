package io.replicatedlog.replication;

import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.log.Entry;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.log.RecordFormat;
import io.replicatedlog.log.Records;
import io.replicatedlog.replication.ReplicationRefusedException.Reason;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Arrays;
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

    /** What this node follows; {@code null} until a primary has called. */
    private Reign reign;

    /** Where the primary that it follows is reached; {@code null} until one has called. */
    private URI primary;

    /** Everything below it is committed, as far as the primary has told. */
    private long committed;

    /** What a replica shows of itself. */
    public record Status(Optional<Reign> reign, Optional<URI> primary, long end, long committed, int heldBack) {}

    /**
     * @param log nobody else writes to it
     * @param maxHeldBackEntries how many entries may wait for a gap to be filled
     * @param maxHeldBackBytes how much they may take together
     */
    public Replica(Log log, int maxHeldBackEntries, int maxHeldBackBytes) {
        this.log = log;
        this.holdBack = new HoldBack(maxHeldBackEntries, maxHeldBackBytes);
    }

    /**
     * Takes what a primary sent.
     *
     * @return the end of this node's log: it holds everything below it
     * @throws ReplicationRefusedException if this caller must not write here; nothing was changed
     * @throws LogFullException if there is no room; nothing was stored
     */
    public synchronized long receive(Batch batch) {
        long end = log.end();
        checkReign(batch.reign(), end);
        Records records = batch.records();
        checkPrevious(records.first(), batch.previousEpoch(), end);
        checkSame(records, end);
        follow(batch.reign());
        primary = batch.primary();
        committed = Math.max(committed, batch.committed());
        if (records.first() > end) {
            records.forEach(holdBack::hold);
        } else if (records.end() > end) {
            log.append(records.from(end));
            appendHeldBackIfThereIsRoom();
        }
        return log.end();
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
        sender.ifPresent(named -> {
            checkReign(named, log.end());
            follow(named);
        });
        for (Entry entry : entries) {
            if (entry.offset() == log.end()) {
                appendNext(entry);
                appendHeldBack();
            } else if (entry.offset() > log.end()) {
                holdBack.hold(entry);
            }
        }
        return log.end();
    }

    /** Forgets the log and begins an empty one under this reign. */
    public synchronized void reset(Optional<Reign> next) {
        log.clear();
        holdBack.clear();
        committed = 0;
        reign = next.orElse(null);
    }

    public synchronized Status status() {
        return new Status(
                Optional.ofNullable(reign), Optional.ofNullable(primary), log.end(), committed, holdBack.size());
    }

    private void checkReign(Reign caller, long end) {
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
        }
    }

    private void checkPrevious(long first, long previousEpoch, long end) {
        OptionalLong held = log.epochAt(first - 1);
        if (held.isPresent() && held.getAsLong() != previousEpoch) {
            throw diverged(first - 1, end);
        }
    }

    /** What is here already must be what is sent: an entry never changes. */
    private void checkSame(Records records, long end) {
        long until = Math.min(records.end(), end);
        for (long offset = records.first(); offset < until; offset++) {
            byte[] held = log.read(offset, 1, 1).encodedAt(offset);
            if (!Arrays.equals(held, records.encodedAt(offset))) {
                throw diverged(offset, end);
            }
        }
    }

    private ReplicationRefusedException diverged(long offset, long end) {
        return new ReplicationRefusedException(
                Reason.DIVERGED,
                "This node's entry at offset " + offset
                        + " is not the caller's; nothing was changed. Empty this node to let it be filled again",
                reign,
                end);
    }

    private void follow(Reign caller) {
        if (reign != null && !caller.logId().equals(reign.logId())) {
            committed = 0;
        }
        if (!caller.equals(reign)) {
            reign = caller;
            holdBack.clear();
        }
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
        if (entry.epoch() >= log.epochAt(entry.offset() - 1).orElse(0)) {
            log.append(encoded(entry));
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
