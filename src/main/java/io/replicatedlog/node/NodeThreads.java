package io.replicatedlog.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.logging.Level.FINE;
import static java.util.logging.Level.SEVERE;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.logging.Logger;

/**
 * The server's threads. A node that stops begins no more tasks; nobody needs to handle that. A task that throws is logged,
 * and a repeated task is run again at its next time.
 */
@ApplicationScoped
public class NodeThreads implements Executor, Scheduler {

    private static final Logger LOG = Logger.getLogger(NodeThreads.class.getName());

    @Resource
    private ManagedExecutorService executor;

    @Resource(lookup = "concurrent/scheduler")
    private ManagedScheduledExecutorService scheduler;

    @Override
    public void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.log(FINE, "The node stops; a task is not begun", e);
        }
    }

    @Override
    public Runnable after(long delayMs, Runnable task) {
        try {
            Future<?> scheduled = scheduler.schedule(() -> run(task), delayMs, MILLISECONDS);
            return () -> scheduled.cancel(false);
        } catch (RejectedExecutionException e) {
            LOG.log(FINE, "The node stops; a task is not scheduled", e);
            return () -> {};
        }
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.log(SEVERE, "A scheduled task failed", e);
        }
    }
}
