package io.replicatedlog.simulation;

/**
 * Where what must hold at every step is stated. An assertion that fails in the middle of production code could end in a
 * future, or be taken for a failed call: it is thrown by a step of its own.
 */
final class Invariants {

    private final VirtualTime time;

    Invariants(VirtualTime time) {
        this.time = time;
    }

    void check(Runnable assertion) {
        try {
            assertion.run();
        } catch (AssertionError e) {
            time.after(0, () -> {
                throw e;
            });
        }
    }
}
