package io.replicatedlog.primary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.Seeds;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {

    private final Backoff backoff = new Backoff(50, 2_000);

    @ParameterizedTest
    @CsvSource({"1,50", "2,100", "3,200", "4,400", "5,800", "6,1600", "7,2000", "8,2000", "1000,2000"})
    void shouldDoubleItsBoundUpToTheCap(int failures, long boundMs) {
        assertThat(backoff.boundMs(failures)).isEqualTo(boundMs);
    }

    @Test
    void shouldNeverOverflow() {
        for (Backoff extreme : new Backoff[] {
            new Backoff(1, 600_000), new Backoff(Integer.MAX_VALUE, Integer.MAX_VALUE), new Backoff(1, 1)
        }) {
            long before = 0;
            for (int failures = 1; failures <= 200; failures++) {
                long boundMs = extreme.boundMs(failures);
                assertThat(boundMs).isBetween(Math.max(1, before), (long) extreme.capMs());
                before = boundMs;
            }
            assertThat(extreme.boundMs(Integer.MAX_VALUE)).isEqualTo(extreme.capMs());
        }
    }

    @Test
    void shouldNeverDelayBeyondTheBound() {
        Seeds.each(200, random -> {
            for (int failures = 1; failures <= 40; failures++) {
                assertThat(backoff.delayMs(failures, random)).isBetween(0L, backoff.boundMs(failures));
            }
        });
    }

    @Test
    void shouldReachBothEndsOfItsRange() {
        Seeds.each(
                10,
                random -> assertThat(LongStream.range(0, 100)
                                .map(ignored -> new Backoff(1, 1).delayMs(1, random))
                                .boxed())
                        .contains(0L, 1L));
    }

    /** Full jitter: each of ten equal parts of the range gets a tenth of the delays, give or take a fifth. */
    @Test
    void shouldSpreadDelaysEvenly() {
        Seeds.each(20, random -> {
            int[] parts = new int[10];
            int draws = 20_000;
            for (int i = 0; i < draws; i++) {
                parts[(int) Math.min(9, backoff.delayMs(20, random) / 200)]++;
            }
            assertThat(Arrays.stream(parts).boxed())
                    .allSatisfy(count -> assertThat(count).isBetween(draws / 10 * 4 / 5, draws / 10 * 6 / 5));
        });
    }

    @ParameterizedTest
    @CsvSource({"0,10", "-1,10", "10,9", "0,0"})
    void shouldRefuseBoundsThatMakeNoSense(int baseMs, int capMs) {
        assertThatThrownBy(() -> new Backoff(baseMs, capMs)).isInstanceOf(IllegalArgumentException.class);
    }
}
