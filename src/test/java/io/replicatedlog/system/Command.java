package io.replicatedlog.system;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Programs of the system, and what tests have opened. */
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

    /**
     * Closes each, whatever becomes of the others.
     *
     * @throws AssertionError if one of them cannot be closed; the reasons are with it, suppressed
     */
    static void closeAll(List<? extends AutoCloseable> all) {
        AssertionError failed = null;
        for (AutoCloseable one : all) {
            try {
                one.close();
            } catch (Exception | AssertionError e) {
                failed = failed == null ? new AssertionError("not everything was closed") : failed;
                failed.addSuppressed(e);
            }
        }
        if (failed != null) {
            throw failed;
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
