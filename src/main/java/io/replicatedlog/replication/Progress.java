package io.replicatedlog.replication;

import java.util.OptionalLong;

/**
 * How long something will take yet that is counted in entries: how many are missing, and how fast they become fewer. What
 * is missing may grow as well, where more is appended meanwhile.
 *
 * <p>Thread-safe: guarded by its own monitor. Times are milliseconds on one clock that never goes back.
 */
public final class Progress {

    private static final long WINDOW_MS = 10_000;

    private final long worthwhile;

    /** When the window began; meaningless while {@link #missingThen} is negative. */
    private long sinceMs;

    /** How many were missing then; negative while too few are for this to be of interest. */
    private long missingThen = -1;

    private long missing;

    /** By how much they became fewer in the last window; 0 before the first one is over. */
    private double perSecond;

    /** @param worthwhile while no more entries are missing, nothing is said */
    public Progress(long worthwhile) {
        this.worthwhile = worthwhile;
    }

    /**
     * So many entries are missing now.
     *
     * @return whether it is time to tell the log file: once in ten seconds
     */
    public synchronized boolean update(long nowMs, long missingNow) {
        missing = missingNow;
        if (missingNow <= worthwhile) {
            missingThen = -1;
            perSecond = 0;
            return false;
        }
        if (missingThen < 0) {
            sinceMs = nowMs;
            missingThen = missingNow;
            return false;
        }
        if (nowMs - sinceMs < WINDOW_MS) {
            return false;
        }
        perSecond = (missingThen - missingNow) * 1_000.0 / (nowMs - sinceMs);
        sinceMs = nowMs;
        missingThen = missingNow;
        return true;
    }

    /** How long it will take yet; empty if that is not known, or it does not come nearer. */
    public synchronized OptionalLong remainingSeconds() {
        return perSecond > 0 ? OptionalLong.of((long) Math.ceil(missing / perSecond)) : OptionalLong.empty();
    }

    /** For people. */
    public synchronized String describe() {
        OptionalLong remaining = remainingSeconds();
        return missing + " entries are missing, "
                + (remaining.isPresent()
                        ? Math.round(perSecond) + " fewer each second: some " + remaining.getAsLong() + " s left"
                        : "and they do not become fewer");
    }
}
