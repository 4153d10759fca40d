package io.replicatedlog.protocol;

import java.util.UUID;

/**
 * The answer to a batch.
 *
 * @param node id of the node that answers
 * @param end everything below is durable there and identical to the primary's log
 * @param refill not 0 while the node may lack something that it has acknowledged: the number of its present refill. It counts
 *     for nothing until a batch confirms that number
 */
public record Acknowledgement(UUID node, long end, long refill) {

    /** Whether the node is sure to hold everything that it has ever acknowledged. */
    public boolean isComplete() {
        return refill == 0;
    }
}
