package io.replicatedlog.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Appends from many connections with {@code wrk}, which must be installed. */
final class Wrk {

    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
    private static final Pattern PERCENTILE = Pattern.compile("(50|99)%\\s+([0-9.]+)(us|ms|s)");

    private Wrk() {}

    /** What one run measured; latencies in milliseconds. */
    record Result(double requestsPerSecond, double p50Ms, double p99Ms) {}

    /** Appends messages of so many bytes, and fails if any append does. */
    static Result append(String url, int connections, int seconds, int messageBytes, Object w) {
        try {
            Path script = Files.createTempFile("append", ".lua");
            String body = LogClient.body("x".repeat(messageBytes), w);
            Files.writeString(
                    script,
                    "wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = '" + body
                            + "'\n");
            Process process = new ProcessBuilder(
                            "wrk",
                            "-t2",
                            "-c" + connections,
                            "-d" + seconds + "s",
                            "--latency",
                            "-s",
                            script.toString(),
                            url + "/api/v1/append")
                    .redirectErrorStream(true)
                    .start();
            String output =
                    new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            Files.delete(script);
            assertThat(process.waitFor()).as(output).isZero();
            assertThat(output).doesNotContain("Non-2xx").doesNotContain("Socket errors");
            return new Result(rate(output), percentile(output, "50"), percentile(output, "99"));
        } catch (IOException e) {
            throw new AssertionError("wrk is needed: install it (apt-get install wrk)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static double rate(String output) {
        Matcher rate = RATE.matcher(output);
        assertThat(rate.find()).as(output).isTrue();
        return Double.parseDouble(rate.group(1));
    }

    private static double percentile(String output, String wanted) {
        Matcher found = PERCENTILE.matcher(output);
        while (found.find()) {
            if (found.group(1).equals(wanted)) {
                double factor = switch (found.group(3)) {
                    case "us" -> 0.001;
                    case "ms" -> 1;
                    default -> 1_000;
                };
                return Double.parseDouble(found.group(2)) * factor;
            }
        }
        throw new AssertionError("no percentile in " + output);
    }
}
