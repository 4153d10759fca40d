package io.replicatedlog.simulation;

import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** The network between two machines, each direction by itself. */
final class Wire {

    static final long CALL_TIMEOUT_MS = 100;

    private final VirtualTime time;
    private final Random random;
    private final Fault.Counts faults;
    private final Machine caller;
    private final Machine called;

    /** Nothing goes there, or comes back, before. */
    private long thereFromMs;

    private long backFromMs;
    private boolean calm;

    Wire(VirtualTime time, Random random, Fault.Counts faults, Machine caller, Machine called) {
        this.time = time;
        this.random = random;
        this.faults = faults;
        this.caller = caller;
        this.called = called;
    }

    /** From now on it loses nothing. */
    void calm() {
        calm = true;
    }

    /** Lets nothing through for a while: requests, or answers, or both. */
    void cut(long forMs) {
        boolean requests = random.nextBoolean();
        cut(forMs, requests, !requests || random.nextBoolean());
    }

    /** Lets no requests through for a while, no answers, or neither. */
    void cut(long forMs, boolean requests, boolean answers) {
        if (calm) {
            return;
        }
        long untilMs = time.nowMs() + forMs;
        thereFromMs = requests ? Math.max(thereFromMs, untilMs) : thereFromMs;
        backFromMs = answers ? Math.max(backFromMs, untilMs) : backFromMs;
        faults.add(Fault.CUT);
    }

    /**
     * One call from the caller's process to the other. A request may be done more than once, and late; the first end of the
     * call counts, as long as there is the process that made it.
     *
     * @param effect what the other does; what it gives or throws is the answer
     * @param needsDisk whether that waits for the other's disk
     */
    <T> CompletionStage<T> call(Supplier<T> effect, boolean needsDisk) {
        return staged(() -> CompletableFuture.completedFuture(effect.get()), needsDisk);
    }

    /** As {@link #call}, where the other answers once a stage has ended. */
    <T> CompletionStage<T> staged(Supplier<CompletionStage<T>> effect, boolean needsDisk) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        int sender = caller.incarnation();
        int receiver = called.incarnation();
        for (int copies = requests(); copies > 0; copies--) {
            Runnable request = () -> carryOut(effect, answer, sender);
            time.after(latency(), () -> {
                if (needsDisk) {
                    called.executeOnDisk(receiver, request);
                } else {
                    called.execute(receiver, request);
                }
            });
        }
        time.after(CALL_TIMEOUT_MS, () -> caller.execute(sender, () -> timeOut(answer)));
        return answer;
    }

    private static void timeOut(CompletableFuture<?> answer) {
        if (!answer.isDone()) {
            answer.completeExceptionally(new UncheckedIOException(new SocketTimeoutException("no answer in time")));
        }
    }

    private <T> void carryOut(Supplier<CompletionStage<T>> effect, CompletableFuture<T> answer, int sender) {
        CompletionStage<T> end;
        try {
            end = effect.get();
        } catch (RuntimeException e) {
            end = CompletableFuture.failedFuture(e);
        }
        end.whenComplete((result, failure) -> {
            if (isAnswered()) {
                time.after(latency(), () -> caller.execute(sender, () -> end(answer, result, failure)));
            }
        });
    }

    private static <T> void end(CompletableFuture<T> answer, T result, Throwable failure) {
        if (failure == null) {
            answer.complete(result);
        } else {
            answer.completeExceptionally(failure);
        }
    }

    /** Mostly one; none for a request that is lost, two for one that is repeated. */
    private int requests() {
        if (calm) {
            return 1;
        }
        int drawn = random.nextInt(10);
        if (time.nowMs() < thereFromMs || drawn == 0) {
            faults.add(Fault.REQUEST_LOST);
            return 0;
        }
        if (drawn == 1) {
            faults.add(Fault.REQUEST_REPEATED);
        }
        return drawn == 1 ? 2 : 1;
    }

    private boolean isAnswered() {
        boolean isLost = !calm && (time.nowMs() < backFromMs || random.nextInt(10) == 0);
        if (isLost) {
            faults.add(Fault.ANSWER_LOST);
        }
        return !isLost;
    }

    /** Mostly short; sometimes longer than the call may take. */
    private long latency() {
        if (!calm && random.nextInt(10) == 0) {
            faults.add(Fault.DELAY);
            return random.nextInt(400);
        }
        return 1 + random.nextInt(20);
    }
}
