package io.replicatedlog.primary;

import io.replicatedlog.membership.Health;
import io.replicatedlog.protocol.CallSize;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/**
 * The primary's one ordered sender to one secondary: decides what to send next and when. It keeps no entries, only the
 * offset to go on from, so that a secondary that is a million entries behind costs no memory.
 *
 * <p>At most one call is under way: {@link #begin} claims the lane, and {@link #acknowledged}, {@link #failed} or
 * {@link #abandoned} gives it back. Whenever something may have changed (an append, the end of a call, a heartbeat, the
 * time of {@link #notBeforeMs}) ask {@link #begin} whether there is something to do.
 *
 * <p>Thread-safe: guarded by its own monitor. Times are milliseconds on one clock that never goes back.
 */
public final class Lane {

    /** What the lane is doing. */
    public enum State {
        /** The secondary holds everything; nothing to do. */
        CAUGHT_UP,
        /** A call is under way, or will be at once. */
        SENDING,
        /** The last call failed; the next one waits for its time. */
        BACKING_OFF,
        /** Heartbeats call the secondary unhealthy; the first good one resumes. */
        STOPPED
    }

    /**
     * One call to make.
     *
     * @param from the first offset to send
     * @param maxEntries 0 to ask only where the secondary stands
     * @param maxBytes of encoded records
     */
    public record Call(long from, int maxEntries, int maxBytes) {}

    /**
     * The limits of a lane.
     *
     * @param maxEntries of one call, at least 1
     * @param maxBytes of one call; the lane takes less after a time-out, as {@link CallSize} says
     * @param idleProbeMs how long it stays silent before it asks where the secondary stands
     * @param overdueMs how long a call may be under way
     */
    public record Limits(int maxEntries, int maxBytes, long idleProbeMs, long overdueMs) {}

    /** What an answer meant. */
    public enum Answer {
        /** The answer counts. */
        COUNTED,
        /** The answer counts, and the secondary holds everything for the first time since the start or a failure. */
        CAUGHT_UP,
        /** The answer does not count; the lane backs off as after a failure. */
        NOT_COUNTED
    }

    /** What the lane shows of itself. */
    public record Status(State state, int failures, String lastError) {}

    private final Limits limits;
    private final Backoff backoff;
    private final RandomGenerator random;

    /**
     * The next offset to send if {@link #positionKnown}, else the offset to probe. First the end of the primary's own log:
     * mostly it is the same log, and then nothing is sent twice.
     */
    private long next = Long.MAX_VALUE;

    /** Whether the secondary has told its end, and nothing since gave reason to doubt it. */
    private boolean positionKnown;

    private Health health = Health.SUSPECTED;

    /** A call is wanted in this round or a later one, be it empty. */
    private long wantedRound;

    /** The {@link #wantedRound} when the last call was begun. */
    private long calledRound;

    /** When the call that is under way began, or empty. */
    private OptionalLong callSinceMs = OptionalLong.empty();

    /** No call before this. */
    private long notBeforeMs = Long.MIN_VALUE;

    private long lastAnswerMs = Long.MIN_VALUE;

    /** True from the start, a failure or a reset until the secondary has next caught up. */
    private boolean catchingUp = true;

    /** Failed calls in a row. */
    private int failures;

    /** Why the last call failed; {@code null} once one has succeeded. */
    private String lastError;

    /** Of the next call with entries. */
    private final CallSize size;

    public Lane(Limits limits, Backoff backoff, RandomGenerator random) {
        this.limits = limits;
        this.backoff = backoff;
        this.random = random;
        this.size = new CallSize(limits.maxBytes());
    }

    /**
     * Claims the lane for one call, if one should be made now.
     *
     * @param end the end of the primary's log
     */
    public synchronized Optional<Call> begin(long nowMs, long end) {
        if (callSinceMs.isPresent() || health == Health.UNHEALTHY || nowMs < notBeforeMs) {
            return Optional.empty();
        }
        if (!positionKnown) {
            return claim(nowMs, new Call(Math.min(next, end), 0, 0));
        }
        if (next < end) {
            return claim(nowMs, new Call(next, limits.maxEntries(), size.bytes()));
        }
        boolean isProbed = wantedRound > calledRound || nowMs - lastAnswerMs >= limits.idleProbeMs();
        return isProbed ? claim(nowMs, new Call(end, 0, 0)) : Optional.empty();
    }

    /** A call is to be begun from now on, also if there is nothing to send, unless one was begun for this round. */
    public synchronized void want(long round) {
        wantedRound = Math.max(wantedRound, round);
    }

