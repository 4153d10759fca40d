package io.replicatedlog.leadership;

import io.replicatedlog.protocol.Member;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Who has led, as far as this node knows since its process began. Thread-safe: guarded by its own monitor. Remembers the last
 * {@value #MAX_CHANGES} changes.
 */
public final class Succession {

    private static final int MAX_CHANGES = 20;

    /** The newest first. */
    private final Deque<Change> changes = new ArrayDeque<>();

    private OptionalLong lastGapMs = OptionalLong.empty();

    /**
     * Another node led than before, or none.
     *
     * @param atMs in milliseconds since 1970-01-01T00:00Z, by this node's clock
     * @param epoch of the reign that began; if none did, the highest that this node knew
     * @param primary empty if nobody was known to lead from then on
     */
    public record Change(long atMs, long epoch, Optional<Member> primary) {}

    /** @return whether this changes who leads */
    synchronized boolean add(Change change) {
        Change last = changes.peekFirst();
        boolean isSame = last == null
                ? change.primary().isEmpty()
                : last.primary().equals(change.primary())
                        && (change.primary().isEmpty() || last.epoch() == change.epoch());
        if (!isSame) {
            changes.addFirst(change);
            if (changes.size() > MAX_CHANGES) {
                changes.removeLast();
            }
        }
        return !isSame;
    }

    /** How long the log had been without a primary when this node began to lead; empty if it knew of none before. */
    synchronized void ledAfter(OptionalLong gapMs) {
        lastGapMs = gapMs.isPresent() ? gapMs : lastGapMs;
    }

    /** The newest first. */
    public synchronized List<Change> changes() {
        return List.copyOf(changes);
    }

    /** Since when who leads now has led; empty if nobody is known to. */
    public synchronized Optional<Change> current() {
        return Optional.ofNullable(changes.peekFirst())
                .filter(change -> change.primary().isPresent());
    }

    /**
     * How long the log was without a primary before this node led, the last time that it took over from another reign, in
     * milliseconds; empty if it never did.
     */
    public synchronized OptionalLong lastGapMs() {
        return lastGapMs;
    }
}
