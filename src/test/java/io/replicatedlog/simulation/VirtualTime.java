package io.replicatedlog.simulation;

import java.util.Comparator;
import java.util.PriorityQueue;

/** What happens when. Not thread-safe: a simulation has one thread. */
final class VirtualTime {

    /** How many steps may be suspended in the middle, each to let the world go on. */
    private static final int MAX_DEPTH = 4;

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atMs).thenComparingLong(Event::sequence));
    private long nowMs;
    private long sequence;
    private long steps;
    private int depth;
    private Runnable afterEach = () -> {};

    private record Event(long atMs, long sequence, Runnable action) {}

    /** Runs this after each step from now on; it must not throw, as a step may be in the middle of another. */
    void afterEachStep(Runnable action) {
        afterEach = action;
    }

    void after(long delayMs, Runnable action) {
        events.add(new Event(nowMs + delayMs, sequence++, action));
    }

    void run(long untilMs) {
        while (!events.isEmpty() && events.peek().atMs() <= untilMs) {
            step();
        }
        nowMs = Math.max(nowMs, untilMs);
    }

    /** Lets the world go on for a while in the middle of a step, as a thread does that waits and holds no lock. */
    void goOn(long forMs) {
        if (depth < MAX_DEPTH) {
            depth++;
            try {
                run(nowMs + forMs);
            } finally {
                depth--;
            }
        }
    }

    private void step() {
        Event event = events.poll();
        nowMs = Math.max(nowMs, event.atMs());
        steps++;
        event.action().run();
        afterEach.run();
    }

    long nowMs() {
        return nowMs;
    }

    /** How much has happened. */
    long steps() {
        return steps;
    }
}
