package io.replicatedlog.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.protocol.Reign;
import java.util.HashMap;
import java.util.Map;

/**
 * Where what must hold at every step is stated. An assertion that fails in the middle of production code could end in a
 * future, or be taken for a failed call: it is thrown by a step of its own.
 */
final class Invariants {

    private final VirtualTime time;
    private final Map<Reign, String> primaries = new HashMap<>();

    Invariants(VirtualTime time) {
        this.time = time;
    }

    /** An epoch belongs to one process. */
    void reigns(Reign reign, Machine primary) {
        String process = primary + ", start " + primary.incarnation();
        check(() -> assertThat(primaries.putIfAbsent(reign, process))
                .as("who else reigns in %s", reign)
                .isIn(null, process));
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
