package io.replicatedlog.primary;

import io.opentelemetry.api.trace.SpanContext;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * What a client asks the log to take: messages at consecutive offsets, all of them or none.
 *
 * @param key the client's idempotency key, at most {@link #MAX_KEY_LENGTH} printable ASCII characters; empty for none
 * @param messages UTF-8, at least one; not copied
 * @param w how many nodes must hold them
 * @param expectedEnd where the log must end for them to be taken, if the client says so
 * @param trace that the request belongs to
 */
public record Append(String key, List<byte[]> messages, WriteConcern w, OptionalLong expectedEnd, SpanContext trace) {

    public static final int MAX_KEY_LENGTH = 200;

    public Append {
        Objects.requireNonNull(key);
        Objects.requireNonNull(trace);
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("An append has at least one message");
        }
    }

    /** One that belongs to no trace. */
    public Append(String key, List<byte[]> messages, WriteConcern w, OptionalLong expectedEnd) {
        this(key, messages, w, expectedEnd, SpanContext.getInvalid());
    }

    /** One without a key or a condition. */
    public static Append of(List<byte[]> messages, WriteConcern w) {
        return new Append("", messages, w, OptionalLong.empty());
    }
}
