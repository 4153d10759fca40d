package io.replicatedlog.protocol;

import java.util.UUID;

/**
 * The answer to a batch.
 *
 * @param node id of the node that answers
 * @param end everything below is durable there and identical to the primary's log
 */
public record Acknowledgement(UUID node, long end) {}
