package io.replicatedlog.leadership;

import static java.util.logging.Level.FINE;

import io.replicatedlog.log.Log;
import io.replicatedlog.node.Progress;
import io.replicatedlog.primary.Mandate;
import io.replicatedlog.protocol.CallSize;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Peer;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.secondary.Replica;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityStore;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.logging.Logger;

/**
 * One attempt of a node to lead, in one epoch that it has promised to itself: it asks every other member for the same promise,
 * takes over the log that goes furthest once {@link Promises} are enough, and then holds a {@link Mandate}.
 *
 * <p>Thread-safe: guarded by its own monitor, under which no other node is called. Over once {@link #giveUp} was called; what
 * comes late changes nothing.
 */
final class Candidacy {

    private static final Logger LOG = Logger.getLogger(Candidacy.class.getName());

    private final long epoch;
    private final Electorate electorate;
    private final Promises promises;
    private final Services services;
    private final Listener listener;

    /** Those that are being asked. */
    private final Set<Member> asked = new HashSet<>();

    private boolean isDecided;
    private boolean isOver;

    /** What was waited for last. */
    private String waitsFor = "no member has answered";

    /**
     * What a candidacy works with.
     *
     * @param log only read here
     * @param pages how much of a log is fetched in one call, by its source: what a slow link teaches must not be forgotten
     * @param pageBytes at most so much
     */
    record Services(
            Log log,
            IdentityStore identity,
            Replica replica,
            Function<Member, Peer> peers,
            Leadership.Environment environment,
            ConcurrentHashMap<Member, CallSize> pages,
            int pageBytes) {}

    /** Told how it goes. Called without a lock. */
    interface Listener {

        /** What is waited for. */
        void waits(String why);

        /** Enough promises were given, and this node's log goes furthest now. */
        void won(Candidacy candidacy, Promises.Lead decision);

        /** It cannot be won any more. */
        void lost(Candidacy candidacy, String why, long higherEpoch);
    }

    /** @param epoch that this node has promised to itself */
    Candidacy(long epoch, Electorate electorate, Services services, Listener listener) {
        Identity own = services.identity().load();
        this.epoch = epoch;
        this.electorate = electorate;
        this.services = services;
        this.listener = listener;
        this.promises = new Promises(electorate, own, own.position(services.log()), epoch);
    }

    long epoch() {
        return epoch;
    }

    /** The others that have promised. */
    List<Member> promisedBy() {
        return promises.given();
    }

    /** Asks those that have not promised yet, and are not being asked. To be called now and then. */
    void ask() {
        for (Member member : promises.missing()) {
            boolean isNew;
            synchronized (this) {
                isNew = !isOver && !isDecided && asked.add(member);
            }
            if (isNew) {
                services.environment().executor().execute(() -> ask(member));
            }
        }
        decide();
    }

    /** The others had their time to answer: from now on as many promises suffice as an operator has said. */
    void late() {
        promises.late();
        decide();
    }

    private void ask(Member member) {
        Identity own = services.identity().load();
        boolean isOfALog = own.isComplete() || services.log().end() > 0;
        PromiseRequest request = new PromiseRequest(
                new Promise(epoch, own.node()),
                electorate.self().url(),
                isOfALog ? own.reign().map(Reign::logId) : Optional.empty());
        Failure.staged(() -> services.peers().apply(member).promise(request))
                .whenComplete((position, failure) -> answered(member, position, failure));
    }

    private void answered(Member member, Position position, Throwable failure) {
        synchronized (this) {
            asked.remove(member);
        }
        if (failure == null) {
            promises.promised(member, position);
        } else {
            Throwable cause = Failure.unwrap(failure);
            LOG.log(FINE, cause, () -> member + " gives no promise");
            promises.refused(member, Failure.describe(cause));
            if (cause instanceof ReplicationRefusedException refused && refused.epoch() >= epoch) {
                lose(member + " has promised epoch " + refused.epoch(), refused.epoch());
                return;
            }
        }
        decide();
    }

    private void decide() {
        Promises.Decision decision;
        synchronized (this) {
            if (isOver || isDecided) {
                return;
            }
            decision = promises.decide(services.environment().ids().get());
            isDecided = decision instanceof Promises.Lead;
            waitsFor = decision instanceof Promises.Wait wait ? wait.why() : waitsFor;
        }
        if (decision instanceof Promises.Wait wait) {
            listener.waits(wait.why());
        } else if (decision instanceof Promises.Lead lead) {
            run(() -> lead(lead));
        }
    }

    private void lead(Promises.Lead decision) {
        promises.doubt()
                .ifPresent(why -> LOG.warning(
                        "This node's storage is an old copy: " + why + ". It takes over what the others hold"));
        if (!decision.isComplete()) {
            services.identity().update(Identity::incomplete);
        }
        if (decision.source().isPresent()) {
            decision.position().reign().ifPresent(this::knowWhoseEntriesItTakes);
            takeOver(decision, decision.source().get());
        } else {
            win(decision);
        }
    }

    /** Or what is left of a take-over that was broken off would be of an unknown log, and every primary refused. */
    private void knowWhoseEntriesItTakes(Reign source) {
        services.identity()
                .update(before -> before.isOf(source.logId())
                        ? before
                        : before.following(source, Optional.empty(), Optional.empty(), Optional.empty()));
    }

    private void takeOver(Promises.Lead decision, Member source) {
        LOG.info("Takes over the log of " + source + ": it holds "
                + decision.position().end() + " entries, this node "
                + services.log().end());
        Progress progress = new Progress("entries", 0);
        new TakeOver(
                        epoch,
                        services.log(),
                        services.replica(),
                        services.peers().apply(source)::records,
                        decision.position(),
                        services.pages().computeIfAbsent(source, any -> new CallSize(services.pageBytes())),
                        services.environment().executor(),
                        () -> !isOver(),
                        missing -> {
                            if (progress.update(services.environment().clock().nowMs(), missing)) {
                                listener.waits("takes over the log of " + source + ": " + progress.describe());
                            }
                        })
                .run()
                .whenComplete((isWhole, failure) -> run(() -> tookOver(decision, source, isWhole, failure)));
    }

    private void tookOver(Promises.Lead decision, Member source, Boolean isWhole, Throwable failure) {
        if (failure != null) {
            lose("the take-over of " + source + " failed: " + Failure.describe(Failure.unwrap(failure)), 0);
        } else if (isWhole) {
            win(decision);
        }
    }

    private void win(Promises.Lead decision) {
        if (!isOver()) {
            services.replica().cutIncomplete(epoch);
            listener.won(this, decision);
        }
    }

    private void run(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            LOG.log(FINE, "The candidacy of epoch " + epoch + " failed", e);
            lose(Failure.describe(e), 0);
        }
    }

    private void lose(String why, long higherEpoch) {
        if (giveUp()) {
            listener.lost(this, why, higherEpoch);
        }
    }

    /** What it waits for, or waited for last. */
    synchronized String waitsFor() {
        return waitsFor;
    }

    /** Whether the promises were enough: it goes on as long as that takes. */
    synchronized boolean isDecided() {
        return isDecided;
    }

    private synchronized boolean isOver() {
        return isOver;
    }

    /** @return whether it was not over before */
    synchronized boolean giveUp() {
        boolean wasOver = isOver;
        isOver = true;
        return !wasOver;
    }
}
