package io.replicatedlog.primary;

import static java.util.logging.Level.FINE;
import static java.util.logging.Level.WARNING;

import io.replicatedlog.membership.Health;
import io.replicatedlog.membership.NodeIds;
import io.replicatedlog.node.Clock;
import io.replicatedlog.node.Progress;
import io.replicatedlog.node.Scheduler;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.NotAcknowledgedException;
import io.replicatedlog.protocol.Peer;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.tracing.Tracing;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.logging.Logger;

/**
 * The sending side towards one secondary. At most one task is on the executor: it makes the call that the {@link Lane} asks
 * for, hands the answer to the {@link PrimaryLog}, gives the lane back, and asks what is next.
 *
 * <p>Thread-safe. Its state is that of the lane and the log; {@link #retry} is guarded by the monitor.
 */
public final class Sender {

    private static final Logger LOG = Logger.getLogger(Sender.class.getName());

    private final Member member;
    private final Peer peer;
    private final PrimaryLog log;
    private final Lane lane;
    private final Gathering gathering;
    private final Progress catchUp;
    private final Services services;
    private final Meters meters;

    /** Cancels the next try after a failure. Guarded by the monitor. */
    private Runnable retry = () -> {};

    /** Counts and times calls to one secondary. Thread-safe. */
    public interface Meters {

        /** For one that is not counted. */
        Meters NONE = new Meters() {
            @Override
            public void acknowledged(int entries, long nanos) {}

            @Override
            public void failed() {}
        };

        /** A call that carried entries was acknowledged. */
        void acknowledged(int entries, long nanos);

        /** A call failed, and is tried again. */
        void failed();
    }

    /** Told what answers meant. Called without a lock. */
    public interface Listener {

        /** A secondary follows the reign, and has acknowledged something, be it nothing new. */
        void acknowledged(Member member);

        /** A secondary does not follow the reign. */
        void notFollowing(Member member);

        /** The reign has ended: a node has promised or follows a higher epoch of this log. */
        void fenced(Reign over, ReplicationRefusedException by);
    }

    /**
     * What all senders of a node share.
     *
     * @param ids notices one node under two URLs
     * @param traces of the appends that a call carries
     */
    public record Services(
            Executor executor, Scheduler scheduler, Clock clock, NodeIds ids, Tracing traces, Listener listener) {}

    /**
     * @param maxGatherNs how long a call with entries may wait for more of them, in nanoseconds
     * @param manyEntries while no more are missing, catching up is not worth a line in the log file
     */
    public Sender(
            Member member,
            Peer peer,
            PrimaryLog log,
            Lane lane,
            long maxGatherNs,
            long manyEntries,
            Services services,
            Meters meters) {
        this.member = member;
        this.peer = peer;
        this.log = log;
        this.lane = lane;
        this.gathering = new Gathering(maxGatherNs);
        this.catchUp = new Progress("entries", manyEntries);
        this.services = services;
        this.meters = meters;
    }

    public Member member() {
        return member;
    }

    /** Begins a call, if one should be made now. To be called whenever something may have changed. */
    public void wake() {
        gathering.appended(log.end());
        lane.want(log.readRound());
        // Without a reign there is nothing to send; the next one lets the lanes start again.
        log.reign()
                .flatMap(reign -> lane.begin(nowMs(), log.end()))
                .ifPresent(call -> services.executor().execute(() -> run(call)));
    }

    /** Begins again, because the log or the reign is another. */
    public void reset() {
        lane.reset();
    }

    /** Heartbeats say this of the secondary now. A call that hangs is broken off. */
    public void health(Health before, Health now) {
        boolean stops = now == Health.UNHEALTHY;
        if (stops != (before == Health.UNHEALTHY)) {
            long held = log.held(member);
            LOG.info(() -> "Lane to " + member + (stops ? " stops until a heartbeat is answered" : " resumes")
                    + ": at offset " + held + ", " + (log.end() - held) + " entries behind");
        }
        lane.health(now);
        if (lane.isOverdue(nowMs())) {
            LOG.warning("Lane to " + member + " cuts a call that hangs");
            peer.abort();
        }
        wake();
    }

    /** Makes no more calls by itself. */
    public synchronized void stop() {
        retry.run();
    }

    public Lane.Status status() {
        return lane.status(log.end());
    }

    /** How long until the secondary has caught up, in seconds, where that takes long and can be told. */
    public OptionalLong remainingSeconds() {
        return status().state() == Lane.State.SENDING ? catchUp.remainingSeconds() : OptionalLong.empty();
    }

    private void run(Lane.Call call) {
        try {
            if (call.maxEntries() > 0) {
                gathering.await(call.from(), log::end);
            }
            long round = log.round(); // before the batch is read: what is answered was sent in this round, or later
            Batch batch = log.read(member, call);
            if (batch == null) {
                lane.abandoned();
                wake();
                return;
            }
            send(call, batch, round);
        } catch (RuntimeException | Error e) {
            // An Error too: a lane that is never given back would be silent for ever.
            failed(call, Optional.empty(), e);
        }
    }

