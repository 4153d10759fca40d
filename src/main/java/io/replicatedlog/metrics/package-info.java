/**
 * The state of this node as gauges, for {@code /metrics}. What is counted and timed is counted where it happens; this only
 * shows what is there anyway.
 */
package io.replicatedlog.metrics;
