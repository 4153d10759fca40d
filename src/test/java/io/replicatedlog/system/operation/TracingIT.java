package io.replicatedlog.system.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.LogClient.Answer;
import io.replicatedlog.system.operation.TraceCollector.Span;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a collector of traces gets to see of appends. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class TracingIT {

    private static final int SECONDARIES = 2;
    private static final String CLIENT_SPAN = "00f067aa0ba902b7";

    @AutoClose
    private static TraceCollector collector;

    @AutoClose
    private static LibertyCluster cluster;

    @BeforeAll
    static void startCluster() {
        collector = new TraceCollector();
        cluster = LibertyCluster.start("tracing", SECONDARIES, collector.environment());
    }

    @Test
    void shouldLeadFromTheClientToEverySecondary() {
        String trace = trace(1);

        Answer answer = append(trace, "01").join();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers()).doesNotContainKey("io.openliberty.trace");
        awaitTree(trace, answer.offset());
    }

    private static void awaitTree(String trace, long offset) {
        await("the spans of " + trace).atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            List<Span> spans = collector.spans(trace);
            List<Span> appended = spans.stream()
                    .filter(span -> span.parent().equals(CLIENT_SPAN))
                    .toList();
            List<Span> replicated = below(appended, spans);
            List<Span> calls = below(replicated, spans);
            List<Span> received = below(calls, spans);

            assertThat(appended).extracting(Span::name).containsExactly("POST /api/v1/append");
            assertThat(replicated).hasSize(SECONDARIES).allSatisfy(span -> {
                assertThat(span.name()).isEqualTo("replicate");
                assertThat(span.attributes())
                        .containsEntry("replicated_log.first_offset", String.valueOf(offset))
                        .containsEntry("replicated_log.entries", "1");
            });
            assertThat(calls)
                    .extracting(Span::kind)
                    .hasSizeGreaterThanOrEqualTo(SECONDARIES)
                    .containsOnly("CLIENT");
            assertThat(received).hasSizeGreaterThanOrEqualTo(SECONDARIES).allSatisfy(span -> {
                assertThat(span.kind()).isEqualTo("SERVER");
                assertThat(span.name()).isEqualTo("POST /api/v1/internal/replicate");
            });
        });
    }

    @Test
    void shouldLeadFromEachOfManyAppendsThatShareCalls() {
        List<String> traces =
                IntStream.range(1_000, 1_100).mapToObj(TracingIT::trace).toList();

        List<CompletableFuture<Answer>> answers =
                traces.stream().map(trace -> append(trace, "01")).toList();

        assertThat(answers)
                .allSatisfy(answer -> assertThat(answer.join().status()).isEqualTo(200));
        await("the calls that carry them").atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            List<Span> replicated = collector.spans().stream()
                    .filter(span -> span.name().equals("replicate"))
                    .toList();
            assertThat(traces)
                    .allSatisfy(trace -> assertThat(replicated)
                            .filteredOn(span ->
                                    span.trace().equals(trace) || span.links().contains(trace))
                            .hasSizeGreaterThanOrEqualTo(SECONDARIES));
            assertThat(replicated)
                    .as("those of several appends")
                    .anyMatch(span -> !span.links().isEmpty());
        });
    }

    @Test
    void shouldSendNothingThatNobodyAskedFor() {
        String notSampled = trace(2);
        append(notSampled, "00").join();
        cluster.secondary(1).kill();
        cluster.awaitHealth(cluster.secondary(1), "UNHEALTHY"); // so there were heartbeats
        cluster.heal();
        String last = trace(3);
        awaitTree(last, append(last, "01").join().offset());

        assertThat(collector.spans())
                .noneMatch(span -> span.trace().equals(notSampled))
                .noneMatch(span -> span.attributes().toString().contains("/health/live"))
                .noneMatch(span ->
                        span.parent().isEmpty() && span.attributes().toString().contains("/api/v1/internal/"));
        assertThat(collector.spans())
                .extracting(Span::trace)
                .as("the parent of what is not traced")
                .noneMatch(trace -> trace.startsWith("0000000000000000"));
    }

    private static List<Span> below(List<Span> parents, List<Span> spans) {
        List<String> ids = parents.stream().map(Span::id).toList();
        return spans.stream().filter(span -> ids.contains(span.parent())).toList();
    }

    /** An append to all nodes of a client that has begun this trace. */
    private static CompletableFuture<Answer> append(String trace, String flags) {
        LogClient primary = cluster.primary().client();
        return primary.sendAsync(primary.request("/api/v1/append")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"message\":\"traced\",\"w\":\"all\"}"))
                .header("traceparent", "00-" + trace + "-" + CLIENT_SPAN + "-" + flags)
                .build());
    }

    private static String trace(int number) {
        return "4bf92f3577b34da6a3ce929d" + String.format("%08x", number);
    }
}
