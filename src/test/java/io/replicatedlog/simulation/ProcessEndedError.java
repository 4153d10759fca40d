package io.replicatedlog.simulation;

/** Unwinds a step whose process ended while it was suspended. */
final class ProcessEndedError extends Error {
    private static final long serialVersionUID = 1L;

    ProcessEndedError() {
        super("the process has ended", null, false, false);
    }
}
