package io.replicatedlog.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterSecretTest {

    private static final String OLD = "the-secret-of-yesterday";
    private static final String NEW = "the-secret-of-tomorrow";

    private final ClusterSecret secret = ClusterSecret.parse(" " + OLD + "\n");

    @Test
    void shouldKnowItsOwn() {
        assertThat(secret.isIn(secret.authorization())).isTrue();
        assertThat(secret.isIn("bearer " + OLD)).isTrue();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "Bearer",
                "Bearer ",
                OLD,
                "Basic " + OLD,
                "Bearer " + NEW,
                "Bearer " + OLD + "x",
                "Bearer the-secret-of-yesterda",
                "Bearer THE-SECRET-OF-YESTERDAY",
                "Bearer " + OLD + "," + NEW
            })
    void shouldKnowNoOther(String authorization) {
        assertThat(secret.isIn(authorization)).isFalse();
    }

    /** One node after another: all accept both before anybody sends the new one. */
    @Test
    void shouldBeChangedWithoutACallThatFails() {
        ClusterSecret first = ClusterSecret.parse(OLD + "," + NEW);
        ClusterSecret second = ClusterSecret.parse(NEW + ", " + OLD);
        ClusterSecret last = ClusterSecret.parse(NEW);

        assertThat(secret.isIn(first.authorization())).isTrue();
        assertThat(first.isIn(secret.authorization())).isTrue();
        assertThat(first.isIn(second.authorization())).isTrue();
        assertThat(second.isIn(first.authorization())).isTrue();
        assertThat(second.isIn(last.authorization())).isTrue();
        assertThat(last.isIn(second.authorization())).isTrue();
        assertThat(last.isIn(secret.authorization())).isFalse();
    }

    @Test
    void shouldNotBeShown() {
        assertThat(secret.toString()).doesNotContain(OLD);
    }
}
