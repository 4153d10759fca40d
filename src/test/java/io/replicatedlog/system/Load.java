package io.replicatedlog.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.system.LogClient.Answer;
import jakarta.json.JsonException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that append messages, each different, as fast as they are answered, and remember what became of each. In the end
 * {@link #check} compares that with the logs. Closing it ends the clients.
 */
final class Load implements AutoCloseable {

    private static final int CLIENTS = 8;
    private static final Duration PAUSE_AFTER_A_FAILURE = Duration.ofMillis(50);
    private static final int[] WRITE_CONCERNS = {2, 2, 3, 1};

    /** No other load has the same messages. */
    private final String name = UUID.randomUUID().toString();

    private final LogClient primary;
    private final AtomicLong sequence = new AtomicLong();
    private final ConcurrentLinkedQueue<Attempt> attempts = new ConcurrentLinkedQueue<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    private volatile boolean stopped;

    /** @param offset that was answered; -1 for none. @param refused whether the answer says that nothing was stored */
    private record Attempt(String message, int w, long offset, boolean acknowledged, boolean refused) {}

    private Load(LogClient primary) {
        this.primary = primary;
    }

    static Load start(LogClient primary) {
        Load load = new Load(primary);
        for (int client = 0; client < CLIENTS; client++) {
            load.threads.execute(load::run);
        }
        return load;
    }

    /** How many appends were acknowledged so far. */
    long acknowledged() {
        return attempts.stream().filter(Attempt::acknowledged).count();
    }

    /** How many were refused so far: nothing was stored. */
    long refused() {
        return attempts.stream().filter(Attempt::refused).count();
    }

    /** How many have an outcome that their client does not know. */
    long unknown() {
        return attempts.stream()
                .filter(attempt -> !attempt.acknowledged() && !attempt.refused())
                .count();
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
     * What was acknowledged by a majority of three is there, once, at the answered offset; what was refused is nowhere; and
     * nothing is there twice.
     */
    void check(List<String> log) {
        Map<String, Long> offsets = new HashMap<>();
        for (int offset = 0; offset < log.size(); offset++) {
            Long before = offsets.put(log.get(offset), (long) offset);
            assertThat(before).as("%s is there twice", log.get(offset)).isNull();
        }
        List<String> wrong = new ArrayList<>();
        for (Attempt attempt : attempts) {
            Long found = offsets.get(attempt.message());
            boolean lost = attempt.acknowledged() && attempt.w() >= 2 && (found == null || found != attempt.offset());
            boolean moved = attempt.offset() >= 0 && found != null && found != attempt.offset();
            if (lost || moved || attempt.refused() && found != null) {
                wrong.add(attempt + " found at " + found);
            }
        }
        assertThat(wrong).isEmpty();
    }

    private void run() {
        while (!stopped) {
            long number = sequence.getAndIncrement();
            int w = WRITE_CONCERNS[(int) (number % WRITE_CONCERNS.length)];
            Attempt attempt = attempt(name + " " + number, w);
            attempts.add(attempt);
            if (!attempt.acknowledged()) {
                // As a decent client: a node that starts needs the processor more than a refusal does.
                LockSupport.parkNanos(PAUSE_AFTER_A_FAILURE.toNanos());
            }
        }
    }

    private Attempt attempt(String message, int w) {
        try {
            Answer answer = primary.append(message, w, 2_000);
            boolean acknowledged = answer.status() == 200;
            boolean stored = acknowledged || answer.status() == 202;
            boolean refused = !stored && answer.json().getString("appended").equals("no");
            return new Attempt(message, w, stored ? answer.offset() : -1, acknowledged, refused);
        } catch (UncheckedIOException | JsonException e) {
            // No answer, or one that was cut short.
            return new Attempt(message, w, -1, false, false);
        }
    }
}
