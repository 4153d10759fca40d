package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.secondaries;
import static io.replicatedlog.primary.SampleNodes.secondary;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AcknowledgementsTest {

    private final Acknowledgements held = new Acknowledgements(secondaries(4));

    @Test
    void shouldCountWhicheverSecondariesHoldAnEntry() {
        held.forced(10);
        held.acknowledged(secondary(1), 2, true);
        held.acknowledged(secondary(4), 7, true);
        held.acknowledged(secondary(2), 10, true);

        assertThat(held.nodes()).isEqualTo(5);
        assertThat(held.count(1)).isEqualTo(4);
        assertThat(held.count(2)).isEqualTo(3);
        assertThat(held.count(9)).isEqualTo(2);
        assertThat(held.count(10)).isZero();
        assertThat(List.of(held.heldBy(1), held.heldBy(2), held.heldBy(3), held.heldBy(4), held.heldBy(5)))
                .containsExactly(10L, 10L, 7L, 2L, 0L);
        assertThat(held.heldByMajority()).isEqualTo(7);
    }

    /** A primary that ends before it has forced an entry may go on without it. */
    @Test
    void shouldCountNothingThatThePrimaryItselfDoesNotHold() {
        for (int number = 1; number <= 4; number++) {
            held.acknowledged(secondary(number), 9, true);
        }
        assertThat(held.count(0)).isZero();
        assertThat(held.heldBy(3)).isZero();

        held.forced(4);

        assertThat(held.count(3)).isEqualTo(5);
        assertThat(held.count(4)).isZero();
        assertThat(held.heldByMajority()).isEqualTo(4);
    }

    @Test
    void shouldTellWhatWasHeldBefore() {
        assertThat(held.forced(3)).isZero();
        assertThat(held.forced(5)).isEqualTo(3);
        assertThat(held.acknowledged(secondary(1), 5, true)).isZero();
        assertThat(held.acknowledged(secondary(1), 2, true))
                .as("it lost entries")
                .isEqualTo(5);
        assertThat(held.of(secondary(1))).isEqualTo(2);
        assertThat(held.ofPrimary()).isEqualTo(5);
    }

    @Test
    void shouldCountNothingOfASecondaryThatMayLackSomething() {
        held.forced(5);
        held.acknowledged(secondary(1), 5, true);
        held.acknowledged(secondary(2), 5, false);

        assertThat(held.count(4)).isEqualTo(2);
        assertThat(held.heldByMajority()).isZero();
        assertThat(held.holders(5)).isEqualTo(1);
        assertThat(held.counts(secondary(2))).isFalse();
        assertThat(held.of(secondary(2))).as("what it holds is known").isEqualTo(5);

        held.acknowledged(secondary(2), 5, true);
        assertThat(held.heldByMajority()).isEqualTo(5);
        assertThat(held.holders(5)).isEqualTo(2);
        assertThat(held.holders(6)).isZero();
    }

    @Test
    void shouldCountNothingOfASecondaryThatFollowsNoMoreUntilItAcknowledgesAgain() {
        held.forced(5);
        held.acknowledged(secondary(1), 5, true);

        held.refused(secondary(1));
        assertThat(held.counts(secondary(1))).isFalse();
        assertThat(held.count(0)).isEqualTo(1);
        assertThat(held.holders(0)).isZero();
        assertThat(held.of(secondary(1))).isEqualTo(5);

        held.acknowledged(secondary(1), 2, true);
        assertThat(held.count(1)).isEqualTo(2);
    }

    @Test
    void shouldCountNobodyBeforeTheFirstAcknowledgement() {
        assertThat(held.holders(0))
                .as("a follower that holds nothing is one all the same")
                .isZero();
        assertThat(held.counts(secondary(1))).isFalse();

        held.acknowledged(secondary(1), 0, true);

        assertThat(held.holders(0)).isEqualTo(1);
    }

    @Test
    void shouldCountTheSecondariesOfTheReignThatBegins() {
        held.forced(3);
        held.acknowledged(secondary(1), 3, true);

        held.begin(secondaries(2));

        assertThat(held.nodes()).isEqualTo(3);
        assertThat(held.ofPrimary()).isZero();
        assertThat(held.of(secondary(1))).isZero();
        assertThat(held.of(secondary(4))).as("it does not belong any more").isZero();
        assertThat(held.counts(secondary(4))).isFalse();
    }

    /** Its last call may have begun as the reign did in which it does not belong any more. */
    @Test
    void shouldIgnoreASecondaryThatDoesNotBelong() {
        held.forced(3);

        assertThat(held.acknowledged(secondary(9), 3, true)).isZero();
        held.refused(secondary(9));

        assertThat(held.nodes()).isEqualTo(5);
        assertThat(held.count(2)).isEqualTo(1);
        assertThat(held.of(secondary(9))).isZero();
    }

    @Test
    void shouldForgetEverythingWithTheReign() {
        held.forced(3);
        held.acknowledged(secondary(1), 3, true);

        held.clear();

        assertThat(held.ofPrimary()).isZero();
        assertThat(held.of(secondary(1))).isZero();
        assertThat(held.nodes()).isEqualTo(5);
    }

    @Test
    void shouldCountALonePrimaryForEverybody() {
        Acknowledgements alone = new Acknowledgements(List.of());
        alone.forced(3);

        assertThat(alone.nodes()).isEqualTo(1);
        assertThat(alone.heldByMajority()).isEqualTo(3);
        assertThat(alone.count(2)).isEqualTo(1);
    }
}
