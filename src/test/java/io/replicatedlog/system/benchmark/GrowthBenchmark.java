package io.replicatedlog.system.benchmark;

import static io.replicatedlog.system.benchmark.AppendBenchmark.say;

import io.replicatedlog.system.faults.FaultyLink;
import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LibertyNode.Place;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.ProcessUsage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Measures how cost grows with the number of secondaries, the length of the log and the distance between nodes. Not a
 * test, and only run by {@code ./lab bench}.
 */
class GrowthBenchmark {

    private static final int CONNECTIONS = 64;
    private static final int MESSAGE_BYTES = 100;
    private static final int SECONDS = 8;
    private static final int WARM_UP_SECONDS = 60;
    private static final int BULK = 500;
    private static final Map<String, String> OPTIMIZING = Map.of("JVM_ARGS", "");

    @Test
    void shouldMeasureWithMoreSecondaries() {
        for (int secondaries : List.of(1, 2, 4, 8)) {
            try (LibertyCluster cluster = LibertyCluster.start("bench-nodes-" + secondaries, secondaries, OPTIMIZING)) {
                append(cluster, WARM_UP_SECONDS, "all");
                for (Object w : List.of(1, "majority", "all")) {
                    cluster.awaitAllCaughtUp();
                    List<ProcessUsage> before = ProcessUsage.of(cluster);
                    Wrk.Result result = append(cluster, SECONDS, w);
                    cluster.awaitAllCaughtUp();
                    List<ProcessUsage> after = ProcessUsage.of(cluster);
                    double appends = result.requestsPerSecond() * SECONDS;
                    double primary = cpuMicros(before.get(0), after.get(0)) / appends;
                    double others = 0;
                    for (int node = 1; node <= secondaries; node++) {
                        others += cpuMicros(before.get(node), after.get(node)) / appends / secondaries;
                    }
                    say(
                            "%d secondaries, file, w=%s: %.0f/s, p50 %.1f ms, p99 %.1f ms; CPU for each append: primary %.0f us, each"
                                    + " secondary %.0f us",
                            secondaries,
                            w,
                            result.requestsPerSecond(),
                            result.p50Ms(),
                            result.p99Ms(),
                            primary,
                            others);
                }
            }
        }
    }

    @Test
    void shouldMeasureWithALongerLog() {
        String bulk = LogClient.bulk("x".repeat(MESSAGE_BYTES), BULK, "all");
        Map<String, String> canBeCleaned =
                LibertyCluster.with(OPTIMIZING, Map.of("REPLICATEDLOG_TESTING_API_ENABLED", "true"));
        try (LibertyCluster cluster = LibertyCluster.start("bench-length", 2, canBeCleaned)) {
            LibertyNode primary = cluster.primary();
            for (long length : List.of(10_000L, 100_000L, 1_000_000L, 10_000_000L)) {
                append(cluster, WARM_UP_SECONDS / 2, "majority"); // the primary is a new process each time
                cluster.awaitAllCaughtUp();
                primary.client().post("/api/test/clean", "");
                for (long end = 0; end < length; end += BULK) {
                    primary.client().post("/api/v1/append", bulk);
                }
                cluster.awaitAllCaughtUp();
                long end = primary.client().end();
                String middle = primary.url() + "/api/v1/entries/" + end / 2;
                Wrk.get(middle, CONNECTIONS, SECONDS);
                Wrk.Result reads = Wrk.get(middle, CONNECTIONS, SECONDS).withoutErrors();
                Wrk.Result appends = append(cluster, SECONDS, "majority");
                cluster.awaitAllCaughtUp();
                primary.stop();
                long began = System.nanoTime();
                cluster.heal();
                say(
                        "%d entries, file, majority: appends %.0f/s, p99 %.1f ms; an entry from the middle %.0f/s, p99 %.1f ms;"
                                + " restart of the primary until all is caught up %d ms",
                        end,
                        appends.requestsPerSecond(),
                        appends.p99Ms(),
                        reads.requestsPerSecond(),
                        reads.p99Ms(),
                        Duration.ofNanos(System.nanoTime() - began).toMillis());
            }
        }
    }

    /** Each lane has one call under way at a time: what does that cost where a call takes long? */
    @Test
    void shouldMeasureWithDistantSecondaries() {
        for (int roundTripMs : List.of(0, 20)) {
            List<FaultyLink> links = new ArrayList<>();
            LibertyCluster prepared = LibertyCluster.prepare(
                    "bench-distance-" + roundTripMs, OPTIMIZING, Collections.nCopies(3, Place.LOOPBACK), url -> {
                        FaultyLink link = new FaultyLink(url);
                        links.add(link);
                        return link.url();
                    });
            try (LibertyCluster cluster = prepared.start()) {
                append(cluster, WARM_UP_SECONDS, "majority");
                links.forEach(link -> {
                    link.there.delay(roundTripMs / 2);
                    link.back.delay(roundTripMs / 2);
                });
                for (int connections : List.of(1, 64, 512)) {
                    Wrk.Result result =
                            Wrk.append(cluster.primary().url(), connections, SECONDS, MESSAGE_BYTES, "majority");
                    say(
                            "round trip of %d ms, %d connections, file, majority: %.0f/s, p50 %.1f ms, p99 %.1f ms",
                            roundTripMs, connections, result.requestsPerSecond(), result.p50Ms(), result.p99Ms());
                }
            } finally {
                links.forEach(FaultyLink::close);
            }
        }
    }

    private static Wrk.Result append(LibertyCluster cluster, int seconds, Object w) {
        return Wrk.append(cluster.primary().url(), CONNECTIONS, seconds, MESSAGE_BYTES, w);
    }

    private static double cpuMicros(ProcessUsage before, ProcessUsage after) {
        return after.cpu().minus(before.cpu()).toNanos() / 1e3;
    }
}
