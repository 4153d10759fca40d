/**
 * How an entry gets from the primary to the secondaries, and when its client is answered. The sending side: the
 * {@link io.replicatedlog.replication.PrimaryLog} that orders entries and keeps the
 * {@link io.replicatedlog.replication.PendingAppends}, and one {@link io.replicatedlog.replication.Lane} to each
 * secondary, driven by the {@link io.replicatedlog.replication.ReplicationBean}. The receiving side: the
 * {@link io.replicatedlog.replication.Replica} with its {@link io.replicatedlog.replication.HoldBack}, behind the
 * {@link io.replicatedlog.replication.ReplicaBean}. Readers that have read all there is wait at the
 * {@link io.replicatedlog.replication.Tail}. Before a primary reigns,
 * {@link io.replicatedlog.replication.Recovery} decides whose log goes on, from what each node remembers as its
 * {@link io.replicatedlog.replication.Identity}. Everything that decides is a plain class that is told the time; the
 * beans do the I/O.
 */
package io.replicatedlog.replication;
