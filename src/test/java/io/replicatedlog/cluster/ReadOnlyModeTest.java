package io.replicatedlog.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReadOnlyModeTest {

    private final ReadOnlyMode mode = new ReadOnlyMode();

    @Test
    void shouldBeOnUntilAQuorumWasSeen() {
        assertThat(mode.reason())
                .hasValueSatisfying(reason -> assertThat(reason).contains("starting"));
        assertThat(mode.leave()).isTrue();
        assertThat(mode.reason()).isEmpty();
    }

    @Test
    void shouldShowTheLatestReasonAndTellWhetherAnythingChanged() {
        assertThat(mode.enter("no quorum: 1 of 3")).as("it was on").isFalse();
        assertThat(mode.reason()).contains("no quorum: 1 of 3");

        assertThat(mode.leave()).isTrue();
        assertThat(mode.leave()).isFalse();
        assertThat(mode.enter("no quorum: 2 of 5")).isTrue();
        assertThat(mode.enter("no quorum: 1 of 5")).isFalse();
        assertThat(mode.reason()).contains("no quorum: 1 of 5");
    }
}
