package io.replicatedlog.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One Liberty process of the runtime that the build has put under {@code target/liberty}, with its files in a folder of
 * its own. Not thread-safe: driven by the test's own thread.
 */
final class LibertyNode implements AutoCloseable {

    private static final Path RUNTIME = Path.of("target", "liberty", "wlp").toAbsolutePath();
    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

    private final String name;
    private final int port;
    private final Path directory;
    /** Nodes of tests live for seconds: less of a compiler starts three of them in 10 s instead of 16. */
    static final String STARTS_FAST = "-XX:TieredStopAtLevel=1";

    private final Map<String, String> environment;
    private final Place place;
    private Process process;
    private boolean hasBeenEnded;

    /**
     * Where a node runs.
     *
     * @param host its address
     * @param launcher what starts its process, and becomes it
     */
    record Place(String host, List<String> launcher, Map<String, String> environment) {
        static final Place LOOPBACK = new Place("127.0.0.1", List.of(), Map.of());
    }

    /** @param environment beside {@code HTTP_PORT} and where its files go */
    LibertyNode(String name, int port, Path directory, Map<String, String> environment, Place place) {
        this.place = place;
        this.name = name;
        this.port = port;
        this.directory = directory;
        this.environment = Map.copyOf(environment);
        // For a run that is broken off.
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    }

    String name() {
        return name;
    }

    /** Where it keeps its log, if nothing else is configured. */
    Path data() {
        return directory.resolve("replicated-log").resolve("data");
    }

    /** The last segment of its log. */
    Path lastSegment() {
        try (Stream<Path> files = Files.list(data())) {
            return files.filter(file -> file.getFileName().toString().matches("[0-9]+\\.log"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its files are moved away, as an operator would. */
    void moveDataAway() {
        try {
            Files.move(data(), data().resolveSibling("data-moved-" + System.nanoTime()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    String url() {
        return "http://" + place.host() + ":" + port;
    }

    /** Asks this node as a client would. */
    LogClient client() {
        return new LogClient(url());
    }

    /** Starts the process, and does not wait for it. */
    LibertyNode launch() {
        try {
            Files.createDirectories(directory);
            List<String> command = new ArrayList<>(place.launcher());
            command.addAll(List.of(RUNTIME.resolve("bin/server").toString(), "run", "replicated-log"));
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(console().toFile()));
            builder.environment()
                    .putAll(Map.of(
                            "HTTP_HOST", place.host(),
                            "HTTP_PORT", Integer.toString(port),
                            "REPLICATEDLOG_ADVERTISED_URL", url(),
                            "WLP_OUTPUT_DIR", directory.toString(),
                            "UPDATE_TRIGGER", "disabled",
                            "LOG_DIR", directory.resolve("logs").toString()));
            builder.environment().put("JVM_ARGS", STARTS_FAST);
            builder.environment().putAll(environment);
            builder.environment().putAll(place.environment());
            process = builder.start();
            hasBeenEnded = false;
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the node answers as ready. */
    LibertyNode awaitReady() {
        await(name + " is ready")
                .atMost(START_LIMIT)
                .pollInterval(Duration.ofMillis(200))
                .failFast(() -> assertThat(process.isAlive())
                        .as(() -> name + " runs; it wrote:\n" + log())
                        .isTrue())
                .until(() -> client().isReady());
        return this;
    }

    /** As a crash: SIGKILL. */
    void kill() {
        hasBeenEnded = true;
        process.destroyForcibly();
        awaitEnd(Duration.ofSeconds(10));
    }

    /** As an operator stops it: SIGTERM. */
    void stop() {
        hasBeenEnded = true;
        process.destroy();
        awaitEnd(STOP_LIMIT);
    }

    /** SIGSTOP: it holds its connections and answers nothing. */
    void freeze() {
        signal("STOP");
    }

    /** SIGCONT. */
    void thaw() {
        signal("CONT");
    }

    boolean isRunning() {
        return process != null && process.isAlive();
    }

    void assertNotEndedByItself() {
        assertThat(isRunning() || process == null || hasBeenEnded)
                .as(() -> name + " goes on until it is ended; it wrote:\n" + log())
                .isTrue();
    }

    @Override
    public void close() {
        if (isRunning()) {
            kill();
        }
    }

    /** The exit status of a process that ends by itself. */
    int awaitExit() {
        hasBeenEnded = true;
        awaitEnd(START_LIMIT);
        return process.exitValue();
    }

    /** Everything that it has written to its console so far. */
    String log() {
        try {
            return Files.readString(console());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path console() {
        return directory.resolve("console.log");
    }

    private void awaitEnd(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(name + " did not end within " + limit + ":\n" + log());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private void signal(String signal) {
        Command.run("kill", "-" + signal, Long.toString(process.pid()));
    }
}
