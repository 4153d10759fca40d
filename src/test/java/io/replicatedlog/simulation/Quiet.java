package io.replicatedlog.simulation;

import java.util.logging.Level;
import java.util.logging.Logger;

/** While one of these is open nothing is logged: putting lines together would take most of a simulation's time. */
final class Quiet implements AutoCloseable {

    /** Held here: loggers are collected otherwise. */
    private static final Logger ALL = Logger.getLogger("io.replicatedlog");

    private static int open;

    Quiet() {
        synchronized (Quiet.class) {
            open++;
            ALL.setLevel(Level.OFF);
        }
    }

    @Override
    public void close() {
        synchronized (Quiet.class) {
            open--;
            if (open == 0) {
                ALL.setLevel(null);
            }
        }
    }
}
