package io.replicatedlog.node;

import static java.util.stream.Collectors.joining;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Why a node is not as it should be: one reason at most for each cause. Thread-safe: guarded by its own monitor. */
final class Reasons<C extends Enum<C>> {

    private final Map<C, String> reasons;

    /** All of them, or {@code null}; read without the monitor. */
    private volatile String text;

    Reasons(Class<C> causes) {
        this.reasons = new EnumMap<>(causes);
    }

    /** All reasons, in the order of their causes; empty if there is none. */
    Optional<String> text() {
        return Optional.ofNullable(text);
    }

    synchronized Optional<String> of(C cause) {
        return Optional.ofNullable(reasons.get(cause));
    }

    /** @return whether this cause gave no reason before */
    synchronized boolean put(C cause, String why) {
        boolean isNew = reasons.put(cause, why) == null;
        update();
        return isNew;
    }

    /** @return whether this cause gave a reason before */
    synchronized boolean remove(C cause) {
        boolean was = reasons.remove(cause) != null;
        update();
        return was;
    }

    private void update() {
        text = reasons.isEmpty() ? null : reasons.values().stream().collect(joining("; "));
    }
}
