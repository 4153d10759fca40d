package io.replicatedlog.system.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.system.fixture.LogClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends requests from many connections with {@code wrk}, which must be installed. */
final class Wrk {

    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
    private static final Pattern PERCENTILE = Pattern.compile("(50|99)%\\s+([0-9.]+)(us|ms|s|m)");
    private static final Pattern ERRORS = Pattern.compile(
            "Non-2xx or 3xx responses: (\\d+)|Socket errors: connect (\\d+), read (\\d+), write (\\d+)");

    private Wrk() {}

    /** What one run measured; latencies in milliseconds. */
    record Result(double requestsPerSecond, double p50Ms, double p99Ms, long errors) {

        /** The same, for whom a refusal makes it worthless. */
        Result withoutErrors() {
            assertThat(errors).as("errors").isZero();
            return this;
        }
    }

    /** Appends messages of so many bytes, and fails if any append does. */
    static Result append(String url, int connections, int seconds, int messageBytes, Object w) {
        return post(url + "/api/v1/append", connections, seconds, LogClient.body("x".repeat(messageBytes), w))
                .withoutErrors();
    }

    /** Posts the same JSON again and again. */
    static Result post(String url, int connections, int seconds, String json) {
        return post(url, connections, seconds, "application/json", json);
    }

    static Result post(String url, int connections, int seconds, String mediaType, String body) {
        return run(
                url,
                connections,
                seconds,
                "wrk.method = 'POST'\nwrk.headers['Content-Type'] = '" + mediaType + "'\nwrk.body = [[\n" + body
                        + "]]\n");
    }

    /** Gets the same again and again. */
    static Result get(String url, int connections, int seconds) {
        return run(url, connections, seconds, "wrk.method = 'GET'\n");
    }

    private static Result run(String url, int connections, int seconds, String lua) {
        try {
            Path script = Files.createTempFile("requests", ".lua");
            Files.writeString(script, lua);
            Process process = new ProcessBuilder(
                            "wrk",
                            "-t" + Math.min(2, connections),
                            "-c" + connections,
                            "-d" + seconds + "s",
                            "--timeout",
                            "30s",
                            "--latency",
                            "-s",
                            script.toString(),
                            url)
                    .redirectErrorStream(true)
                    .start();
            String output =
                    new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            Files.delete(script);
            assertThat(process.waitFor()).as(output).isZero();
            return new Result(rate(output), percentile(output, "50"), percentile(output, "99"), errors(output));
        } catch (IOException e) {
            throw new AssertionError("wrk is needed: install it (apt-get install wrk)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static long errors(String output) {
        long errors = 0;
        for (Matcher found = ERRORS.matcher(output); found.find(); ) {
            for (int group = 1; group <= found.groupCount(); group++) {
                errors += found.group(group) == null ? 0 : Long.parseLong(found.group(group));
            }
        }
        return errors;
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
                    case "s" -> 1_000;
                    default -> 60_000;
                };
                return Double.parseDouble(found.group(2)) * factor;
            }
        }
        throw new AssertionError("no percentile in " + output);
    }
}
