package io.replicatedlog.system.benchmark;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.Metrics;
import io.replicatedlog.system.fixture.Pause;
import io.replicatedlog.system.fixture.ProcessUsage;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Measures appends beside the ceiling: the same requests to a resource that parses and answers them and does nothing else.
 * Not a test, and only run by {@code ./lab bench}.
 */
class AppendBenchmark {

    private static final int SECONDS_EACH = Integer.getInteger("bench.seconds", 8);

    /** The server's code is compiled for good only after some hundred thousand requests. */
    private static final int WARM_UP_SECONDS = 15 * SECONDS_EACH;

    private static final List<Integer> CONNECTIONS = List.of(1, 64, 512);
    private static final List<Integer> MESSAGE_BYTES = List.of(100, 1_000, 100_000);
    private static final int SECONDARIES = 2;
    private static final int BULK = 500;
    private static final int BLOCKED = Integer.getInteger("bench.blocked", 10_000);

    /** So that a run of large messages fits into a log in memory. */
    private static final String LARGE_LOG_BYTES = "3000000000";

    private static final String LARGE_HEAP = "-Xmx4g";

    private static final JsonArrayBuilder ROWS = Json.createArrayBuilder();

    @AfterAll
    static void write() throws IOException {
        Path results = Path.of("target", "bench.json");
        Files.writeString(results, ROWS.build().toString());
        say("rows are in %s", results);
    }

    @Test
    void shouldMeasureAppendsInMemory() {
        measureBesideTheCeiling("memory", LARGE_HEAP, SECONDS_EACH, WARM_UP_SECONDS, CONNECTIONS, MESSAGE_BYTES)
                .forEach(ROWS::add);
    }

    @Test
    void shouldMeasureAppendsInFiles() {
        measureBesideTheCeiling("file", LARGE_HEAP, SECONDS_EACH, WARM_UP_SECONDS, CONNECTIONS, MESSAGE_BYTES)
                .forEach(ROWS::add);
    }

    @Test
    void shouldMeasureManyMessagesInARequest() {
        try (LibertyCluster cluster = start("bench-bulk", "file")) {
            String message = "x".repeat(100);
            String json = LogClient.bulk(message, BULK, 3);
            String lines = ("\"" + message + "\"\n").repeat(BULK);
            append(cluster, 64, WARM_UP_SECONDS, 100, 3);
            bulk(cluster, "application/json", json, WARM_UP_SECONDS);
            bulk(cluster, "application/x-ndjson", lines, WARM_UP_SECONDS);
            heading();
            Measured one = run(
                    cluster, SECONDS_EACH, () -> Wrk.append(cluster.primary().url(), 64, SECONDS_EACH, 100, 3));
            Wrk.Result single = one.result();
            ROWS.add(row("single", 64, 100, 3, one, single));
            for (String type : List.of("application/json", "application/x-ndjson")) {
                Wrk.Result result = bulk(cluster, type, type.endsWith("/json") ? json : lines, SECONDS_EACH);
                say(
                        "bulk of %d as %s, w=3: %.0f messages/s, %.1f times those one by one",
                        BULK,
                        type,
                        BULK * result.requestsPerSecond(),
                        BULK * result.requestsPerSecond() / single.requestsPerSecond());
            }
        }
    }

    /** The heap is that of every node, 512 MB. */
    @Test
    void shouldMeasureAppendsBesideManyBlockedClients() throws Exception {
        try (LibertyCluster cluster = start("bench-blocked", "memory")) {
            append(cluster, 64, WARM_UP_SECONDS, 100, 2);
            empty(cluster);
            cluster.secondary(2).kill();
            cluster.awaitHealth(cluster.secondary(2), "UNHEALTHY");
            String url = cluster.primary().url();
            Wrk.Result alone = Wrk.append(url, 64, SECONDS_EACH, 100, 2);
            CompletableFuture<Wrk.Result> blocked = CompletableFuture.supplyAsync(() ->
                    Wrk.post(url + "/api/v1/append", BLOCKED, 5 * SECONDS_EACH, LogClient.body("x".repeat(100), 3)));
            await().atMost(Duration.ofSeconds(3L * SECONDS_EACH))
                    .until(() -> cluster.primary().client().cluster().getInt("waitingAppends") >= BLOCKED);
            Wrk.Result beside = Wrk.append(url, 64, SECONDS_EACH, 100, 2);
            ProcessUsage usage = ProcessUsage.of(cluster.primary().pid());
            assertThat(blocked).as("they wait").isNotDone();
            blocked.get(10L * SECONDS_EACH, SECONDS);
            say(
                    "w=2 alone: %.0f/s, p99 %.1f ms; beside %d clients that wait for w=3: %.0f/s, p99 %.1f ms; %d threads, %d"
                            + " MB resident",
                    alone.requestsPerSecond(),
                    alone.p99Ms(),
                    BLOCKED,
                    beside.requestsPerSecond(),
                    beside.p99Ms(),
                    usage.threads(),
                    usage.residentMb());
        }
    }

