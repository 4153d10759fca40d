package io.replicatedlog.primary;

import io.replicatedlog.membership.Quorum;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Member;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * Since when enough members are known to have followed this reign. Every call to a member belongs to the round in which it was
 * sent; once enough members have answered calls of a round, no other reign was possible when that round began.
 *
 * <p>A member that may have lost something needs that before it counts again: it may have acknowledged entries in a reign that
 * it has forgotten. Those that follow this reign after its refill began make that reign impossible (the recovery of
 * Viewstamped Replication; Liskov and Cowling, 2012, section 4.3). So does a linearizable read: {@link PendingReads}.
 *
 * <p>Not thread-safe: guarded by the monitor of the {@link PrimaryLog} that owns it.
 */
final class Rounds {

    /** Calls that are sent now belong to this one. */
    private long current;

    /** The latest round of which a complete member has answered a call. */
    private final Map<Member, Long> answered = new HashMap<>();

    private final Map<Member, Refill> refills = new HashMap<>();
    private int members;

    /**
     * What a member that is not complete goes through.
     *
     * @param number that it gave the refill
     * @param round what is answered in it was sent after the refill had begun
     */
    private record Refill(long number, long round) {}

    /** A reign begins. */
    void begin(int members) {
        this.members = members;
        answered.clear();
        refills.clear();
    }

    long current() {
        return current;
    }

    /** Begins another round. */
    long next() {
        return ++current;
    }

    /** The latest round of which a majority, this node among it, has answered calls, or calls of a later one. */
    long confirmed() {
        int needed = Quorum.majority(members) - 1;
        return needed == 0
                ? Long.MAX_VALUE
                : answered.values().stream()
                        .sorted(Comparator.reverseOrder())
                        .skip(needed - 1L)
                        .findFirst()
                        .orElse(-1L);
    }

    /** A member has answered a call that was sent in this round. */
    void answered(Member member, long round, Acknowledgement answer) {
        if (answer.isComplete()) {
            refills.remove(member);
            answered.merge(member, round, Math::max);
            return;
        }
        answered.remove(member);
        Refill known = refills.get(member);
        if (known == null || known.number() != answer.refill()) {
            refills.put(member, new Refill(answer.refill(), next()));
        }
    }

    /** A member follows no more. */
    void forget(Member member) {
        answered.remove(member);
        refills.remove(member);
    }

    /**
     * The refill of this member that may count as complete.
     *
     * @param isTrusted as {@link Mandate#isTrusted}
     * @return its number; 0 if there is none, or too few have confirmed it
     */
    long confirmedRefill(Member member, boolean isTrusted) {
        Refill refill = refills.get(member);
        return refill != null && (isTrusted || isConfirmed(refill.round())) ? refill.number() : 0;
    }

    /**
     * Whether enough members, this node among them and the one that is refilled not, have answered calls of this round or a later
     * one: they meet the others of every majority.
     */
    private boolean isConfirmed(long round) {
        long confirming =
                answered.values().stream().filter(last -> last >= round).count();
        return 1 + confirming >= members - Quorum.majority(members) + 1;
    }
}
