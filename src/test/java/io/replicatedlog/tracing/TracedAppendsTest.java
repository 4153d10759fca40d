package io.replicatedlog.tracing;

import static io.replicatedlog.tracing.SampleTraces.trace;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import org.junit.jupiter.api.Test;

class TracedAppendsTest {

    private final TracedAppends traced = new TracedAppends();

    @Test
    void shouldBeInTheStretchThatHasTheirLastEntry() {
        traced.add(4, trace(4));
        traced.add(7, trace(7));

        assertThat(traced.in(0, 4)).isEmpty();
        assertThat(traced.in(4, 7)).containsExactly(trace(4));
        assertThat(traced.in(0, 8)).containsExactly(trace(4), trace(7));
        assertThat(traced.in(7, 7)).isEmpty();
    }

    @Test
    void shouldNotKeepWhatIsNotSampled() {
        traced.add(0, SpanContext.getInvalid());
        traced.add(1, trace(1, TraceFlags.getDefault()));

        assertThat(traced.in(0, 2)).isEmpty();
    }

    @Test
    void shouldKeepTheNewest() {
        for (int offset = 0; offset <= TracedAppends.MOST; offset++) {
            traced.add(offset, trace(offset));
        }

        assertThat(traced.in(0, 1)).isEmpty();
        assertThat(traced.in(1, Long.MAX_VALUE)).hasSize(TracedAppends.MOST);
    }

    @Test
    void shouldForgetAllOfThem() {
        traced.add(0, trace(0));

        traced.clear();

        assertThat(traced.in(0, 1)).isEmpty();
    }
}
