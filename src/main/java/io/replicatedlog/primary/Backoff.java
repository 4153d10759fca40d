package io.replicatedlog.primary;

import java.util.random.RandomGenerator;

/**
 * How long to wait after failures in a row: a random time between nothing and a bound that doubles with each failure up
 * to a cap ("full jitter": many callers that fail together do not come back together). See M. Brooker, "Exponential
 * Backoff and Jitter", AWS Architecture Blog, 2015.
 *
 * @param baseMs the bound after the first failure, in milliseconds; at least 1
 * @param capMs the largest bound, in milliseconds; at least {@code baseMs}
 */
public record Backoff(int baseMs, int capMs) {

    public Backoff {
        if (baseMs < 1 || capMs < baseMs) {
            throw new IllegalArgumentException("A backoff from " + baseMs + " to " + capMs + " ms");
        }
    }

    /**
     * The delay after this many failures in a row, from 0 to {@link #boundMs}, both included.
     *
     * @param failures at least 1
     */
    public long delayMs(int failures, RandomGenerator random) {
        return random.nextLong(boundMs(failures) + 1);
    }

    /** The largest delay after this many failures in a row. */
    public long boundMs(int failures) {
        // 30 doublings of a millisecond are twelve days, beyond every cap; more would overflow.
        return Math.min(capMs, (long) baseMs << Math.min(failures - 1, 30));
    }
}
