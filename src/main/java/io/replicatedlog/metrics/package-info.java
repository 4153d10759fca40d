/**
 * Gauges of this node's state, for {@code /metrics}. Counters and timers are updated where the events happen.
 */
package io.replicatedlog.metrics;
