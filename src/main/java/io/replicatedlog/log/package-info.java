/**
 * The append-only log of one node: what an {@link io.replicatedlog.log.Entry} is, how it is encoded as a record, and the
 * {@link io.replicatedlog.log.Log} that keeps records in order and without gaps: in memory, or in
 * files on a {@link io.replicatedlog.log.Disk}. Plain Java: no CDI, no clock, no
 * network. Nothing here knows of other nodes.
 */
package io.replicatedlog.log;
