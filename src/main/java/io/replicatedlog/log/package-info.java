/**
 * The append-only log of one node: the {@link io.replicatedlog.log.Entry}, its encoding as a record, and the {@link
 * io.replicatedlog.log.Log} that keeps records in order and without gaps, in memory or in files on a {@link
 * io.replicatedlog.log.Disk}. Plain Java: no CDI, no clock, no network, and no knowledge of other nodes.
 */
package io.replicatedlog.log;
