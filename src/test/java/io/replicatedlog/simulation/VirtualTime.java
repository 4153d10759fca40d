package io.replicatedlog.simulation;

import java.util.Comparator;
import java.util.PriorityQueue;

/** What happens when. Not thread-safe: a simulation has one thread. */
final class VirtualTime {

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atMs).thenComparingLong(Event::sequence));
    private long nowMs;
    private long sequence;
    private long steps;

    private record Event(long atMs, long sequence, Runnable action) {}

    void after(long delayMs, Runnable action) {
        events.add(new Event(nowMs + delayMs, sequence++, action));
    }

    void run(long untilMs) {
        while (!events.isEmpty() && events.peek().atMs() <= untilMs) {
            Event event = events.poll();
            nowMs = event.atMs();
            steps++;
            event.action().run();
        }
        nowMs = untilMs;
    }

    long nowMs() {
        return nowMs;
    }

    /** How much has happened. */
    long steps() {
        return steps;
    }
}
