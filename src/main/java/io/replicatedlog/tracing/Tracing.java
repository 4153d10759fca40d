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
 * Puts calls to other nodes into the traces that they belong to. The platform makes spans of what a resource is asked and
 * of what a REST client asks, on the thread where that happens; calls to secondaries are made on other threads than the
 * appends that they carry. Without telemetry all of this does nothing. Thread-safe.
 */
@ApplicationScoped
public class Tracing {

    /**
     * A parent that is not sampled: nothing below it is, on any node, where samplers go by the parent. For those that go by
     * the number of the trace it is the last one to be sampled.
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

    /** Where the calling thread's request belongs to. */
    public static SpanContext current() {
        return Span.current().getSpanContext();
    }

    /** Makes a call that belongs to no trace, and begins none: one of thousands that nobody asked for. */
    public static <T> T untraced(Supplier<T> call) {
        return UNTRACED.wrapSupplier(call).get();
    }

    /**
     * Makes a call to a secondary as a span in the trace of the first of the appends that it carries, with links to the
     * others: a span has one parent. If it carries none that is traced, it is not traced either.
     *
     * @param first offset of the first entry
     * @param count how many entries
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
