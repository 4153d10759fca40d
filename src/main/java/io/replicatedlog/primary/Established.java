package io.replicatedlog.primary;

import io.replicatedlog.protocol.Reign;

/** An event: enough members follow this node's reign, and appends are taken unless something else forbids them. */
public record Established(Reign reign) {}