    private void send(Lane.Call call, Batch batch, long round) {
        int count = batch.records().count();
        gathering.served(count);
        long began = services.clock().nanoTime();
        Failure.staged(() -> services.traces()
                        .replicate(log.traces(batch), batch.records().first(), count, () -> peer.replicate(batch)))
                .whenComplete((acknowledgement, failure) -> {
                    if (failure == null && count > 0) {
                        meters.acknowledged(count, services.clock().nanoTime() - began);
                    }
                    ended(call, batch, round, acknowledgement, failure);
                });
    }

    private void ended(Lane.Call call, Batch batch, long round, Acknowledgement acknowledgement, Throwable failure) {
        try {
            if (failure != null) {
                failed(call, Optional.of(batch), Failure.unwrap(failure));
            } else {
                answered(call, batch, round, acknowledgement);
            }
        } catch (RuntimeException | Error e) {
            failed(call, Optional.of(batch), e);
        }
    }

    /**
     * First the answer counts for the clients that wait, and then the lane is given back: from there on another thread may be
     * here, with an answer newer than this one.
     */
    private void answered(Lane.Call call, Batch batch, long round, Acknowledgement answer) {
        Optional<Member> alias = services.ids().claim(member, answer.node());
        if (alias.isPresent()) {
            throw new NotAcknowledgedException(
                    member + " and " + alias.get() + " are the same node, " + answer.node()
                            + ", which counts once; take one of the two out of the configuration",
                    false);
        }
        if (!log.reign().equals(Optional.of(batch.reign()))) {
            lane.abandoned();
            wake();
            return;
        }
        long end = log.end();
        long heldBefore = 0;
        int failuresBefore = lane.status(end).failures();
        boolean isPossible = Lane.isPossible(answer.end(), end);
        if (isPossible) {
            heldBefore = log.acknowledge(member, batch.reign(), round, answer);
            services.listener().acknowledged(member);
        }
        Lane.Answer counted = lane.acknowledged(nowMs(), call, batch.records().count(), answer.end(), end);
        report(batch, answer.end(), heldBefore, counted, failuresBefore);
        if (counted == Lane.Answer.NOT_COUNTED) {
            tryAgain();
        } else {
            wake();
        }
    }

    private void report(Batch batch, long heldEnd, long heldBefore, Lane.Answer counted, int failuresBefore) {
        if (catchUp.update(nowMs(), log.end() - heldEnd)) {
            LOG.info("Lane to " + member + " catches up: " + catchUp.describe());
        }
        if (heldEnd < heldBefore) {
            LOG.warning("Secondary " + member + " lost data: it holds " + heldEnd + " entries and had acknowledged "
                    + heldBefore + "; it is refilled from there");
        }
        if (counted == Lane.Answer.CAUGHT_UP) {
            LOG.info(() -> "Lane to " + member + " has caught up at offset " + heldEnd
                    + (failuresBefore > 0 ? ", after " + failuresBefore + " failed calls in a row" : ""));
        } else {
            LOG.log(
                    FINE,
                    () -> member + " acknowledged " + heldEnd + " after "
                            + batch.records().count() + " entries");
        }
    }

    /** @param sent empty if the call failed before it was made */
    private void failed(Lane.Call call, Optional<Batch> sent, Throwable failure) {
        if (sent.isPresent() && failure instanceof MismatchException differs) {
            LOG.fine(() -> member + " differs before " + call.from());
            log.differs(member, sent.get().reign(), differs.end());
            lane.steppedBack(nowMs(), call, log.stepBack(call, differs));
            if (lane.notBeforeMs() > nowMs()) {
                tryAgain();
            } else {
                wake();
            }
            return;
        }
        if (sent.isPresent() && failure instanceof ReplicationRefusedException refused) {
            refused(sent.get(), refused);
        }
        boolean tooMuch =
                Failure.isTimeout(failure) || failure instanceof NotAcknowledgedException answer && answer.isTooLarge();
        lane.failed(nowMs(), Failure.describe(failure), tooMuch && call.maxEntries() > 0);
        LOG.log(FINE, failure, () -> "The call to " + member + " that failed");
        tryAgain();
    }

    /** A higher epoch of the own log ends the reign before anything else is done. */
    private void refused(Batch batch, ReplicationRefusedException refused) {
        Reign current = batch.reign();
        boolean isOver = refused.reason() == ReplicationRefusedException.Reason.FENCED
                && refused.epoch() >= current.epoch()
                && refused.reign()
                        .map(followed -> followed.logId().equals(current.logId()))
                        .orElse(true);
        log.refused(member, current);
        if (isOver && log.end(current, "Another primary has begun epoch " + refused.epoch() + " of this log")) {
            services.listener().fenced(current, refused);
        } else {
            services.listener().notFollowing(member);
        }
    }

    /** Logs a failed call, and schedules the next one. The first in a row is news, the others are not. */
    private void tryAgain() {
        meters.failed();
        Lane.Status status = status();
        long delayMs = Math.max(0, lane.notBeforeMs() - nowMs());
        LOG.log(
                status.failures() == 1 ? WARNING : FINE,
                () -> "Lane to " + member + ": attempt " + status.failures() + " failed, next in " + delayMs + " ms ("
                        + status.lastError() + ")");
        synchronized (this) {
            retry = services.scheduler().after(delayMs, this::wake);
        }
    }

    private long nowMs() {
        return services.clock().nowMs();
    }
}
