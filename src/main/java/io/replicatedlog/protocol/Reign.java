package io.replicatedlog.protocol;

import java.util.UUID;

/**
 * Which history a log is, and the reign of the primary that writes it.
 *
 * @param logId drawn at random when a log begins
 * @param epoch higher with every new reign over the same log; at least 1
 */
public record Reign(UUID logId, long epoch) {

    /** For people. */
    @Override
    public String toString() {
        return "log " + logId + ", epoch " + epoch;
    }
}
