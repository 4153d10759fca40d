/**
 * Measures (with {@code ./lab bench}): appends, growth with nodes and delay, and storage; {@code docs/performance.md} has
 * the results.
 */
package io.replicatedlog.system.benchmark;
