package io.replicatedlog.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process needs, as Linux counts it.
 *
 * @param residentMb memory now
 * @param peakMb the most that it ever was
 * @param cpu since its start
 */
record ProcessUsage(long residentMb, long peakMb, long threads, long files, Duration cpu) {

    static ProcessUsage of(long pid) {
        Path process = Path.of("/proc", Long.toString(pid));
        try (Stream<Path> files = Files.list(process.resolve("fd"))) {
            List<String> status = Files.readAllLines(process.resolve("status"));
            return new ProcessUsage(
                    number(status, "VmRSS:") / 1024,
                    number(status, "VmHWM:") / 1024,
                    number(status, "Threads:"),
                    files.count(),
                    ProcessHandle.of(pid)
                            .orElseThrow()
                            .info()
                            .totalCpuDuration()
                            .orElseThrow());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of each node, the primary first; all of them have to run. */
    static List<ProcessUsage> of(LibertyCluster cluster) {
        return cluster.nodes().stream().map(node -> of(node.pid())).toList();
    }

    private static long number(List<String> status, String name) {
        return status.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow();
    }
}
