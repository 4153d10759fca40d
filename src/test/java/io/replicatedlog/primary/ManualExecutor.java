package io.replicatedlog.primary;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;

/** Runs tasks when the test says so, on its thread. */
final class ManualExecutor implements Executor {

    private final Queue<Runnable> tasks = new ArrayDeque<>();

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    /** How many wait to be run. */
    int size() {
        return tasks.size();
    }

    /** Runs what there is, and what comes of it. */
    void run() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }
}
