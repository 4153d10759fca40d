package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.secondaries;
import static io.replicatedlog.primary.SampleNodes.secondary;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.Seeds;
import io.replicatedlog.reading.CommittedOffset;
import org.junit.jupiter.api.Test;

/** The rule of section 5.4.2 of the paper on Raft, among five nodes. */
class CommitmentTest {

    private final Acknowledgements held = new Acknowledgements(secondaries(4));
    private final CommittedOffset committed = new CommittedOffset(0);
    private final Commitment commitment = new Commitment(held, committed);

    @Test
    void shouldCommitWhatAMajorityHoldsOfThisReign() {
        commitment.begin(0);
        held.forced(3);
        held.acknowledged(secondary(1), 2);
        commitment.advance();
        assertThat(commitment.offset()).isZero();

        held.acknowledged(secondary(2), 1);
        commitment.advance();

        assertThat(commitment.offset()).isEqualTo(1);
        assertThat(committed.get()).as("readers see it").isEqualTo(1);
    }

    @Test
    void shouldCommitNothingOfAnEarlierReignThatOnlyAMajorityHolds() {
        held.forced(3);
        commitment.begin(3);
        for (int number = 1; number <= 3; number++) {
            held.acknowledged(secondary(number), 3);
            commitment.advance();
        }

        assertThat(commitment.offset()).isZero();
    }

    @Test
    void shouldCommitWhatIsBeforeAnEntryOfThisReign() {
        held.forced(3);
        commitment.begin(3);
        held.forced(4);
        held.acknowledged(secondary(1), 4);
        held.acknowledged(secondary(2), 3);
        commitment.advance();
        assertThat(commitment.offset()).isZero();

        held.acknowledged(secondary(2), 4);
        commitment.advance();

        assertThat(commitment.offset()).isEqualTo(4);
    }

    @Test
    void shouldCommitWhatAllNodesHoldWhicheverReignWroteIt() {
        held.forced(3);
        commitment.begin(3);
        for (int number = 1; number <= 4; number++) {
            held.acknowledged(secondary(number), number == 4 ? 2 : 3);
        }
        commitment.advance();

        assertThat(commitment.offset()).isEqualTo(2);
    }

    @Test
    void shouldCommitAtOnceWhatALonePrimaryHoldsWhenItsReignBegins() {
        Acknowledgements alone = new Acknowledgements(secondaries(0));
        alone.forced(3);
        Commitment own = new Commitment(alone, committed);

        own.begin(3);

        assertThat(own.offset()).isEqualTo(3);
    }

    @Test
    void shouldCommitNothingMoreByAMajorityOnceTheReignIsOver() {
        commitment.begin(0);
        held.forced(1);
        commitment.end();
        for (int number = 1; number <= 3; number++) {
            held.acknowledged(secondary(number), 1);
        }
        commitment.advance();

        assertThat(commitment.offset()).isZero();
    }

    @Test
    void shouldBeginAtNothingWithAnotherLog() {
        commitment.begin(0);
        held.forced(1);
        held.acknowledged(secondary(1), 1);
        held.acknowledged(secondary(2), 1);
        commitment.advance();
        assertThat(commitment.offset()).isEqualTo(1);

        commitment.startOver();

        assertThat(commitment.offset()).isZero();
    }

    @Test
    void shouldKnowWhichEntriesALaterPrimaryCouldStillReplace() {
        held.forced(5);
        committed.raise(2);
        commitment.begin(5);

        assertThat(commitment.mayBeReplaced(1, 3, 3)).as("committed").isFalse();
        assertThat(commitment.mayBeReplaced(2, 3, 3)).isTrue();
        assertThat(commitment.mayBeReplaced(4, 5, 3)).isTrue();
        assertThat(commitment.mayBeReplaced(4, 2, 3))
                .as("less than a majority promises nothing")
                .isFalse();
        assertThat(commitment.mayBeReplaced(5, 3, 3)).as("of this reign").isFalse();
        assertThat(commitment.reignStart()).isEqualTo(5);
    }

    /** Whatever nodes lose, and whatever reigns begin. */
    @Test
    void shouldNeverFallAndNeverPassWhatThisReignsMajorityHolds() {
        Seeds.each(300, random -> {
            Acknowledgements all = new Acknowledgements(secondaries(random.nextInt(6)));
            Commitment rule = new Commitment(all, new CommittedOffset(0));
            long end = 0;
            long before = 0;
            for (int step = 0; step < 100; step++) {
                switch (random.nextInt(6)) {
                    case 0 -> rule.begin(end);
                    case 1 -> end += random.nextInt(3);
                    case 2 -> all.forced(random.nextLong(end + 1));
                    case 3 -> {
                        if (random.nextInt(10) == 0) {
                            rule.end();
                            all.clear();
                        }
                    }
                    default -> {
                        if (all.nodes() > 1) {
                            all.acknowledged(secondary(1 + random.nextInt(all.nodes() - 1)), random.nextLong(end + 1));
                        }
                    }
                }
                rule.advance();
                assertThat(rule.offset()).isGreaterThanOrEqualTo(before);
                if (rule.offset() > before) {
                    assertThat(all.heldByMajority()).isGreaterThanOrEqualTo(rule.offset());
                }
                before = rule.offset();
            }
        });
    }
}
