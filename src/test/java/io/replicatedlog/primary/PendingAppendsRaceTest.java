package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.secondary;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.primary.PendingAppends.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Timeout;

/** Clients that begin to wait, nodes that acknowledge and deadlines that pass, all at the same time. */
class PendingAppendsRaceTest {

    private static final int NODES = 3;
    private static final int CLIENTS = 2;
    private static final int APPENDS_EACH = 5_000;
    private static final int THREADS = CLIENTS + NODES - 1 + 1;

    private final PendingAppends pending = SampleNodes.pending(NODES);
    private final ConcurrentLinkedQueue<CompletableFuture<Outcome>> waiters = new ConcurrentLinkedQueue<>();
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong clock = new AtomicLong();
    private final CyclicBarrier start = new CyclicBarrier(THREADS);
    private long end;

    @RepeatedTest(5)
    @Timeout(60)
    void shouldAnswerEveryoneExactlyOnce(RepetitionInfo repetition) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                long seed = repetition.getCurrentRepetition() * 100L + client;
                tasks.add(() -> appendAndWait(seed));
            }
            for (int node = 1; node < NODES; node++) {
                int secondary = node;
                tasks.add(() -> acknowledgeUntilDone(secondary));
            }
            tasks.add(this::expireUntilDone);
            List<Future<Void>> running = tasks.stream().map(threads::submit).toList();
            for (Future<Void> task : running) {
                task.get(30, SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(waiters).hasSize(CLIENTS * APPENDS_EACH).allSatisfy(waiter -> {
            Outcome outcome = waiter.getNow(null);
            assertThat(outcome).as("everything is held, nobody waits").isNotNull();
            assertThat(outcome.satisfied()).isEqualTo(outcome.acks() >= outcome.w());
        });
        assertThat(answers).hasValue(CLIENTS * APPENDS_EACH);
        assertThat(pending.size()).isZero();
        assertThat(pending.nextDeadlineMs()).isEmpty();
    }

    private Void appendAndWait(long seed) throws Exception {
        Random random = new Random(seed);
        start.await();
        for (int i = 0; i < APPENDS_EACH; i++) {
            CompletableFuture<Outcome> waiter = append(1 + random.nextInt(NODES), clock.get() + random.nextInt(50));
            waiter.whenComplete((outcome, failure) -> answers.incrementAndGet());
            waiters.add(waiter);
        }
        return null;
    }

    /** As the primary does it: the offset, its own acknowledgement and the wait under one lock. */
    private synchronized CompletableFuture<Outcome> append(int w, long deadlineMs) {
        long offset = end++;
        pending.forced(end);
        return pending.await(offset, new WriteConcern(w), deadlineMs).toCompletableFuture();
    }

    private Void acknowledgeUntilDone(int node) throws Exception {
        start.await();
        long held = 0;
        while (held < CLIENTS * APPENDS_EACH) {
            held = pending.held().ofPrimary();
            pending.acknowledge(secondary(node), held, true);
        }
        return null;
    }

    private Void expireUntilDone() throws Exception {
        start.await();
        while (pending.held().ofPrimary() < CLIENTS * APPENDS_EACH) {
            pending.expire(clock.incrementAndGet());
        }
        return null;
    }
}
