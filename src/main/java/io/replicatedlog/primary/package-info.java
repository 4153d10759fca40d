/**
 * The sending side: the {@link io.replicatedlog.primary.PrimaryLog} decides the order, one
 * {@link io.replicatedlog.primary.Lane} to each secondary decides what to send and when, group commit forces, and clients
 * wait until enough nodes hold their entries.
 *
 * <p>Pages: {@code docs/writing.md}, {@code docs/replication.md}, {@code docs/retrying.md}.
 */
package io.replicatedlog.primary;
