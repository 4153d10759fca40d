package io.replicatedlog.membership;

import static io.replicatedlog.membership.Health.HEALTHY;
import static io.replicatedlog.membership.Health.SUSPECTED;
import static io.replicatedlog.membership.Health.UNHEALTHY;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.membership.MemberHealth.Change;
import org.junit.jupiter.api.Test;

class MemberHealthTest {

    private final MemberHealth health = new MemberHealth();

    @Test
    void shouldBeSuspectedUntilItFirstAnswers() {
        assertThat(health.health()).isEqualTo(SUSPECTED);
        assertThat(health.answered()).isEqualTo(new Change(SUSPECTED, HEALTHY, 0));
        assertThat(health.health()).isEqualTo(HEALTHY);
    }

    @Test
    void shouldBeSuspectedWithTheFirstMissAndUnhealthyWithTheThird() {
        health.answered();

        assertThat(health.missed()).isEqualTo(new Change(HEALTHY, SUSPECTED, 1));
        assertThat(health.missed()).isEqualTo(new Change(SUSPECTED, SUSPECTED, 2));
        assertThat(health.missed()).isEqualTo(new Change(SUSPECTED, UNHEALTHY, 3));
        assertThat(health.health()).isEqualTo(UNHEALTHY);
    }

    @Test
    void shouldBeUnhealthyAfterThreeMissesThoughItNeverAnswered() {
        health.missed();
        health.missed();
        assertThat(health.health()).isEqualTo(SUSPECTED);
        health.missed();
        assertThat(health.health()).isEqualTo(UNHEALTHY);
    }

    @Test
    void shouldBeHealthyWithTheFirstAnswerHoweverManyItMissed() {
        for (int i = 0; i < 1_000; i++) {
            health.missed();
        }
        assertThat(health.missed()).isEqualTo(new Change(UNHEALTHY, UNHEALTHY, 3));

        assertThat(health.answered()).isEqualTo(new Change(UNHEALTHY, HEALTHY, 0));
    }

    @Test
    void shouldCountOnlyMissesInARow() {
        for (int i = 0; i < 10; i++) {
            health.answered();
            health.missed();
            health.missed();
            assertThat(health.health()).isEqualTo(SUSPECTED);
        }
    }

    @Test
    void shouldTellWhetherAnythingChanged() {
        assertThat(health.answered().changed()).isTrue();
        assertThat(health.answered().changed()).isFalse();
        assertThat(health.missed().changed()).isTrue();
        assertThat(health.missed().changed()).isFalse();
    }
}
