package io.replicatedlog.primary;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class GatheringTest {

    private final AtomicLong end = new AtomicLong(1);
    private final AtomicInteger looks = new AtomicInteger();
    private final Gathering gathering = new Gathering(SECONDS.toNanos(5));

    @Test
    void shouldNotWaitAtFirst() {
        assertThat(looksAtTheEnd(0)).isEqualTo(1);
    }

    @Test
    void shouldNotWaitWhereAppendsComeOneByOne() {
        gathering.served(1);

        assertThat(looksAtTheEnd(0)).isEqualTo(1);
    }

    @Test
    void shouldNotWaitWhereAsManyAreThereAsLastTime() {
        gathering.served(50);
        end.set(150);

        assertThat(looksAtTheEnd(100)).isEqualTo(1);
    }

    @Test
    void shouldWaitNoLongerThanItsBound() {
        Gathering brief = new Gathering(MILLISECONDS.toNanos(20));
        brief.served(50);
        long began = System.nanoTime();

        brief.await(0, end::get);

        assertThat(System.nanoTime() - began).isBetween(MILLISECONDS.toNanos(20), SECONDS.toNanos(5));
    }

    @Test
    @Timeout(10)
    void shouldEndItsWaitWithTheLastThatItWaitsFor() throws Exception {
        for (int i = 0; i < 100; i++) {
            end.set(49);
            gathering.served(50);
            CompletableFuture<Void> waited = CompletableFuture.runAsync(() -> await(0));
            gathering.appended(end.incrementAndGet());
            waited.get(2, SECONDS); // its bound is longer
        }
    }

    @Test
    void shouldForgetWhatTheStepBeforeTheLastServed() {
        gathering.served(50);
        gathering.served(1);

        assertThat(looksAtTheEnd(0)).isEqualTo(1);
    }

    private int looksAtTheEnd(long from) {
        looks.set(0);
        await(from);
        return looks.get();
    }

    private void await(long from) {
        gathering.await(from, () -> {
            looks.incrementAndGet();
            return end.get();
        });
    }
}
