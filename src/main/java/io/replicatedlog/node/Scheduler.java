package io.replicatedlog.node;

/** Runs tasks later. Thread-safe. */
public interface Scheduler {

    /**
     * Runs a task once, on a thread of its own choice; not at all if the node stops before.
     *
     * @param delayMs in milliseconds, from 0
     * @return cancels the task if it has not begun; does nothing otherwise
     */
    Runnable after(long delayMs, Runnable task);

    /** Runs a task again and again, each time {@code periodMs} after its end, even where it failed; stops with the node. */
    default void every(long periodMs, Runnable task) {
        after(periodMs, () -> {
            try {
                task.run();
            } finally {
                every(periodMs, task);
            }
        });
    }
}
