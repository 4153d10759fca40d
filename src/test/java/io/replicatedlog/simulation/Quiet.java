package io.replicatedlog.simulation;

import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.Logger;

/** Keeps the lines of simulations off the console. Tests that listen to log lines ignore them by the thread's name, too. */
final class Quiet {

    /** What the names of threads begin with while they simulate. */
    private static final String NAME = "simulation of ";

    static {
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            handler.setFilter(line -> !Thread.currentThread().getName().startsWith(NAME));
        }
    }

    private Quiet() {}

    static <T> T run(Supplier<T> run) {
        Thread thread = Thread.currentThread();
        String name = thread.getName();
        thread.setName(NAME + name);
        try {
            return run.get();
        } finally {
            thread.setName(name);
        }
    }
}
