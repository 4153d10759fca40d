/**
 * With telemetry, the trace of an append continues in the calls that carry its entries to the secondaries.
 *
 * <p>Start with {@link io.replicatedlog.tracing.Tracing}; {@link io.replicatedlog.tracing.TracedAppends} knows which call
 * carries which append. Page: {@code docs/tracing.md}.
 */
package io.replicatedlog.tracing;
