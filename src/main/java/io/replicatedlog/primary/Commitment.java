package io.replicatedlog.primary;

import io.replicatedlog.reading.CommittedOffset;

/**
 * The commit rule: everything below the committed offset is held by a majority, and by every log that a later primary may
 * take over. So an entry of an earlier reign counts only once all nodes hold it, or one of this reign behind it is held by a
 * majority (Ongaro and Ousterhout, 2014, section 5.4.2).
 *
 * <p>Not thread-safe: guarded by the monitor of the {@link PrimaryLog} that owns it. The offset itself never falls.
 */
final class Commitment {

    private final Acknowledgements held;
    private final CommittedOffset committed;

    /** Entries from here on are of this reign; nothing is while there is none. */
    private long reignStart = Long.MAX_VALUE;

    Commitment(Acknowledgements held, CommittedOffset committed) {
        this.held = held;
        this.committed = committed;
    }

    /** A reign begins; entries from {@code start} on will be its own. */
    void begin(long start) {
        reignStart = start;
        advance();
    }

    /** The reign is over. */
    void end() {
        reignStart = Long.MAX_VALUE;
    }

    /** The log is another one. */
    void startOver() {
        committed.startOver();
    }

    /** Applies the rule; to be called whenever a node holds more. */
    void advance() {
        long byMajority = held.heldByMajority();
        committed.raise(byMajority > reignStart ? byMajority : held.heldByAll());
    }

    long offset() {
        return committed.get();
    }

    /**
     * Whether a later primary could still replace an entry although {@code w} nodes hold it.
     *
     * @param majority how many nodes are one
     */
    boolean mayBeReplaced(long offset, int w, int majority) {
        return offset < reignStart && offset >= committed.get() && w >= majority;
    }

    long reignStart() {
        return reignStart;
    }
}
