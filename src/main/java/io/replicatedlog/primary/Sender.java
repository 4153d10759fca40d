package io.replicatedlog.primary;

import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.MismatchException;
import java.util.Optional;

/**
 * The sending side towards one secondary: asks the {@link Lane} what to do, takes it from the {@link PrimaryLog}, and tells
 * both what became of it. Whoever holds this makes the calls, one at a time: each that {@link #begin} gave ends with
 * {@link #read} giving none, or with {@link #answered}, {@link #differs} or {@link #failed}.
 *
 * <p>Thread-safe: it has no state of its own.
 */
public final class Sender {

    private final int node;
    private final Lane lane;
    private final PrimaryLog log;

    /**
     * What an answer meant.
     *
     * @param counted empty if it belongs to a reign that is over, and means nothing
     * @param heldBefore what the secondary had acknowledged before
     * @param failuresBefore how many calls in a row had failed before
     */
    public record Answer(Optional<Lane.Answer> counted, long heldBefore, int failuresBefore) {}

    /** @param node the secondary, from 1 on */
    public Sender(int node, Lane lane, PrimaryLog log) {
        this.node = node;
        this.lane = lane;
        this.log = log;
    }

    public Lane lane() {
        return lane;
    }

    /** Claims the lane for one call, if one should be made now. */
    public Optional<Lane.Call> begin(long nowMs) {
        // Without a reign there is nothing to send in; the next one lets the lanes start again.
        return log.reign() == null ? Optional.empty() : lane.begin(nowMs, log.end());
    }

    /** What the call carries; if the reign is another by now, nothing, and the lane is given back. */
    public Optional<Batch> read(Lane.Call call) {
        Batch batch = log.read(call);
        if (batch == null) {
            lane.abandoned();
        }
        return Optional.ofNullable(batch);
    }

    /**
     * The secondary acknowledged. First this counts for those who wait, and then the lane is given back: from there on
     * another thread may be here, with an answer newer than this one.
     *
     * @param heldEnd it says that it holds everything below
     */
    public Answer answered(long nowMs, Lane.Call call, Batch sent, long heldEnd) {
        if (!sent.reign().equals(log.reign())) {
            lane.abandoned();
            return new Answer(Optional.empty(), 0, 0);
        }
        long end = log.end();
        int failuresBefore = lane.status(end).failures();
        long heldBefore = Lane.isPossible(heldEnd, end) ? log.acknowledge(node, sent.reign(), heldEnd) : 0;
        Lane.Answer counted = lane.acknowledged(nowMs, call, sent.records().count(), heldEnd, end);
        return new Answer(Optional.of(counted), heldBefore, failuresBefore);
    }

    /** The secondary does not hold what comes before the call. */
    public void differs(long nowMs, Lane.Call call, MismatchException where) {
        lane.steppedBack(nowMs, call, log.stepBack(call, where));
    }

    /**
     * The call failed.
     *
     * @param tooMuch whether because it took too long, or was refused as too large
     */
    public void failed(long nowMs, Lane.Call call, String error, boolean tooMuch) {
        lane.failed(nowMs, error, tooMuch && call.maxEntries() > 0);
    }

    /** What the lane shows of itself. */
    public Lane.Status status() {
        return lane.status(log.end());
    }
}
