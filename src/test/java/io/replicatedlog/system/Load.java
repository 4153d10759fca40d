package io.replicatedlog.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.checker.Checker;
import io.replicatedlog.checker.History;
import io.replicatedlog.checker.History.Outcome;
import io.replicatedlog.system.LogClient.Answer;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that append messages, each different, as fast as they are answered, while a {@link History} keeps what became of
 * each. Closing it ends the clients.
 */
final class Load implements AutoCloseable {

    private static final Duration PAUSE_AFTER_A_FAILURE = Duration.ofMillis(50);
    private static final int[] WRITE_CONCERNS = {2, 2, 3, 1};
    private static final int MAJORITY = 2;

    /** No other load has the same messages. */
    private final String name = UUID.randomUUID().toString();

    private final LogClient primary;
    private final History history = new History();
    private final AtomicLong sequence = new AtomicLong();
    private final ExecutorService threads;

    /** From one append of a client to its next; 0 for as soon as it is answered. */
    private final Duration period;

    private volatile boolean stopped;

    /** When an append was last acknowledged by a majority, and the longest time between two. Guarded by the monitor. */
    private long lastNanos = System.nanoTime();

    private long longestNanos;
    private long byMajority;

    /** Answers that are none of this API; of a node that is not there yet, see {@link #append}. Guarded by the monitor. */
    private final List<String> malformed = new ArrayList<>();

    /** Of those that {@link #takeLatencies} has not given yet. Guarded by the monitor. */
    private List<Duration> latencies = new ArrayList<>();

    private Load(LogClient primary, int clients, Duration period) {
        this.primary = primary;
        this.period = period;
        this.threads = Executors.newFixedThreadPool(clients);
    }

    /** Eight clients of a cluster of three. */
    static Load start(LogClient primary) {
        return start(primary, primary.messages(), 8);
    }

    /** @param before what the log holds already */
    static Load start(LogClient primary, List<String> before, int clients) {
        return start(primary, before, clients, Duration.ZERO);
    }

    /** Clients of an empty log that append at a steady rate, as long as they are answered in time. */
    static Load steady(LogClient primary, int clients, Duration period) {
        return start(primary, List.of(), clients, period);
    }

    private static Load start(LogClient primary, List<String> before, int clients, Duration period) {
        Load load = new Load(primary, clients, period);
        load.history.isThere(before);
        for (int client = 0; client < clients; client++) {
            int number = client;
            load.threads.execute(() -> load.run(number));
        }
        return load;
    }

    History history() {
        return history;
    }

    long acknowledged() {
        return history.count(Outcome.ACKNOWLEDGED);
    }

    synchronized long acknowledgedByMajority() {
        return byMajority;
    }

    /** How many have an outcome that their client does not know. */
    long unknown() {
        return history.count(Outcome.UNKNOWN);
    }

    /** The longest time in which no append was acknowledged by a majority. */
    synchronized Duration longestUnavailability() {
        return Duration.ofNanos(longestNanos);
    }

    /** How long each append took that was acknowledged since this was last asked, from when it was due; at a steady rate. */
    synchronized List<Duration> takeLatencies() {
        List<Duration> taken = latencies;
        latencies = new ArrayList<>();
        return taken;
    }

    @Override
    public void close() {
        stop();
    }

    /** Waits until every client has its last answer. */
    void stop() {
        stopped = true;
        threads.shutdown();
        try {
            assertThat(threads.awaitTermination(60, TimeUnit.SECONDS))
                    .as("clients end")
                    .isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /**
     * Nothing that was promised is broken by what the nodes show.
     *
     * @param survivingW the write concern from which on an acknowledged entry survives all that happened
     */
    void check(List<LibertyNode> nodes, int survivingW) {
        nodes.forEach(node -> history.shows(node.name(), node.client().messages()));
        assertThat(Checker.violations(history, survivingW, MAJORITY)).isEmpty();
        synchronized (this) {
            assertThat(malformed).as("answers that are none of the API").isEmpty();
        }
    }

    /** As {@link #check(List, int)}, where a minority may have lost what it stored. */
    void check(List<LibertyNode> nodes) {
        check(nodes, MAJORITY);
    }

    private void run(int client) {
        long dueNanos = System.nanoTime();
        while (!stopped) {
            dueNanos = period.isZero() ? System.nanoTime() : dueNanos + period.toNanos();
            LockSupport.parkNanos(dueNanos - System.nanoTime());
            long number = sequence.getAndIncrement();
            int w = WRITE_CONCERNS[(int) (number % WRITE_CONCERNS.length)];
            if (!append(client, name + " " + number, w, dueNanos)) {
                // As a decent client: a node that starts needs the processor more than a refusal does.
                LockSupport.parkNanos(PAUSE_AFTER_A_FAILURE.toNanos());
            }
        }
    }

    /** @return whether it was acknowledged */
    private boolean append(int client, String message, int w, long dueNanos) {
        History.Call call = history.begin(client, message, w);
        Answer answer;
        try {
            answer = primary.append(message, w, 2_000);
        } catch (UncheckedIOException | AssertionError e) {
            return false; // the request may still be on its way, and is never over
        }
        try {
            if (answer.status() == 200) {
                call.acknowledged(answer.offset());
                noteAcknowledged(w, dueNanos);
                return true;
            } else if (answer.status() == 202) {
                call.stored(answer.offset(), answer.json().getInt("acks"));
            } else if (answer.json().getString("appended").equals("no")) {
                call.refused();
            } else {
                call.unknown();
            }
        } catch (RuntimeException e) {
            noteMalformed(answer, e);
        }
        return false;
    }

    /** A server without its application, because it starts or stops, says 404 by itself. */
    private synchronized void noteMalformed(Answer answer, RuntimeException why) {
        if (answer.status() != 404 && malformed.size() < 10) {
            malformed.add(answer + ": " + why);
        }
    }

    private synchronized void noteAcknowledged(int w, long dueNanos) {
        long now = System.nanoTime();
        if (!period.isZero()) {
            latencies.add(Duration.ofNanos(now - dueNanos));
        }
        if (w >= MAJORITY) {
            byMajority++;
            longestNanos = Math.max(longestNanos, now - lastNanos);
            lastNanos = now;
        }
    }
}
