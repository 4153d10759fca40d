package io.replicatedlog.simulation;

import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/** What goes wrong in a simulation. */
enum Fault {
    REQUEST_LOST,
    REQUEST_REPEATED,
    ANSWER_LOST,
    DELAY,
    CUT,
    PROCESS_KILLED,
    MACHINE_STOPPED,
    STORAGE_LOST,
    STORAGE_ROLLED_BACK,
    NODE_PAUSED,
    FORCES_FAIL,
    FORCES_HANG,
    DISK_FULL,
    CLOCK_JUMP,
    SECOND_PRIMARY;

    /** How often each fault was injected. */
    static final class Counts {
        private final Map<Fault, Long> counts = new EnumMap<>(Fault.class);

        synchronized void add(Fault fault) {
            counts.merge(fault, 1L, Long::sum);
        }

        synchronized void add(Counts others) {
            others.counts.forEach((fault, count) -> counts.merge(fault, count, Long::sum));
        }

        synchronized long of(Fault fault) {
            return counts.getOrDefault(fault, 0L);
        }

        @Override
        public synchronized String toString() {
            return counts.entrySet().stream()
                    .map(count -> count.getKey() + " " + count.getValue())
                    .collect(Collectors.joining(", "));
        }
    }
}
