package io.replicatedlog.replication;

import java.util.Comparator;
import java.util.Optional;

/**
 * How far a node's log goes.
 *
 * @param reign the last one that the node followed or had; empty if there was none
 * @param end what the node holds, as durably as it stores
 * @param lastEpoch of the last entry; 0 if there is none
 */
public record Position(Optional<Reign> reign, long end, long lastEpoch) {

    /** A log has more of the history if its last entry is of a later epoch, or of the same and farther on. */
    static final Comparator<Position> BY_HISTORY =
            Comparator.comparingLong(Position::lastEpoch).thenComparingLong(Position::end);

    boolean isEmpty() {
        return end == 0;
    }

    /** Whether this log has more of the history. */
    boolean isFurtherThan(Position other) {
        return BY_HISTORY.compare(this, other) > 0;
    }

    long epoch() {
        return Math.max(lastEpoch, reign.map(Reign::epoch).orElse(0L));
    }
}
