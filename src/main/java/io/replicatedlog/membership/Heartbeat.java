package io.replicatedlog.membership;

import io.replicatedlog.node.NodeConfig;

/**
 * A heartbeat was answered or missed, or another sign of life came. Fired for each one, changed or not.
 *
 * @param secondary its index among {@link NodeConfig#secondaries()}
 * @param before its health until now
 * @param after its health from now on
 */
public record Heartbeat(int secondary, Health before, Health after) {}
