package io.replicatedlog.primary;

import io.replicatedlog.reading.CommittedOffset;

/**
 * The commit rule: everything below the committed offset is held by a majority, and by every log that a later primary may take
 * over. What a majority holds of an established reign is both: each of them has matched its log up to where the reign began,
 * and whoever leads later has the log of one of them, which goes further than any that has not (see {@code docs/leadership.md}).
 * So an established reign commits what it began with at once, and needs no entry of its own for that.
 *
 * <p>Not thread-safe: guarded by the monitor of the {@link PrimaryLog} that owns it. The offset itself never falls.
 */
final class Commitment {

    private final Acknowledgements held;
    private final CommittedOffset committed;

    /** Where the reign that is established began; nothing is committed while there is none. */
    private long start = Long.MAX_VALUE;

    Commitment(Acknowledgements held, CommittedOffset committed) {
        this.held = held;
        this.committed = committed;
    }

    /** A reign that began here is established. */
    void established(long at) {
        start = at;
        committed.raise(start);
        advance();
    }

    /** The reign is over. */
    void end() {
        start = Long.MAX_VALUE;
    }

    /** The log is another one. */
    void startOver() {
        committed.startOver();
    }

    /** Applies the rule; to be called whenever a node holds more. */
    void advance() {
        long byMajority = held.heldByMajority();
        if (byMajority > start) {
            committed.raise(byMajority);
        }
    }

    long offset() {
        return committed.get();
    }
}
