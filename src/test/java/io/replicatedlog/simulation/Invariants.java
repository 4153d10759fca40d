package io.replicatedlog.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.protocol.Reign;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Where what must hold at every step is stated. An assertion that fails in the middle of production code could end in a
 * future, or be taken for a failed call: it is thrown by a step of its own.
 */
final class Invariants {

    private final VirtualTime time;
    private final Map<Reign, String> primaries = new HashMap<>();

    /** A client was told that a majority holds everything below it, or a linearizable read has shown it. */
    private long known;

    /** Which log that is, where one takes the place of another. */
    private int log;

    Invariants(VirtualTime time) {
        this.time = time;
    }

    /** An epoch belongs to one process. */
    void reigns(Reign reign, Machine primary) {
        String process = primary + ", start " + primary.incarnation();
        check(() -> assertThat(primaries.putIfAbsent(reign, process))
                .as("who else reigns in %s", reign)
                .isIn(null, process));
    }

    /** A client is told that a majority holds everything below this. */
    void acknowledged(long end) {
        known = Math.max(known, end);
    }

    /**
     * A linearizable read comes in.
     *
     * @return told where what it shows ends
     */
    LongConsumer reads(Machine node) {
        long least = known;
        int readLog = log;
        return end -> {
            if (log == readLog) {
                check(() -> assertThat(end)
                        .as("a linearizable read of %s shows what was known when it came in", node)
                        .isGreaterThanOrEqualTo(least));
                known = Math.max(known, end);
            }
        };
    }

    /** A new log takes the place of the old one. */
    void startOver() {
        log++;
        known = 0;
    }

    void check(Runnable assertion) {
        try {
            assertion.run();
        } catch (AssertionError e) {
            time.after(0, () -> {
                throw e;
            });
        }
    }
}
