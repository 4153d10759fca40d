/**
 * The sending side. {@link io.replicatedlog.primary.Appends} admits an append, {@link io.replicatedlog.primary.PrimaryLog}
 * decides the order, one {@link io.replicatedlog.primary.Sender} with its {@link io.replicatedlog.primary.Lane} brings
 * entries to each secondary, {@link io.replicatedlog.primary.GroupCommit} forces them, and clients wait as
 * {@link io.replicatedlog.primary.PendingAppends} until enough nodes hold their entries.
 *
 * <p>Pages: {@code docs/writing.md}, {@code docs/replication.md}, {@code docs/retrying.md}.
 */
package io.replicatedlog.primary;
