package io.replicatedlog.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/**
 * Threads for what is left to do while the process ends, when the server has taken its own away. Two daemon threads: a call
 * that hangs keeps neither the next step nor the end of the process. Thread-safe.
 */
public final class ExitThreads implements Executor, Scheduler, AutoCloseable {

    private final ScheduledExecutorService threads = new ScheduledThreadPoolExecutor(2, ExitThreads::thread);

    @Override
    public void execute(Runnable task) {
        threads.execute(task);
    }

    @Override
    public Runnable after(long delayMs, Runnable task) {
        Future<?> scheduled = threads.schedule(task, delayMs, MILLISECONDS);
        return () -> scheduled.cancel(false);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "exit");
        thread.setDaemon(true);
        thread.setContextClassLoader(ExitThreads.class.getClassLoader());
        return thread;
    }
}
