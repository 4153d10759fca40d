package io.replicatedlog.tracing;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.api.trace.TraceState;

/** Traces for tests. */
public final class SampleTraces {

    private SampleTraces() {}

    /** One that is sampled. */
    public static SpanContext trace(long number) {
        return trace(number, TraceFlags.getSampled());
    }

    static SpanContext trace(long number, TraceFlags flags) {
        return SpanContext.create(TraceId.fromLongs(1, number), SpanId.fromLong(1), flags, TraceState.getDefault());
    }
}
