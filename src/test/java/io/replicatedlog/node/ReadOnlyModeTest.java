package io.replicatedlog.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.node.ReadOnlyMode.Cause;
import org.junit.jupiter.api.Test;

class ReadOnlyModeTest {

    private final ReadOnlyMode mode = new ReadOnlyMode();

    @Test
    void shouldBeOnUntilTheNodeRecoveredAndAQuorumWasSeen() {
        assertThat(mode.reason()).contains("recovering: the node starts; no quorum: none has been seen yet");
        assertThat(mode.leave(Cause.QUORUM)).isTrue();
        assertThat(mode.reason()).contains("recovering: the node starts");
        assertThat(mode.leave(Cause.RECOVERY)).isTrue();
        assertThat(mode.reason()).isEmpty();
    }

    @Test
    void shouldShowTheLatestReasonAndTellWhetherAnythingChanged() {
        mode.leave(Cause.RECOVERY);
        assertThat(mode.enter(Cause.QUORUM, "no quorum: 1 of 3"))
                .as("it was on")
                .isFalse();
        assertThat(mode.reason()).contains("no quorum: 1 of 3");

        assertThat(mode.leave(Cause.QUORUM)).isTrue();
        assertThat(mode.leave(Cause.QUORUM)).isFalse();
        assertThat(mode.enter(Cause.QUORUM, "no quorum: 2 of 5")).isTrue();
        assertThat(mode.enter(Cause.QUORUM, "no quorum: 1 of 5")).isFalse();
        assertThat(mode.reason()).contains("no quorum: 1 of 5");
        assertThat(mode.enter(Cause.STORAGE, "storage has failed")).isTrue();
        assertThat(mode.reason()).contains("storage has failed; no quorum: 1 of 5");
    }

    @Test
    void shouldKnowWhichCausesRefuseAppends() {
        assertThat(mode.isFor(Cause.QUORUM)).isTrue();
        assertThat(mode.isFor(Cause.STORAGE)).isFalse();

        mode.leave(Cause.QUORUM);

        assertThat(mode.isFor(Cause.QUORUM)).isFalse();
        assertThat(mode.isFor(Cause.RECOVERY)).isTrue();
    }
}
