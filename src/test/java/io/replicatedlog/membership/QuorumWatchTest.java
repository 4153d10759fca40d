package io.replicatedlog.membership;

import static java.util.logging.Level.INFO;
import static java.util.logging.Level.WARNING;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.node.LogLines;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.ReadOnlyMode.Cause;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class QuorumWatchTest {

    private final ReadOnlyMode readOnlyMode = new ReadOnlyMode();
    private final LogLines lines = new LogLines(QuorumWatch.class);
    private final QuorumWatch watch = new QuorumWatch(OptionalInt.empty(), readOnlyMode);

    @AfterEach
    void close() {
        lines.close();
    }

    @Test
    void shouldTakeAppendsFromTheQuorumOnAndRefuseThemBelow() {
        readOnlyMode.leave(Cause.RECOVERY);
        watch.judge(5, 1);
        assertThat(readOnlyMode.reason())
                .hasValueSatisfying(why ->
                        assertThat(why).contains("no quorum").contains("2 of 5").contains("3 needed"));

        watch.judge(5, 2);
        assertThat(readOnlyMode.reason()).isEmpty();
        watch.judge(5, 4);
        assertThat(readOnlyMode.reason()).isEmpty();
        watch.judge(5, 1);
        assertThat(readOnlyMode.reason()).isPresent();
    }

    @Test
    void shouldSayOnceThatTheQuorumIsLostAndOnceThatItIsBack() {
        readOnlyMode.leave(Cause.RECOVERY);
        watch.judge(5, 2);
        watch.judge(5, 3);
        watch.judge(5, 1);
        watch.judge(5, 0);
        watch.judge(5, 2);

        assertThat(lines.at(WARNING)).hasSize(1);
        assertThat(lines.at(INFO))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("appends are taken"));
    }

    /** The count that is shown is the last one. */
    @Test
    void shouldShowHowManyAreLeft() {
        watch.judge(5, 1);
        watch.judge(5, 0);

        assertThat(readOnlyMode.reason())
                .hasValueSatisfying(why -> assertThat(why).contains("1 of 5"));
    }

    @Test
    void shouldNeedAMajorityOfTheMembersThatThereAre() {
        readOnlyMode.leave(Cause.RECOVERY);
        watch.judge(3, 1);
        assertThat(readOnlyMode.reason()).isEmpty();

        watch.judge(5, 1);
        assertThat(readOnlyMode.reason())
                .hasValueSatisfying(why -> assertThat(why).contains("2 of 5").contains("3 needed"));
        watch.judge(1, 0);
        assertThat(readOnlyMode.reason()).isEmpty();
    }

    @Test
    void shouldNeedAsManyAsAreConfiguredButNoMoreThanThereAre() {
        readOnlyMode.leave(Cause.RECOVERY);
        QuorumWatch configured = new QuorumWatch(OptionalInt.of(4), readOnlyMode);

        configured.judge(5, 2);
        assertThat(readOnlyMode.reason())
                .hasValueSatisfying(why -> assertThat(why).contains("4 needed"));
        configured.judge(5, 3);
        assertThat(readOnlyMode.reason()).isEmpty();
        configured.judge(3, 1);
        assertThat(readOnlyMode.reason())
                .hasValueSatisfying(why -> assertThat(why).contains("3 needed"));
        configured.judge(3, 2);
        assertThat(readOnlyMode.reason()).isEmpty();
    }

    @Test
    void shouldLeaveOtherCausesAlone() {
        watch.judge(5, 4);

        assertThat(readOnlyMode.reason())
                .hasValueSatisfying(why -> assertThat(why).contains("recovering"));
        assertThat(lines.at(INFO)).singleElement().asString().contains("still read-only: recovering");
    }
}
