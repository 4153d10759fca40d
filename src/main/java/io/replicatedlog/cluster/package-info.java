/**
 * What a node knows of the cluster: its own configuration and role, the health of every secondary as heartbeats see it,
 * whether that makes a quorum, and the read-only mode that follows from it. Rules are plain classes; the beans here do
 * the polling and hold the flag.
 */
package io.replicatedlog.cluster;