    /** An append with a majority needs two forces, one after another or at once, and the way to a secondary and back. */
    @Test
    void shouldMeasureOneClientAtATime() throws IOException {
        try (LibertyCluster cluster = start("bench-one", "file")) {
            append(cluster, 1, WARM_UP_SECONDS, 100, 2);
            String url = cluster.primary().url();
            echo(url, 1, SECONDS_EACH, 100);
            double forceMs = medianForceMs(cluster.primary().data());
            Wrk.Result echo = echo(url, 1, SECONDS_EACH, 100);
            Wrk.Result one = append(cluster, 1, 2 * SECONDS_EACH, 100, 2);
            say(
                    "one client, file, majority: p50 %.2f ms; three forces and two empty requests: %.2f ms (%.3f each, %.3f each)",
                    one.p50Ms(), 3 * forceMs + 2 * echo.p50Ms(), forceMs, echo.p50Ms());
        }
    }

    private static double medianForceMs(Path directory) throws IOException {
        Path file = Files.createTempFile(directory, "force", null);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long[] took = new long[2_001];
            for (int i = 0; i < took.length; i++) {
                channel.write(ByteBuffer.allocate(150));
                long began = System.nanoTime();
                channel.force(false);
                took[i] = System.nanoTime() - began;
            }
            Arrays.sort(took);
            return took[took.length / 2] / 1e6;
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void shouldMeasureAnIdleCluster() {
        try (LibertyCluster cluster = start("bench-idle", "file")) {
            Pause.ofMs(60_000); // what the start needed is given back
            List<ProcessUsage> before = ProcessUsage.of(cluster);
            Pause.ofMs(1_000L * SECONDS_EACH);
            List<ProcessUsage> after = ProcessUsage.of(cluster);
            for (int i = 0; i < after.size(); i++) {
                say(
                        "idle %s: %d MB resident, %.1f %% of a processor",
                        cluster.nodes().get(i).name(),
                        after.get(i).residentMb(),
                        100.0 * after.get(i).cpu().minus(before.get(i).cpu()).toMillis() / (1_000 * SECONDS_EACH));
            }
        }
    }

    /**
     * @param jvmArguments of every node
     * @param connections each of these
     * @param messageBytes each of these, in bytes
     * @return one row for each run, in the order of the runs
     */
    static List<JsonObject> measureBesideTheCeiling(
            String storage,
            String jvmArguments,
            int seconds,
            int warmUpSeconds,
            List<Integer> connections,
            List<Integer> messageBytes) {
        List<JsonObject> rows = new ArrayList<>();
        Map<String, String> settings = Map.of("JVM_ARGS", jvmArguments, "REPLICATEDLOG_MAX_LOG_BYTES", LARGE_LOG_BYTES);
        try (LibertyCluster cluster = start("bench-" + storage, storage, settings)) {
            String url = cluster.primary().url();
            for (int w = 1; w <= SECONDARIES + 1; w++) {
                append(cluster, 64, Math.max(1, warmUpSeconds / 3), 100, w);
            }
            echo(url, 64, Math.max(1, warmUpSeconds / 2), 100);
            echoLater(url, 64, Math.max(1, warmUpSeconds / 4), 100);
            heading();
            for (int bytes : messageBytes) {
                for (int clients : connections) {
                    Measured ceiling = run(cluster, seconds, () -> echo(url, clients, seconds, bytes));
                    rows.add(row("echo", clients, bytes, 0, ceiling, ceiling.result()));
                    Measured later = run(cluster, seconds, () -> echoLater(url, clients, seconds, bytes));
                    rows.add(row("later", clients, bytes, 0, later, ceiling.result()));
                    for (int w = 1; w <= SECONDARIES + 1; w++) {
                        int nodes = w;
                        Measured appends = run(cluster, seconds, () -> Wrk.append(url, clients, seconds, bytes, nodes));
                        rows.add(row(storage, clients, bytes, w, appends, ceiling.result()));
                    }
                }
            }
        }
        return rows;
    }

    private static LibertyCluster start(String name, String storage) {
        return start(name, storage, Map.of("JVM_ARGS", ""));
    }

    private static LibertyCluster start(String name, String storage, Map<String, String> more) {
        return LibertyCluster.start(
                name,
                SECONDARIES,
                LibertyCluster.with(
                        Map.of(
                                "REPLICATEDLOG_STORAGE",
                                storage,
                                "REPLICATEDLOG_TESTING_API_ENABLED",
                                "true",
                                "WLP_USER_DIR",
                                ServerWithEcho.userDirectory().toString()),
                        more));
    }

    private static Wrk.Result echo(String url, int connections, int seconds, int bytes) {
        return postTo(url + "/api/test/echo", connections, seconds, bytes).withoutErrors();
    }

    /**
     * What answers on another thread, as an append has to that waits. It is one of the server's, which breaks a few answers
     * of 100,000 (docs/performance.md).
     */
    private static Wrk.Result echoLater(String url, int connections, int seconds, int bytes) {
        return postTo(url + "/api/test/echo/later", connections, seconds, bytes);
    }

    private static Wrk.Result postTo(String url, int connections, int seconds, int bytes) {
        return Wrk.post(url, connections, seconds, LogClient.body("x".repeat(bytes), 1));
    }

    private static Wrk.Result append(LibertyCluster cluster, int connections, int seconds, int bytes, int w) {
        empty(cluster);
        return Wrk.append(cluster.primary().url(), connections, seconds, bytes, w);
    }

    private static Wrk.Result bulk(LibertyCluster cluster, String type, String body, int seconds) {
        empty(cluster);
        // The JSON form has w in its body.
        return Wrk.post(cluster.primary().url() + "/api/v1/append?w=3", 8, seconds, type, body)
                .withoutErrors();
    }

    /** Each row begins with an empty log, and with nothing left to send. */
    private static void empty(LibertyCluster cluster) {
        cluster.awaitAllCaughtUp();
        cluster.primary().client().post("/api/test/clean", "");
        cluster.awaitAllCaughtUp();
    }

    /**
     * What one run took.
     *
     * @param cpu of each node, the primary first
     * @param allocatedBytes by the primary
     * @param forces of the primary
     * @param calls of the primary to its secondaries that carried entries
     */
    private record Measured(
            Wrk.Result result, int seconds, List<Duration> cpu, long allocatedBytes, double forces, double calls) {

        double requests() {
            return result.requestsPerSecond() * seconds;
        }
    }

    private static Measured run(LibertyCluster cluster, int seconds, Supplier<Wrk.Result> load) {
        empty(cluster);
        Metrics countedBefore = Metrics.of(cluster.primary().client());
        try (Allocations allocations = new Allocations(cluster.primary().pid())) {
            List<ProcessUsage> before = ProcessUsage.of(cluster);
            Wrk.Result result = load.get();
            cluster.awaitAllCaughtUp(); // what is left to send belongs to this row
            List<ProcessUsage> after = ProcessUsage.of(cluster);
            List<Duration> cpu = IntStream.range(0, before.size())
                    .mapToObj(i -> after.get(i).cpu().minus(before.get(i).cpu()))
                    .toList();
            Metrics counted = Metrics.of(cluster.primary().client());
            return new Measured(
                    result,
                    seconds,
                    cpu,
                    allocations.stop(),
                    difference("replicatedlog_force_duration_seconds_count", countedBefore, counted),
                    difference("replicatedlog_replicate_duration_seconds_count", countedBefore, counted));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double difference(String name, Metrics before, Metrics after) {
        return after.value(name) - before.value(name);
    }

    private static void heading() {
        say(
                "%-8s %5s %7s %2s %11s %9s %9s %7s %6s %8s %8s %8s  %s",
                "what",
                "conns",
                "bytes",
                "w",
                "requests/s",
                "p50 ms",
                "p99 ms",
                "errors",
                "ratio",
                "kB each",
                "forces/s",
                "calls/s",
                "CPU s of each node per 1,000");
    }

    private static JsonObject row(
            String what, int connections, int bytes, int w, Measured measured, Wrk.Result ceiling) {
        Wrk.Result result = measured.result();
        double ratio = result.requestsPerSecond() / ceiling.requestsPerSecond();
        List<Double> cpu = measured.cpu().stream()
                .map(used -> used.toMillis() / measured.requests())
                .toList();
        say(
                "%-8s %5d %7d %2d %11.0f %9.2f %9.2f %7d %6.2f %8.1f %8.0f %8.0f  %s",
                what,
                connections,
                bytes,
                w,
                result.requestsPerSecond(),
                result.p50Ms(),
                result.p99Ms(),
                result.errors(),
                ratio,
                measured.allocatedBytes() / 1e3 / measured.requests(),
                measured.forces() / measured.seconds(),
                measured.calls() / measured.seconds(),
                String.join(" ", cpu.stream().map("%.3f"::formatted).toList()));
        return Json.createObjectBuilder()
                .add("what", what)
                .add("connections", connections)
                .add("messageBytes", bytes)
                .add("w", w)
                .add("requestsPerSecond", result.requestsPerSecond())
                .add("p50Ms", result.p50Ms())
                .add("p99Ms", result.p99Ms())
                .add("errors", result.errors())
                .add("ratio", ratio)
                .add("allocatedBytesEach", measured.allocatedBytes() / measured.requests())
                .add("forcesPerSecond", measured.forces() / measured.seconds())
                .add("callsPerSecond", measured.calls() / measured.seconds())
                .add("cpuSecondsPer1000", Json.createArrayBuilder(cpu))
                .build();
    }

    /** One line of what a benchmark prints. */
    static void say(String format, Object... values) {
        System.out.printf("bench: " + format + "%n", values);
    }
}
