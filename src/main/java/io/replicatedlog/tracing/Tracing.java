package io.replicatedlog.tracing;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.util.List;
import java.util.function.Supplier;

/**
 * Relates calls to other nodes to the traces of the appends that they carry. The platform makes spans of requests and of
 * REST client calls by the current thread; calls to secondaries run on other threads than the appends. Without telemetry
 * this does nothing. Thread-safe.
 */
@ApplicationScoped
public class Tracing {

    /**
     * An unsampled parent: with a parent-based sampler nothing below it is sampled, on any node. Its trace id is the last
     * one that a ratio-based sampler would sample.
     */
    private static final Context UNTRACED = Context.root()
            .with(Span.wrap(SpanContext.create(
                    TraceId.fromLongs(0, Long.MAX_VALUE),
                    SpanId.fromLong(1),
                    TraceFlags.getDefault(),
                    TraceState.getDefault())));

    @Inject
    private Instance<Tracer> tracers;

    private Tracer tracer;

    @PostConstruct
    void start() {
        tracer =
                tracers.isResolvable() ? tracers.get() : OpenTelemetry.noop().getTracer(Tracing.class.getPackageName());
    }

    /** One that makes no spans. */
    public static Tracing none() {
        Tracing none = new Tracing();
        none.tracer = OpenTelemetry.noop().getTracer(Tracing.class.getPackageName());
        return none;
    }

    /** The trace of the calling thread's request. */
    public static SpanContext current() {
        return Span.current().getSpanContext();
    }

    /** Makes a call outside any trace; for heartbeats and probes. */
    public static <T> T untraced(Supplier<T> call) {
        return UNTRACED.wrapSupplier(call).get();
    }

    /**
     * Makes a call to a secondary as a span of the first traced append that it carries, with links to the others: a span
     * has one parent. Without a traced append the call is not traced.
     *
     * @param first offset of the first entry
     * @param count of entries
     */
    public <T> T replicate(List<SpanContext> appends, long first, int count, Supplier<T> call) {
        if (appends.isEmpty()) {
            return untraced(call);
        }
        SpanBuilder builder = tracer.spanBuilder("replicate")
                .setParent(Context.root().with(Span.wrap(appends.get(0))))
                .setAttribute("replicated_log.first_offset", first)
                .setAttribute("replicated_log.entries", count);
        appends.subList(1, appends.size()).forEach(builder::addLink);
        Span span = builder.startSpan();
        try {
            return Context.root().with(span).wrapSupplier(call).get();
        } catch (RuntimeException | Error e) {
            span.setStatus(StatusCode.ERROR, e.toString());
            throw e;
        } finally {
            span.end();
        }
    }
}
