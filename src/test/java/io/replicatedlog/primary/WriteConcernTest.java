package io.replicatedlog.primary;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WriteConcernTest {

    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "3,2", "4,3", "5,3", "6,4", "7,4"})
    void shouldKnowMajorityAndAllByName(int nodes, int majority) {
        assertThat(WriteConcern.named("majority", nodes)).contains(new WriteConcern(majority));
        assertThat(WriteConcern.named("all", nodes)).contains(new WriteConcern(nodes));
        assertThat(WriteConcern.parse("majority", nodes)).contains(new WriteConcern(majority));
        assertThat(WriteConcern.parse("all", nodes)).contains(new WriteConcern(nodes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "most", "ALL", "Majority", " all", "2"})
    void shouldKnowNoOtherName(String name) {
        assertThat(WriteConcern.named(name, 3)).isEmpty();
    }

    @Test
    void shouldAllowEveryNumberOfNodesThatThereAre() {
        for (int nodes = 1; nodes <= 7; nodes++) {
            for (int w = 1; w <= nodes; w++) {
                assertThat(WriteConcern.of(w, nodes)).contains(new WriteConcern(w));
                assertThat(WriteConcern.parse(String.valueOf(w), nodes)).contains(new WriteConcern(w));
            }
            assertThat(WriteConcern.parse(String.valueOf(nodes + 1), nodes)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 4, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40, (1L << 32) + 1, (1L << 32) + 2})
    void shouldRefuseAnyOtherNumber(long nodes) {
        assertThat(WriteConcern.of(nodes, 3)).isEmpty();
        assertThat(WriteConcern.parse(String.valueOf(nodes), 3)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "+2", "-2", "2.0", "2e0", " 2", "2 ", "0x2", "99999999999999999999", "\u0662"})
    void shouldRefuseWhatIsNoPlainNumber(String text) {
        assertThat(WriteConcern.parse(text, 3)).isEmpty();
    }
}
