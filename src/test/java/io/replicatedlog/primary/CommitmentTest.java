package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.secondaries;
import static io.replicatedlog.primary.SampleNodes.secondary;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.Seeds;
import io.replicatedlog.reading.CommittedOffset;
import java.util.HashSet;
import java.util.Set;
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
    void shouldCommitAllEntriesOfAnAppendOrNone() {
        commitment.established(2);
        commitment.appended(2, 3);
        commitment.appended(3, 6);
        commitment.appended(6, 7);
        commitment.appended(7, 9);
        held.forced(9);
        held.acknowledged(secondary(1), 9, true);
        long[] whole = {2, 2, 2, 3, 3, 3, 6, 7, 7, 9};

        for (int end = 0; end <= 9; end++) {
            held.acknowledged(secondary(2), end, true);
            commitment.advance();

            assertThat(commitment.offset()).as("a majority holds %d", end).isEqualTo(whole[end]);
        }
    }

    @Test
    void shouldForgetTheAppendsOfAReignThatIsOver() {
        commitment.established(0);
        commitment.appended(0, 5);
        commitment.end();
        held.forced(4);
        held.acknowledged(secondary(1), 4, true);
        held.acknowledged(secondary(2), 4, true);

        commitment.established(2);

        assertThat(commitment.offset()).isEqualTo(4);
    }

    /** While there are more than it tells apart, it commits less often, and in the end everything. */
    @Test
    void shouldCommitAppendsTogetherWhereTooManyAreNotCommitted() {
        commitment.established(0);
        held.acknowledged(secondary(1), Long.MAX_VALUE, true);
        int appends = 150_000;
        for (int i = 0; i < appends; i++) {
            commitment.appended(2 * i, 2 * i + 2);
        }
        held.forced(2 * appends);
        for (int end = 0; end < 2 * appends; end += 999) {
            held.acknowledged(secondary(2), end, true);
            commitment.advance();
            assertThat(commitment.offset()).isEven().isBetween(Math.min(end - 1L, 199_998), (long) end);
        }
        held.acknowledged(secondary(2), 2 * appends, true);
        commitment.advance();

        assertThat(commitment.offset()).isEqualTo(2 * appends);
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
            Set<Long> boundaries = new HashSet<>(Set.of(0L));
            for (int step = 0; step < 100; step++) {
                switch (random.nextInt(6)) {
                    case 0 -> {
                        start = end;
                        isEstablished = true;
                        rule.established(start);
                    }
                    case 1 -> {
                        long first = end;
                        end += isEstablished ? 1 + random.nextInt(4) : 0;
                        rule.appended(first, end);
                        boundaries.add(end);
                    }
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
                assertThat(rule.offset()).isGreaterThanOrEqualTo(before).isIn(boundaries);
                if (rule.offset() > before) {
                    assertThat(isEstablished).isTrue();
                    assertThat(rule.offset()).isLessThanOrEqualTo(Math.max(start, all.heldByMajority()));
                }
                before = rule.offset();
            }
        });
    }
}
