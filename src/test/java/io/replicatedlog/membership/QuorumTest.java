package io.replicatedlog.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuorumTest {

    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "3,2", "4,3", "5,3", "6,4", "7,4"})
    void shouldNeedMoreThanHalfOfTheConfiguredNodes(int nodes, int majority) {
        assertThat(Quorum.majority(nodes)).isEqualTo(majority);
        assertThat(Quorum.majorityOf(nodes)).isEqualTo(new Quorum(nodes, majority));
    }

    @Test
    void shouldBeMetByThePrimaryAndEnoughHealthySecondaries() {
        for (int nodes = 1; nodes <= 7; nodes++) {
            for (int required = 1; required <= nodes; required++) {
                for (int healthy = 0; healthy < nodes; healthy++) {
                    assertThat(new Quorum(nodes, required).isMetWith(healthy))
                            .as("%d of %d needed, %d secondaries and the primary", required, nodes, healthy)
                            .isEqualTo(healthy >= required - 1);
                }
            }
        }
    }

    @Test
    void shouldAlwaysBeMetWithoutSecondaries() {
        assertThat(Quorum.majorityOf(1).isMetWith(0)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0,0", "0,1", "1,0", "3,0", "3,-1", "3,4", "-1,-1"})
    void shouldRefuseWhatCanNeverBeMetOrNeverMissed(int nodes, int required) {
        assertThatThrownBy(() -> new Quorum(nodes, required)).isInstanceOf(IllegalArgumentException.class);
    }
}
