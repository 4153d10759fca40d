package io.replicatedlog.system.benchmark;

import static io.replicatedlog.system.benchmark.AppendBenchmark.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.EventClient;
import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.ProcessUsage;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Measures what storage costs: not a test, and only run by {@code ./lab bench}. It prints what it finds and fails only
 * if something does not work.
 */
class StorageBenchmark {

    private static final int CONNECTIONS = 64;
    private static final int MESSAGE_BYTES = 100;
    private static final int ROUNDS = 5;
    private static final int SECONDS = 10;

    /** The log that a small heap serves. */
    private static final long LARGE_LOG_GB = Integer.getInteger("bench.gb", 10);

    private static final int LARGE_LOG_MESSAGE_BYTES = 1_000;

    @Test
    void shouldMeasureDurableAppendsBesideThoseInMemory() throws Exception {
        try (LibertyCluster memory = LibertyCluster.start(
                        "bench-memory", 2, Map.of("REPLICATEDLOG_STORAGE", "memory", "JVM_ARGS", ""));
                LibertyCluster file = LibertyCluster.start("bench-file", 2, Map.of("JVM_ARGS", ""))) {
            for (LibertyCluster cluster : List.of(memory, file)) {
                append(cluster, 3 * SECONDS); // warm
            }
            double[] shares = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                Wrk.Result inMemory = append(memory, SECONDS);
                Wrk.Result inFiles = append(file, SECONDS);
                say(
                        "appends, majority, %d connections, %d B: memory %.0f/s (p50 %.1f, p99 %.1f ms), file %.0f/s (p50 %.1f,"
                                + " p99 %.1f ms), share %.2f",
                        CONNECTIONS,
                        MESSAGE_BYTES,
                        inMemory.requestsPerSecond(),
                        inMemory.p50Ms(),
                        inMemory.p99Ms(),
                        inFiles.requestsPerSecond(),
                        inFiles.p50Ms(),
                        inFiles.p99Ms(),
                        inFiles.requestsPerSecond() / inMemory.requestsPerSecond());
                shares[round] = inFiles.requestsPerSecond() / inMemory.requestsPerSecond();
            }
            say("share of the appends in memory, median of %d rounds: %.2f", ROUNDS, median(shares));
        }
    }

    @Test
    void shouldMeasureRestartAndReadsOfALogMuchLargerThanTheHeap() throws Exception {
        long entries = LARGE_LOG_GB * 1024 * 1024 * 1024 / LARGE_LOG_MESSAGE_BYTES;
        LibertyNode node = LibertyCluster.node("bench-large", "primary", Map.of("JVM_ARGS", "-Xmx256m"));
        Duration empty = start(node);
        node.kill();
        delete(node.data());
        PreparedLog.write(node, URI.create(node.url()), entries, LARGE_LOG_MESSAGE_BYTES);
        try {
            Duration full = start(node);
            say(
                    "start of a node: with an empty log %d ms, with %d GB %d ms",
                    empty.toMillis(), LARGE_LOG_GB, full.toMillis());
            readAtRandom(node, entries);
            streamEverything(node);
            assertThat(node.client().append("still alive", 1).status()).isEqualTo(200);
            node.kill();
            deleteIndexes(node.data());
            Duration rebuilt = start(node);
            say(
                    "start after a kill without any index: %d ms, so %d ms for each GB that is read through",
                    rebuilt.toMillis(), rebuilt.minus(full).toMillis() / LARGE_LOG_GB);
        } finally {
            if (node.isRunning()) {
                node.kill();
            }
            delete(node.data());
        }
    }

    /** What clients see that append with a majority meanwhile, and how fast the missed entries came that are caught up with. */
    @Test
    void shouldMeasureHowASecondaryCatchesUpWithAMillionEntries() throws Exception {
        long missed = 1_000_000;
        String bulk = LogClient.bulk("x".repeat(MESSAGE_BYTES), 500, "majority");
        try (LibertyCluster cluster = LibertyCluster.start("bench-catch-up", 2, Map.of("JVM_ARGS", ""))) {
            append(cluster, 6 * SECONDS); // warm
            appendMany(cluster, bulk, SECONDS);
            cluster.awaitAllCaughtUp();
            cluster.secondary(2).freeze();
            cluster.awaitHealth(cluster.secondary(2), "UNHEALTHY");
            double alone = append(cluster, SECONDS).requestsPerSecond();
            long before = end(cluster);
            long bulkBegan = System.nanoTime();
            while (end(cluster) - before < missed) {
                appendMany(cluster, bulk, 1);
            }
            double bulkRate = (end(cluster) - before) / secondsSince(bulkBegan);
            CompletableFuture<Wrk.Result> load = CompletableFuture.supplyAsync(() -> append(cluster, SECONDS));
            long held = acknowledged(cluster);
            cluster.secondary(2).thaw();
            awaitAcknowledged(cluster, held + 1);
            long began = System.nanoTime();
            held = acknowledged(cluster);
            long end = end(cluster);
            awaitAcknowledged(cluster, end);
            double seconds = secondsSince(began);
            double meanwhile = (end(cluster) - end) / seconds;
            assertThat(load).as("the load lasted as long").isNotDone();
            load.get(3L * SECONDS, TimeUnit.SECONDS);
            say(
                    "catching up with %d missed entries of %d B: %.0f entries/s; bulk appends came at %.0f/s; single appends"
                            + " %.0f/s meanwhile, %.0f/s before",
                    end - held, MESSAGE_BYTES, (end - held) / seconds, bulkRate, meanwhile, alone);
        }
    }

    /** A follower of a secondary, beside 64 clients and by itself. */
    @Test
    void shouldMeasureTailing() throws Exception {
        try (LibertyCluster cluster = LibertyCluster.start("bench-tail", 2, Map.of("JVM_ARGS", ""))) {
            LogClient primary = cluster.primary().client();
            try (EventClient events = new EventClient(cluster.secondary(1).url(), "?from=end")) {
                append(cluster, 3 * SECONDS); // warm
                awaitEvent(events, primary.end() - 1);
                long before = primary.end();
                long began = System.nanoTime();
                append(cluster, SECONDS);
                double appending = secondsSince(began);
                long end = primary.end();
                awaitEvent(events, end - 1);
                double following = secondsSince(began);
                long[] took = new long[1_001];
                for (int i = 0; i < took.length; i++) {
                    long sent = System.nanoTime();
                    CompletableFuture<LogClient.Answer> append = primary.appendAsync("x".repeat(MESSAGE_BYTES), 2);
                    events.next();
                    took[i] = System.nanoTime() - sent;
                    append.join();
                }
                Arrays.sort(took);
                say(
                        "tailing a secondary by server-sent events: %.0f events/s while appends came at %.0f/s; from the append"
                                + " to its event p50 %.1f ms, p99 %.1f ms",
                        (end - before) / following,
                        (end - before) / appending,
                        took[took.length / 2] / 1e6,
                        took[took.length * 99 / 100] / 1e6);
            }
        }
    }

    private static void awaitEvent(EventClient events, long offset) {
        while (Long.parseLong(events.next().id()) < offset) {
            // The next one, then.
        }
    }

    private static void appendMany(LibertyCluster cluster, String bulk, int seconds) {
        Wrk.post(cluster.primary().url() + "/api/v1/append", 8, seconds, bulk).withoutErrors();
    }

    private static long end(LibertyCluster cluster) {
        return cluster.primary().client().end();
    }

    private static Wrk.Result append(LibertyCluster cluster, int seconds) {
        return Wrk.append(cluster.primary().url(), CONNECTIONS, seconds, MESSAGE_BYTES, "majority");
    }

    private static Duration start(LibertyNode node) {
        long began = System.nanoTime();
        node.launch();
        awaitReadWrite(node);
        return Duration.ofNanos(System.nanoTime() - began);
    }

    private static void awaitReadWrite(LibertyNode node) {
        await(node.name() + " takes appends")
                .atMost(Duration.ofMinutes(5))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsInstanceOf(RuntimeException.class)
                .until(() -> node.client().mode().equals("READ_WRITE"));
    }

    private static void readAtRandom(LibertyNode node, long entries) {
        Random random = new Random(1);
        int reads = 2_000;
        long began = System.nanoTime();
        for (int i = 0; i < reads; i++) {
            long offset = random.nextLong(entries);
            assertThat(node.client().get("/api/v1/entries/" + offset).offset()).isEqualTo(offset);
        }
        say(
                "reads of single entries at random, one after the other: %.2f ms each; resident %d MB",
                (System.nanoTime() - began) / 1e6 / reads,
                ProcessUsage.of(node.pid()).residentMb());
    }

    private static void streamEverything(LibertyNode node) throws IOException {
        long began = System.nanoTime();
        long bytes = 0;
        byte[] buffer = new byte[1024 * 1024];
        try (InputStream in =
                URI.create(node.url() + "/api/v1/messages").toURL().openStream()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                bytes += read;
            }
        }
        double seconds = secondsSince(began);
        assertThat(bytes).isGreaterThan(LARGE_LOG_GB * 1024 * 1024 * 1024);
        say(
                "GET /api/v1/messages of %d GB on a heap of 256 MB: %.0f MB/s; resident %d MB, at most %d MB",
                LARGE_LOG_GB,
                bytes / 1e6 / seconds,
                ProcessUsage.of(node.pid()).residentMb(),
                ProcessUsage.of(node.pid()).peakMb());
    }

    private static double secondsSince(long began) {
        return (System.nanoTime() - began) / 1e9;
    }

    private static long acknowledged(LibertyCluster cluster) {
        return (Long) cluster.seenByPrimary(cluster.secondary(2)).get("acknowledged");
    }

    private static void awaitAcknowledged(LibertyCluster cluster, long entries) {
        await("so much is acknowledged")
                .atMost(Duration.ofMinutes(5))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> acknowledged(cluster) >= entries);
    }

    private static double median(double[] values) {
        return Arrays.stream(values).sorted().toArray()[values.length / 2];
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void deleteIndexes(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    files.filter(one -> one.toString().endsWith(".index")).toList()) {
                Files.delete(file);
            }
        }
    }
}