    /** Whether a secondary can hold everything below {@code heldEnd} of a log that ends at {@code end}. */
    static boolean isPossible(long heldEnd, long end) {
        return heldEnd >= 0 && heldEnd <= end;
    }

    /**
     * The call was answered: the secondary holds everything below {@code heldEnd}. Failures are forgotten once entries got
     * through, or none are left to send: an empty call that succeeds says nothing of the full one that failed.
     *
     * <p>This gives the lane back: whatever else the answer means must have been seen to before, or the answer to the next
     * call could overtake it.
     *
     * @param call the one that {@link #begin} gave
     * @param sent how many entries it carried
     * @param end the end of the primary's log
     */
    public synchronized Answer acknowledged(long nowMs, Call call, int sent, long heldEnd, long end) {
        if (!isPossible(heldEnd, end)) {
            failed(nowMs, "it claims to hold " + heldEnd + " entries of a log that has " + end, false);
            return Answer.NOT_COUNTED;
        }
        next = heldEnd;
        if (sent > 0 && heldEnd == call.from()) {
            failed(nowMs, "it answered, and took none of " + sent + " entries from offset " + heldEnd + " on", false);
            return Answer.NOT_COUNTED;
        }
        callSinceMs = OptionalLong.empty();
        lastAnswerMs = nowMs;
        positionKnown = true;
        notBeforeMs = Long.MIN_VALUE;
        if (sent > 0) {
            size.succeeded();
        }
        if (sent > 0 || next == end) {
            failures = 0;
            lastError = null;
        }
        boolean caughtUpNow = catchingUp && next == end;
        catchingUp = catchingUp && !caughtUpNow;
        return caughtUpNow ? Answer.CAUGHT_UP : Answer.COUNTED;
    }

    /**
     * The call failed: nobody knows what it did, and the next one asks.
     *
     * @param tooMuch whether it took too long or was refused as too large, so that the next one should carry less
     */
    public synchronized void failed(long nowMs, String error, boolean tooMuch) {
        callSinceMs = OptionalLong.empty();
        positionKnown = false;
        catchingUp = true;
        failures = Math.min(failures + 1, Integer.MAX_VALUE - 1);
        lastError = error;
        notBeforeMs = nowMs + backoff.delayMs(failures, random);
        if (tooMuch) {
            size.tooMuch();
        }
    }

    /**
     * The secondary's log is not the same up to where the call began; it is looked for further back, at once.
     *
     * @param call the one that {@link #begin} gave
     * @param from where to look
     */
    public synchronized void steppedBack(long nowMs, Call call, long from) {
        if (from >= call.from()) {
            failed(
                    nowMs,
                    "it does not hold what comes before offset " + call.from() + ", and says nothing better",
                    false);
            return;
        }
        next = from;
        callSinceMs = OptionalLong.empty();
        lastAnswerMs = nowMs;
        positionKnown = false;
        notBeforeMs = Long.MIN_VALUE;
    }

    /** The call was not made, or its answer means nothing any more. */
    public synchronized void abandoned() {
        callSinceMs = OptionalLong.empty();
        positionKnown = false;
    }

    /** Begins again, because the log or the reign is another; a call that is under way is left to end. */
    public synchronized void reset() {
        health = Health.SUSPECTED;
        next = Long.MAX_VALUE;
        positionKnown = false;
        catchingUp = true;
        notBeforeMs = Long.MIN_VALUE;
    }

    /** What heartbeats say now. The first good one after others ends every wait: the secondary may be a new process. */
    public synchronized void health(Health now) {
        if (now == Health.HEALTHY && health != Health.HEALTHY) {
            notBeforeMs = Long.MIN_VALUE;
            positionKnown = false;
        }
        health = now;
    }

    /** After a failure: no call is made before this, unless heartbeats report the secondary back. */
    public synchronized long notBeforeMs() {
        return notBeforeMs;
    }

    /** Whether a call has been under way for longer than any call may take. */
    public synchronized boolean isOverdue(long nowMs) {
        return callSinceMs.isPresent() && nowMs - callSinceMs.getAsLong() > limits.overdueMs();
    }

    /** @param end the end of the primary's log */
    public synchronized Status status(long end) {
        State state;
        if (health == Health.UNHEALTHY) {
            state = State.STOPPED;
        } else if (failures > 0) {
            state = State.BACKING_OFF;
        } else if (positionKnown && next >= end) {
            state = State.CAUGHT_UP;
        } else {
            state = State.SENDING;
        }
        return new Status(state, failures, lastError);
    }

    private Optional<Call> claim(long nowMs, Call call) {
        callSinceMs = OptionalLong.of(nowMs);
        calledRound = wantedRound;
        return Optional.of(call);
    }
}
