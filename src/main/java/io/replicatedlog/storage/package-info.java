/**
 * The files of this node: opens, watches and repairs them, and keeps what the node remembers beside its log, its
 * {@link io.replicatedlog.storage.Identity}, of which this room is the one writer.
 *
 * <p>Start with {@link io.replicatedlog.storage.Storage}. Page: {@code docs/storage.md}.
 */
package io.replicatedlog.storage;
