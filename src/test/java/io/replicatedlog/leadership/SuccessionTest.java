package io.replicatedlog.leadership;

import static io.replicatedlog.leadership.SampleMembers.member;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.leadership.Succession.Change;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SuccessionTest {

    private final Succession succession = new Succession();

    private static Change leads(int member, long epoch) {
        return new Change(1_000 * epoch, epoch, Optional.of(member(member)));
    }

    private static Change nobody(long epoch) {
        return new Change(1_000 * epoch + 1, epoch, Optional.empty());
    }

    @Test
    void shouldRememberEachChangeTheNewestFirst() {
        assertThat(succession.add(leads(1, 5))).isTrue();
        assertThat(succession.add(nobody(6))).isTrue();
        assertThat(succession.add(leads(2, 6))).isTrue();

        assertThat(succession.changes()).containsExactly(leads(2, 6), nobody(6), leads(1, 5));
        assertThat(succession.current()).contains(leads(2, 6));
    }

    @Test
    void shouldNotTakeTheSameForAChange() {
        assertThat(succession.add(nobody(4))).as("nobody has led yet").isFalse();
        succession.add(leads(1, 5));

        assertThat(succession.add(new Change(9_999, 5, Optional.of(member(1)))))
                .as("the same reign")
                .isFalse();
        assertThat(succession.add(leads(1, 6))).as("another reign").isTrue();
        succession.add(nobody(7));
        assertThat(succession.add(nobody(8))).as("still nobody").isFalse();

        assertThat(succession.current()).isEmpty();
        assertThat(succession.changes()).containsExactly(nobody(7), leads(1, 6), leads(1, 5));
    }

    @Test
    void shouldForgetTheOldest() {
        for (int epoch = 1; epoch <= 100; epoch++) {
            succession.add(leads(1, epoch));
        }

        assertThat(succession.changes()).hasSize(20).startsWith(leads(1, 100)).endsWith(leads(1, 81));
    }

    @Test
    void shouldKeepTheLastGapWhereTheNextReignHadNone() {
        assertThat(succession.lastGapMs()).isEmpty();
        succession.ledAfter(OptionalLong.of(1_700));
        succession.ledAfter(OptionalLong.empty());

        assertThat(succession.lastGapMs()).hasValue(1_700);
    }
}
