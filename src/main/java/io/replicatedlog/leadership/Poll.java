package io.replicatedlog.leadership;

import static java.util.logging.Level.FINE;

import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Peer;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Question;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.storage.Identity;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.logging.Logger;

/**
 * Asks the other members, before a node stands, whether enough of them would promise (the pre-vote of Raft; Ongaro, 2014,
 * section 9.6): a node that cannot win disturbs nobody and spends no epoch.
 *
 * <p>Thread-safe: guarded by its own monitor, under which no other node is called.
 */
final class Poll {

    private static final Logger LOG = Logger.getLogger(Poll.class.getName());

    private final Electorate electorate;
    private final Identity identity;
    private final Question question;

    /** Those that would promise. */
    private final Map<Member, Position> yes = new LinkedHashMap<>();

    private final Map<Member, String> no = new LinkedHashMap<>();

    /** The highest epoch that was heard of. */
    private long epoch;

    /** Whether a member has a primary. */
    private boolean isLed;

    Poll(Electorate electorate, Identity identity, Question question) {
        this.electorate = electorate;
        this.identity = identity;
        this.question = question;
    }

    /** @param answered run after each answer */
    void ask(Function<Member, Peer> peers, Executor executor, Runnable answered) {
        for (Member member : electorate.others()) {
            executor.execute(() -> Failure.staged(() -> peers.apply(member).ask(question))
                    .whenComplete((position, failure) -> {
                        answered(member, position, failure);
                        answered.run();
                    }));
        }
    }

    private synchronized void answered(Member member, Position position, Throwable failure) {
        if (failure == null) {
            yes.put(member, position);
            epoch = Math.max(epoch, position.epoch());
            return;
        }
        Throwable cause = Failure.unwrap(failure);
        LOG.log(FINE, cause, () -> member + " would give no promise");
        no.put(member, Failure.describe(cause));
        if (cause instanceof ReplicationRefusedException refused) {
            epoch = Math.max(epoch, refused.epoch());
            isLed = isLed || refused.reason() == Reason.LED;
        }
    }

    /** The highest epoch that was heard of; 0 for none. */
    synchronized long epoch() {
        return epoch;
    }

    /**
     * Whether enough members would promise.
     *
     * @param isLate whether the others had their time to answer
     */
    synchronized boolean isWon(boolean isLate) {
        long complete = identity.reign()
                .map(reign -> yes.values().stream()
                        .filter(answer -> electorate.isComplete(answer, reign.logId()))
                        .count())
                .orElse(0L);
        if (identity.reign().isPresent() && complete >= electorate.needed(identity.isComplete())) {
            return true;
        }
        boolean nobodyKnowsALog = identity.reign().isEmpty()
                && yes.size() == electorate.others().size()
                && yes.values().stream().allMatch(answer -> answer.reign().isEmpty());
        boolean suffices = isLate
                && !isLed
                && electorate.sufficient().isPresent()
                && yes.size() >= electorate.sufficient().getAsInt();
        return electorate.mayBegin() && nobodyKnowsALog || suffices || electorate.others().isEmpty();
    }

    /** What stands in the way. */
    synchronized String describe() {
        long silent = electorate.others().size() - yes.size() - no.size();
        return "would be promised an epoch by " + yes.keySet() + "; not by " + no
                + (silent > 0 ? "; without an answer: " + silent : "");
    }
}
