package io.replicatedlog;

import java.util.Random;

/**
 * Runs a randomised test once for each of many seeds. A failure names its seed; {@code mvn test -Dseed=42} runs only that
 * one again, and {@code -Dseeds=100000} runs as many as you like.
 */
public final class Seeds {

    private Seeds() {}

    /** One run; all its randomness comes from {@code random}. */
    @FunctionalInterface
    public interface Run {
        void with(Random random) throws Exception;
    }

    /** Runs with the seeds from 0 to {@code count - 1}, unless the system properties say otherwise. */
    public static void each(int count, Run run) {
        String only = System.getProperty("seed", "");
        if (!only.isEmpty()) {
            one(Long.parseLong(only), run);
            return;
        }
        for (long seed = 0; seed < Integer.getInteger("seeds", count); seed++) {
            one(seed, run);
        }
    }

    private static void one(long seed, Run run) {
        try {
            run.with(new Random(seed));
        } catch (Exception | AssertionError e) {
            throw new AssertionError("With seed " + seed + ": " + e.getMessage(), e);
        }
    }
}
