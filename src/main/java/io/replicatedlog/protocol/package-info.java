/**
 * What nodes say to each other: batches, acknowledgements, positions and refusals, their one wire codec, and the clients
 * that call other nodes. Decides nothing.
 *
 * <p>Start with {@link io.replicatedlog.protocol.Batch}. Page: {@code docs/replication.md}.
 */
package io.replicatedlog.protocol;
