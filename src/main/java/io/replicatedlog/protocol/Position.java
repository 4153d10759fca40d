package io.replicatedlog.protocol;

import java.util.Comparator;
import java.util.Optional;
import java.util.UUID;

/**
 * What a node answers with its promise: how far its log goes.
 *
 * @param node its id
 * @param promised the highest epoch that it has promised or followed; 0 for none
 * @param reign the last one that it followed or had; empty if there was none
 * @param matched the epoch of the last reign up to whose beginning its log is that reign's; 0 for none
 * @param end what it holds, as durably as it stores
 * @param lastEpoch of the last entry; 0 if there is none
 * @param committed everything below is committed, as far as the node knows
 * @param isComplete whether it is sure to hold everything that it has ever acknowledged
 */
public record Position(
        UUID node,
        long promised,
        Optional<Reign> reign,
        long matched,
        long end,
        long lastEpoch,
        long committed,
        boolean isComplete) {

    /**
     * A log goes further if it was matched with a later reign, or with the same and is longer: the last normal view and the
     * op-number of Viewstamped Replication (Liskov and Cowling, 2012, section 4.2).
     */
    public static final Comparator<Position> BY_HISTORY =
            Comparator.comparingLong(Position::matched).thenComparingLong(Position::end);

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

    /** The highest epoch that the node knows of; 0 if it knows of none. */
    public long epoch() {
        return Math.max(promised, Math.max(lastEpoch, reign.map(Reign::epoch).orElse(0L)));
    }
}
