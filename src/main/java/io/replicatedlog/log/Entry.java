package io.replicatedlog.log;

/**
 * One message with its place in the log.
 *
 * @param offset the place in the log, from 0
 * @param epoch the reign of the primary that wrote it, from 0
 * @param timestamp when the primary took it, in milliseconds since 1970-01-01T00:00Z
 * @param key the client's idempotency key, or {@code ""} for none
 * @param message the client's text
 */
public record Entry(long offset, long epoch, long timestamp, String key, String message) {}
