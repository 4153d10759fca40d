package io.replicatedlog.membership;

/**
 * The health of one secondary: SUSPECTED until it first answers, HEALTHY with every answer, SUSPECTED with the first
 * missed heartbeat, UNHEALTHY with the third in a row.
 *
 * <p>Thread-safe: guarded by its own monitor. Both methods answer what the health was before and after.
 */
public final class MemberHealth {

    static final int MISSES_UNTIL_UNHEALTHY = 3;

    /** Heartbeats missed in a row; it stops counting at the limit. */
    private int misses;

    private Health health = Health.SUSPECTED;

    public record Change(Health before, Health after, int misses) {
        public boolean changed() {
            return before != after;
        }
    }

    public synchronized Health health() {
        return health;
    }

    /** It answered a heartbeat, or gave any other sign of life. */
    public synchronized Change answered() {
        misses = 0;
        return change(Health.HEALTHY);
    }

    /** A heartbeat was not answered in time, or answered with anything but "up". */
    public synchronized Change missed() {
        misses = Math.min(misses + 1, MISSES_UNTIL_UNHEALTHY);
        return change(misses == MISSES_UNTIL_UNHEALTHY ? Health.UNHEALTHY : Health.SUSPECTED);
    }

    private Change change(Health next) {
        Change change = new Change(health, next, misses);
        health = next;
        return change;
    }
}
