package io.replicatedlog.node;

import java.util.ArrayList;
import java.util.List;

/**
 * A clock and a scheduler that a test drives by hand: time passes, and what is due runs, only in {@link #advance}, on the
 * thread that calls it. Tasks may be scheduled, and the time may be read, by any thread: guarded by its own monitor.
 */
public final class ManualTime implements Clock, Scheduler {

    private final List<Task> tasks = new ArrayList<>();
    private long nowMs = 1_000_000;
    private long wallAheadMs;
    private long sequence;

    private record Task(long atMs, long sequence, Runnable action) {}

    @Override
    public synchronized long nanoTime() {
        return nowMs * 1_000_000;
    }

    @Override
    public synchronized long wallClockMs() {
        return nowMs + wallAheadMs;
    }

    /** Sets the wall clock, and leaves the one that never goes back as it is. */
    public synchronized void setWallClock(long ms) {
        wallAheadMs = ms - nowMs;
    }

    @Override
    public synchronized Runnable after(long delayMs, Runnable action) {
        Task task = new Task(nowMs + delayMs, sequence++, action);
        tasks.add(task);
        return () -> remove(task);
    }

    /** Lets so much time pass, and runs what becomes due, at its time and in its order. */
    public void advance(long ms) {
        long until = nowMs() + ms;
        for (Task due = next(until); due != null; due = next(until)) {
            due.action().run();
        }
        synchronized (this) {
            nowMs = until;
        }
    }

    /** How many tasks are scheduled. */
    public synchronized int scheduled() {
        return tasks.size();
    }

    private synchronized void remove(Task task) {
        tasks.remove(task);
    }

    private synchronized Task next(long until) {
        Task first = null;
        for (Task task : tasks) {
            boolean isEarlier = first == null
                    || task.atMs() < first.atMs()
                    || task.atMs() == first.atMs() && task.sequence() < first.sequence();
            first = isEarlier ? task : first;
        }
        if (first == null || first.atMs() > until) {
            return null;
        }
        tasks.remove(first);
        nowMs = Math.max(nowMs, first.atMs());
        return first;
    }
}
