package io.replicatedlog.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProgressTest {

    private final Progress progress = new Progress("entries", 100);

    @Test
    void shouldSayHowLongItTakesOnceInTenSeconds() {
        assertThat(progress.update(0, 5_000)).isFalse();
        assertThat(progress.update(9_999, 4_500)).isFalse();
        assertThat(progress.remainingSeconds()).isEmpty();

        assertThat(progress.update(10_000, 4_000)).isTrue();
        assertThat(progress.remainingSeconds()).hasValue(40);
        assertThat(progress.describe()).isEqualTo("4000 entries are left, some 40 s more");
        assertThat(progress.update(15_000, 3_950)).isFalse();
        assertThat(progress.remainingSeconds()).hasValue(40);
        assertThat(progress.update(20_000, 3_900)).isTrue();
        assertThat(progress.remainingSeconds()).hasValue(390);
    }

    @Test
    void shouldSayThatItDoesNotComeNearer() {
        progress.update(0, 5_000);
        progress.update(10_000, 6_000);

        assertThat(progress.remainingSeconds()).isEmpty();
        assertThat(progress.describe()).endsWith("they do not become fewer");
    }

    @Test
    void shouldBeSilentAboutLittle() {
        progress.update(0, 5_000);
        progress.update(10_000, 1_000);
        assertThat(progress.update(20_000, 100)).isFalse();
        assertThat(progress.remainingSeconds()).isEmpty();
        assertThat(progress.update(30_000, 101)).as("another one begins").isFalse();
    }
}
