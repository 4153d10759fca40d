package io.replicatedlog.node;

/**
 * Does something as soon as the process is told to end. The server first waits for requests that are under way, and only
 * then for this application: those who make requests wait must be answered by this. Thread-safe.
 */
public final class ExitHook {

    private final Thread thread;

    /** @param action not logged: the JDK closes the log at the same moment */
    public ExitHook(String name, Runnable action) {
        thread = new Thread(action, name);
        Runtime.getRuntime().addShutdownHook(thread);
    }

    /** The application ends before the process does. */
    public void remove() {
        try {
            Runtime.getRuntime().removeShutdownHook(thread);
        } catch (IllegalStateException e) {
            // The process is ending; the hook has run.
        }
    }
}
