package io.replicatedlog.membership;

import java.util.OptionalInt;

/**
 * How many of the configured nodes must be well for the log to take appends. Counted against the configured nodes, never
 * against those that happen to be up: otherwise two halves of a split cluster could both go on.
 *
 * @param nodes configured nodes, the primary included; at least 1
 * @param required nodes that must be well, the primary included; 1 to {@code nodes}
 */
public record Quorum(int nodes, int required) {

    public Quorum {
        if (nodes < 1 || required < 1 || required > nodes) {
            throw new IllegalArgumentException("A quorum of " + required + " among " + nodes + " nodes");
        }
    }

    /** More than half of the nodes: any two such sets share a node. */
    public static Quorum majorityOf(int nodes) {
        return new Quorum(nodes, majority(nodes));
    }

    /** As many as are configured, at most all of the nodes; without a number, a majority. */
    public static Quorum of(int nodes, OptionalInt configured) {
        return new Quorum(nodes, Math.min(configured.orElse(majority(nodes)), nodes));
    }

    /** The smallest number that is more than half of {@code nodes}. */
    public static int majority(int nodes) {
        return nodes / 2 + 1;
    }

    /** Whether the primary and this many healthy secondaries are enough. */
    public boolean isMetWith(int healthySecondaries) {
        return 1 + healthySecondaries >= required;
    }
}
