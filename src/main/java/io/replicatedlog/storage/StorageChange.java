package io.replicatedlog.storage;

/**
 * An event: the storage of this node has failed, or works again.
 *
 * @param failed whether it has failed; if not, it holds what it had made durable before
 */
public record StorageChange(boolean failed) {}
