package io.replicatedlog.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PositionTest {

    private static final UUID NODE = new UUID(8, 8);
    private static final UUID LOG = new UUID(1, 1);

    @Test
    void shouldGoFurtherWithALaterReignThatWasMatchedHoweverShortTheLog() {
        Position matchedLater = position(3, 10);
        Position longer = position(2, 1_000);

        assertThat(matchedLater.isFurtherThan(longer)).isTrue();
        assertThat(longer.isFurtherThan(matchedLater)).isFalse();
    }

    @Test
    void shouldGoFurtherWithALongerLogOfTheSameReign() {
        assertThat(position(3, 11).isFurtherThan(position(3, 10))).isTrue();
        assertThat(position(3, 10).isFurtherThan(position(3, 11))).isFalse();
        assertThat(position(3, 10).isFurtherThan(position(3, 10))).isFalse();
    }

    /** The last entry may be a stale one of a reign that is over. */
    @Test
    void shouldNotGoFurtherForTheEpochOfItsLastEntry() {
        Position stale = new Position(NODE, 0, Optional.empty(), 2, 10, 9, 0, true);

        assertThat(stale.isFurtherThan(position(3, 5))).isFalse();
    }

    @Test
    void shouldKnowTheHighestEpochThatItTellsOf() {
        Optional<Reign> reign = Optional.of(new Reign(LOG, 5));

        assertThat(new Position(NODE, 7, reign, 5, 3, 4, 0, true).epoch()).isEqualTo(7);
        assertThat(new Position(NODE, 0, reign, 5, 3, 4, 0, true).epoch()).isEqualTo(5);
        assertThat(new Position(NODE, 0, Optional.empty(), 0, 3, 4, 0, true).epoch())
                .isEqualTo(4);
        assertThat(new Position(NODE, 0, Optional.empty(), 0, 0, 0, 0, true).epoch())
                .isZero();
    }

    @Test
    void shouldKnowWhichLogItIsOf() {
        Position position = new Position(NODE, 0, Optional.of(new Reign(LOG, 5)), 5, 0, 0, 0, true);

        assertThat(position.isOf(LOG)).isTrue();
        assertThat(position.isOf(new UUID(2, 2))).isFalse();
        assertThat(position.isEmpty()).isTrue();
        assertThat(position(1, 1).isOf(LOG)).isFalse();
        assertThat(position(1, 1).isEmpty()).isFalse();
    }

    private static Position position(long matched, long end) {
        return new Position(NODE, 0, Optional.empty(), matched, end, 0, 0, true);
    }
}
