package io.replicatedlog.simulation;

import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Keeps the product's log quiet: putting lines together would take most of a simulation's time. */
final class Quiet {

    /** Held here: loggers are collected otherwise. */
    private static final Logger ALL = Logger.getLogger("io.replicatedlog");

    /** How many runs are under way; guarded by the class. */
    private static int running;

    private Quiet() {}

    static <T> T run(Supplier<T> run) {
        begin();
        try {
            return run.get();
        } finally {
            end();
        }
    }

    private static synchronized void begin() {
        running++;
        ALL.setLevel(Level.OFF);
    }

    private static synchronized void end() {
        running--;
        if (running == 0) {
            ALL.setLevel(null);
        }
    }
}
