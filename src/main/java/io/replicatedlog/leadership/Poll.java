package io.replicatedlog.leadership;

import static java.util.logging.Level.FINE;
import static java.util.stream.Collectors.toSet;

import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Peer;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Question;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.storage.Identity;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.logging.Logger;
import java.util.stream.Stream;

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
        Set<UUID> logs = Stream.concat(
                        identity.reign().stream(), yes.values().stream().flatMap(answer -> answer.reign().stream()))
                .map(Reign::logId)
                .collect(toSet());
        if (logs.size() == 1 && complete(logs.iterator().next()) >= electorate.needed(identity.isComplete())) {
            return true;
        }
        boolean nobodyKnowsALog =
                logs.isEmpty() && yes.size() == electorate.others().size();
        boolean suffices = isLate
                && !isLed
                && electorate.sufficient().isPresent()
                && yes.size() >= electorate.sufficient().getAsInt();
        return electorate.mayBegin() && nobodyKnowsALog
                || suffices
                || electorate.others().isEmpty();
    }

    private long complete(UUID log) {
        return yes.values().stream()
                .filter(answer -> electorate.isComplete(answer, log))
                .count();
    }

    /** What stands in the way, and what an operator can do. */
    synchronized String describe() {
        long silent = electorate.others().size() - yes.size() - no.size();
        return "would be promised an epoch by " + yes.keySet() + "; not by " + no
                + (silent > 0 ? "; without an answer: " + silent : "")
                + (electorate.sufficient().isEmpty() && !isLed
                        ? ". If others can never answer: replicatedlog.recovery-answers=" + yes.size()
                                + " lets this node lead without them, and what only they hold is lost to the log"
                        : "");
    }
}
