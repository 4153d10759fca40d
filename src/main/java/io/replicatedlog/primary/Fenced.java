package io.replicatedlog.primary;

import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;

/**
 * An event: a higher epoch has ended this node's reign.
 *
 * @param over the reign
 * @param by what the other node answered
 */
public record Fenced(Reign over, ReplicationRefusedException by) {}
