package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.secondaries;
import static io.replicatedlog.primary.SampleNodes.secondary;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.Seeds;
import io.replicatedlog.reading.CommittedOffset;
import org.junit.jupiter.api.Test;

/** The commit rule, among five nodes. */
class CommitmentTest {

    private final Acknowledgements held = new Acknowledgements(secondaries(4));
    private final CommittedOffset committed = new CommittedOffset(0);
    private final Commitment commitment = new Commitment(held, committed);

    @Test
    void shouldCommitWhatAMajorityHoldsOfAnEstablishedReign() {
        commitment.established(0);
        held.forced(3);
        held.acknowledged(secondary(1), 2, true);
        commitment.advance();
        assertThat(commitment.offset()).isZero();

        held.acknowledged(secondary(2), 1, true);
        commitment.advance();

        assertThat(commitment.offset()).isEqualTo(1);
        assertThat(committed.get()).as("readers see it").isEqualTo(1);
    }

    @Test
    void shouldCommitNothingBeforeTheReignIsEstablishedWhoeverHoldsIt() {
        held.forced(3);
        for (int number = 1; number <= 4; number++) {
            held.acknowledged(secondary(number), 3, true);
            commitment.advance();
        }

        assertThat(commitment.offset()).isZero();
    }

    /** Those that established it have matched it, and a later primary has the log of one of them. */
    @Test
    void shouldCommitWhatTheReignBeganWithAsSoonAsItIsEstablished() {
        held.forced(3);
        held.acknowledged(secondary(1), 3, true);
        held.acknowledged(secondary(2), 3, true);

        commitment.established(3);

        assertThat(commitment.offset()).as("without an entry of this reign").isEqualTo(3);
    }

    @Test
    void shouldCommitWhatAMajorityHoldsByThenOfWhatWasAppendedBefore() {
        held.forced(5);
        held.acknowledged(secondary(1), 4, true);
        held.acknowledged(secondary(2), 5, true);

        commitment.established(3);

        assertThat(commitment.offset()).isEqualTo(4);
    }

    @Test
    void shouldNotCountASecondaryThatMayLackSomething() {
        commitment.established(0);
        held.forced(2);
        held.acknowledged(secondary(1), 2, true);
        held.acknowledged(secondary(2), 2, false);
        held.acknowledged(secondary(3), 2, false);
        commitment.advance();
        assertThat(commitment.offset()).isZero();

        held.acknowledged(secondary(3), 2, true);
        commitment.advance();

        assertThat(commitment.offset()).isEqualTo(2);
    }

    @Test
    void shouldCommitWhatALonePrimaryHolds() {
        Acknowledgements alone = new Acknowledgements(secondaries(0));
        alone.forced(3);
        Commitment own = new Commitment(alone, committed);

        own.established(3);
        assertThat(own.offset()).isEqualTo(3);

        alone.forced(4);
        own.advance();
        assertThat(own.offset()).isEqualTo(4);
    }

    @Test
    void shouldCommitNothingMoreOnceTheReignIsOver() {
        commitment.established(0);
        held.forced(1);
        commitment.end();
        for (int number = 1; number <= 4; number++) {
            held.acknowledged(secondary(number), 1, true);
        }
        commitment.advance();

        assertThat(commitment.offset()).isZero();
    }

    @Test
    void shouldBeginAtNothingWithAnotherLog() {
        commitment.established(0);
        held.forced(1);
        held.acknowledged(secondary(1), 1, true);
        held.acknowledged(secondary(2), 1, true);
        commitment.advance();
        assertThat(commitment.offset()).isEqualTo(1);

        commitment.startOver();

        assertThat(commitment.offset()).isZero();
    }

    /** Whatever nodes lose, and whatever reigns begin. */
    @Test
    void shouldNeverFallAndNeverPassWhatTheReignBeganWithOrItsMajorityHolds() {
        Seeds.each(300, random -> {
            Acknowledgements all = new Acknowledgements(secondaries(random.nextInt(6)));
            Commitment rule = new Commitment(all, new CommittedOffset(0));
            long end = 0;
            long start = 0;
            boolean isEstablished = false;
            long before = 0;
            for (int step = 0; step < 100; step++) {
                switch (random.nextInt(6)) {
                    case 0 -> {
                        start = end;
                        isEstablished = true;
                        rule.established(start);
                    }
                    case 1 -> end += random.nextInt(3);
                    case 2 -> all.forced(random.nextLong(end + 1));
                    case 3 -> {
                        if (random.nextInt(10) == 0) {
                            isEstablished = false;
                            rule.end();
                            all.clear();
                        }
                    }
                    default -> {
                        if (all.nodes() > 1) {
                            all.acknowledged(
                                    secondary(1 + random.nextInt(all.nodes() - 1)),
                                    random.nextLong(end + 1),
                                    random.nextInt(4) > 0);
                        }
                    }
                }
                rule.advance();
                assertThat(rule.offset()).isGreaterThanOrEqualTo(before);
                if (rule.offset() > before) {
                    assertThat(isEstablished).isTrue();
                    assertThat(rule.offset()).isLessThanOrEqualTo(Math.max(start, all.heldByMajority()));
                }
                before = rule.offset();
            }
        });
    }
}
