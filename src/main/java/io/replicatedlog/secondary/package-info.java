/**
 * The receiving side: the {@link io.replicatedlog.secondary.Replica} takes batches in any order and more than once, and
 * makes of them the primary's log.
 *
 * <p>Page: {@code docs/replication.md}.
 */
package io.replicatedlog.secondary;
