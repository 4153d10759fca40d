package io.replicatedlog.system.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** How much the threads of another Java process allocate, as its flight recorder counts it. */
final class Allocations implements AutoCloseable {

    private static final String EVENT = "jdk.ThreadAllocationStatistics";

    private final String pid;
    private final Path recording;

    /** Begins to count. */
    Allocations(long pid) {
        this.pid = Long.toString(pid);
        try {
            recording = Files.createTempFile("allocations", ".jfr");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        jcmd(
                "JFR.start",
                "name=allocations",
                "settings=none",
                "+" + EVENT + "#enabled=true",
                "+" + EVENT + "#period=everyChunk");
    }

    /** Stops to count; in bytes. Threads that began and ended meanwhile are not counted. */
    long stop() {
        jcmd("JFR.stop", "name=allocations", "filename=" + recording);
        Map<Long, long[]> ofThreads = new HashMap<>();
        try {
            for (RecordedEvent event : RecordingFile.readAllEvents(recording)) {
                if (event.getEventType().getName().equals(EVENT) && event.getThread("thread") != null) {
                    long allocated = event.getLong("allocated");
                    long[] bounds = ofThreads.computeIfAbsent(
                            event.getThread("thread").getId(), thread -> new long[] {allocated, allocated});
                    bounds[0] = Math.min(bounds[0], allocated);
                    bounds[1] = Math.max(bounds[1], allocated);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ofThreads.values().stream()
                .mapToLong(bounds -> bounds[1] - bounds[0])
                .sum();
    }

    @Override
    public void close() throws IOException {
        Files.delete(recording);
    }

    private void jcmd(String... arguments) {
        try {
            List<String> command = Stream.concat(
                            Stream.of(
                                    Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                            .toString(),
                                    pid),
                            Stream.of(arguments))
                    .toList();
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
