package io.replicatedlog.node;

import java.util.OptionalLong;

/**
 * How long something will take yet that can be counted: how much is left, and how fast it becomes less. It may become more
 * as well, where entries are appended meanwhile.
 *
 * <p>Thread-safe: guarded by its own monitor. Times are milliseconds on one clock that never goes back.
 */
public final class Progress {

    private static final long WINDOW_MS = 10_000;

    private final String what;
    private final long worthwhile;

    /** When the window began; meaningless while {@link #leftThen} is negative. */
    private long sinceMs;

    /** How much was left then; negative while it is too little to be of interest. */
    private long leftThen = -1;

    private long left;

    /** By how much it became less in the last window; 0 before the first one is over. */
    private double perSecond;

    /**
     * @param what is counted, in the plural
     * @param worthwhile while no more is left, nothing is said
     */
    public Progress(String what, long worthwhile) {
        this.what = what;
        this.worthwhile = worthwhile;
    }

    /**
     * So much is left now.
     *
     * @return whether it is time to tell the log file: once in ten seconds
     */
    public synchronized boolean update(long nowMs, long leftNow) {
        left = leftNow;
        if (leftNow <= worthwhile) {
            leftThen = -1;
            perSecond = 0;
            return false;
        }
        if (leftThen < 0) {
            sinceMs = nowMs;
            leftThen = leftNow;
            return false;
        }
        if (nowMs - sinceMs < WINDOW_MS) {
            return false;
        }
        perSecond = (leftThen - leftNow) * 1_000.0 / (nowMs - sinceMs);
        sinceMs = nowMs;
        leftThen = leftNow;
        return true;
    }

    /** How long it will take yet; empty if that is not known, or it does not come nearer. */
    public synchronized OptionalLong remainingSeconds() {
        return perSecond > 0 ? OptionalLong.of((long) Math.ceil(left / perSecond)) : OptionalLong.empty();
    }

    /** For people. */
    public synchronized String describe() {
        OptionalLong remaining = remainingSeconds();
        return left + " " + what + " are left, "
                + (remaining.isPresent()
                        ? "some " + remaining.getAsLong() + " s more"
                        : "and they do not become fewer");
    }
}
