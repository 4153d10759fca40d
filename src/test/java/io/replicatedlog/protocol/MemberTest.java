package io.replicatedlog.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemberTest {

    private static final URI ONE = URI.create("http://one:8080");
    private static final URI TWO = URI.create("https://two.example.org:9443");

    @Test
    void shouldBeItsUrl() {
        assertThat(Member.of(List.of(TWO, ONE))).containsExactly(new Member(TWO), new Member(ONE));
        assertThat(new Member(TWO)).hasToString("https://two.example.org:9443");
        assertThat(Member.of(List.of())).isEmpty();
    }
}
