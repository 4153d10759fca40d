package io.replicatedlog.tracing;

import io.opentelemetry.api.trace.SpanContext;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The traces of the newest appends, by the offset of their last entry: the call that carries this entry completes the
 * append. Keeps {@link #MOST} at most; calls to a secondary that is further behind are not traced.
 *
 * <p>Not thread-safe: guarded by its owner.
 */
public final class TracedAppends {

    /** The number of traces that are kept. */
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

    /** The traces of the appends whose last entry is in {@code [from, end)}, by offset. */
    public List<SpanContext> in(long from, long end) {
        return List.copyOf(byLastOffset.subMap(from, end).values());
    }

    /** Forgets all traces: the offsets will be given to other entries. */
    public void clear() {
        byLastOffset.clear();
    }
}
