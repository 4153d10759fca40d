package io.replicatedlog.protocol;

import io.replicatedlog.log.Log;
import io.replicatedlog.storage.Identity;
import java.util.Comparator;
import java.util.Optional;
import java.util.UUID;

/**
 * How far a node's log goes.
 *
 * @param reign the last one that the node followed or had; empty if there was none
 * @param end what the node holds, as durably as it stores
 * @param lastEpoch of the last entry; 0 if there is none
 * @param isComplete whether the node is sure to hold everything that it has ever acknowledged
 */
public record Position(Optional<Reign> reign, long end, long lastEpoch, boolean isComplete) {

    /** A log has more of the history if its last entry is of a later epoch, or of the same and farther on. */
    public static final Comparator<Position> BY_HISTORY =
            Comparator.comparingLong(Position::lastEpoch).thenComparingLong(Position::end);

    /** Of a node that remembers this, and holds this log. */
    public static Position of(Identity identity, Log log) {
        long end = log.durable();
        boolean isComplete = identity.holding() != Identity.Holding.PARTIAL;
        return new Position(identity.reign(), end, log.epochBefore(end), isComplete);
    }

    public boolean isEmpty() {
        return end == 0;
    }

    /** Whether the node follows this log, or holds some of it. */
    public boolean isOf(UUID log) {
        return reign.filter(followed -> followed.logId().equals(log)).isPresent();
    }

    /** Whether this log has more of the history. */
    public boolean isFurtherThan(Position other) {
        return BY_HISTORY.compare(this, other) > 0;
    }

    public long epoch() {
        return Math.max(lastEpoch, reign.map(Reign::epoch).orElse(0L));
    }
}
