package io.replicatedlog.tracing;

import io.opentelemetry.api.trace.SpanContext;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Which of the newest appends are traced, by the offset of their last entry: the call that carries it completes them. Keeps
 * {@link #MOST} at most; whoever has been away for longer than that gets entries in calls that are not traced.
 *
 * <p>Not thread-safe: guarded by its owner.
 */
public final class TracedAppends {

    /** How many are kept. */
    public static final int MOST = 10_000;

    private final NavigableMap<Long, SpanContext> byLastOffset = new TreeMap<>();

    /** @param trace of the append; ignored if it is not sampled */
    public void add(long lastOffset, SpanContext trace) {
        if (!trace.isSampled()) {
            return;
        }
        byLastOffset.put(lastOffset, trace);
        if (byLastOffset.size() > MOST) {
            byLastOffset.pollFirstEntry();
        }
    }

    /** Those whose last entry is at one of the offsets from {@code from} on and below {@code end}, in their order. */
    public List<SpanContext> in(long from, long end) {
        return List.copyOf(byLastOffset.subMap(from, end).values());
    }

    /** Forgets all of them: the offsets belong to others now. */
    public void clear() {
        byLastOffset.clear();
    }
}
