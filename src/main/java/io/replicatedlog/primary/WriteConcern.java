package io.replicatedlog.primary;

import io.replicatedlog.membership.Quorum;
import java.util.Optional;

/**
 * How many nodes, the primary included, must hold an entry before its client is answered.
 *
 * @param nodes from 1 to the number of configured nodes
 */
public record WriteConcern(int nodes) {

    /**
     * Reads what the configuration says: a whole number from 1 to {@code configured}, or a name.
     *
     * @param configured how many nodes there are
     * @return empty if it is neither
     */
    public static Optional<WriteConcern> parse(String text, int configured) {
        // Nine digits cannot overflow, and there are no clusters of a billion nodes.
        return text.matches("[0-9]{1,9}") ? of(Integer.parseInt(text), configured) : named(text, configured);
    }

    /** {@code majority} or {@code all} of the configured nodes; empty for any other name. */
    public static Optional<WriteConcern> named(String name, int configured) {
        return switch (name) {
            case "majority" -> Optional.of(new WriteConcern(Quorum.majority(configured)));
            case "all" -> Optional.of(new WriteConcern(configured));
            default -> Optional.empty();
        };
    }

    /** Empty if there are not as many nodes, or {@code nodes} is below 1. */
    public static Optional<WriteConcern> of(long nodes, int configured) {
        return nodes >= 1 && nodes <= configured ? Optional.of(new WriteConcern((int) nodes)) : Optional.empty();
    }
}
