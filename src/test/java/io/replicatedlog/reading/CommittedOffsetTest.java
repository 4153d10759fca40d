package io.replicatedlog.reading;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CommittedOffsetTest {

    private final CommittedOffset committed = new CommittedOffset(3);

    @Test
    void shouldRiseAndNeverFall() {
        assertThat(committed.get()).isEqualTo(3);
        committed.raise(2);
        assertThat(committed.get()).isEqualTo(3);
        committed.raise(7);
        assertThat(committed.get()).isEqualTo(7);
        committed.raise(3);
        assertThat(committed.get()).isEqualTo(7);
    }

    @Test
    void shouldKnowNothingOfAnotherLog() {
        committed.startOver();
        assertThat(committed.get()).isZero();

        committed.raise(1);
        assertThat(committed.get()).isEqualTo(1);
    }
}
