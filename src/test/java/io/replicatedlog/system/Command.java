package io.replicatedlog.system;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Programs of the system. */
final class Command {

    private static final int LIMIT_SECONDS = 20;

    private Command() {}

    /** Whether the program is there and ends well, and in time. */
    static boolean succeeds(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                return process.exitValue() == 0;
            }
            process.destroyForcibly();
            return false;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** @throws AssertionError if it does not end well */
    static void run(String... command) {
        if (!succeeds(command)) {
            throw new AssertionError("failed: " + String.join(" ", command));
        }
    }

    /**
     * Starts a program that goes on, and waits for its first line.
     *
     * @throws AssertionError if that line is another one
     */
    static Process start(String expected, String... command) {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new AssertionError(String.join(" ", command), e);
        }
        try {
            String line =
                    CompletableFuture.supplyAsync(() -> firstLine(process)).get(LIMIT_SECONDS, TimeUnit.SECONDS);
            if (line.contains(expected)) {
                return process;
            }
            process.destroy();
            throw new AssertionError(String.join(" ", command) + " wrote: " + line);
        } catch (ExecutionException | TimeoutException e) {
            process.destroy();
            throw new AssertionError(String.join(" ", command), e);
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** As an operator ends it: SIGTERM. */
    static void stop(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("process " + process.pid() + " did not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static String firstLine(Process process) {
        try {
            return String.valueOf(process.inputReader().readLine());
        } catch (IOException e) {
            return e.toString();
        }
    }
}
