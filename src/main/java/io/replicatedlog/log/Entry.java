package io.replicatedlog.log;

/**
 * One message with its place in the log.
 *
 * @param offset the place in the log, from 0
 * @param epoch the reign of the primary that wrote it, from 0
 * @param timestamp when the primary took it, in milliseconds since 1970-01-01T00:00Z
 * @param group its place among the entries of one append, as {@link RecordFormat} has it; 0 for an append of one message
 * @param key the client's idempotency key, or {@code ""} for none
 * @param message the client's text
 */
public record Entry(long offset, long epoch, long timestamp, int group, String key, String message) {

    /** The only entry of its append. */
    public Entry(long offset, long epoch, long timestamp, String key, String message) {
        this(offset, epoch, timestamp, 0, key, message);
    }

    /** Whether the next entry belongs to the same append. */
    public boolean isContinued() {
        return RecordFormat.isContinued(group);
    }
}
