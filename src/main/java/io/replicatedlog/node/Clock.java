package io.replicatedlog.node;

/** The time of a node, passed in wherever it decides something. Thread-safe. */
public interface Clock {

    /** That of the machine. */
    Clock SYSTEM = new Clock() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public long wallClockMs() {
            return System.currentTimeMillis();
        }
    };

    /** Nanoseconds on a clock that never goes back; only differences mean something. */
    long nanoTime();

    /** Milliseconds since 1970-01-01T00:00Z as the machine knows them: may be wrong, and jump. */
    long wallClockMs();

    /** Milliseconds on the clock of {@link #nanoTime}: that of lanes, deadlines and heartbeats. */
    default long nowMs() {
        return nanoTime() / 1_000_000;
    }
}
