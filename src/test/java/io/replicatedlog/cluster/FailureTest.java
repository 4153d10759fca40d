package io.replicatedlog.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import org.junit.jupiter.api.Test;

class FailureTest {

    @Test
    void shouldNameTheRootCauseInOneLine() {
        Throwable failure = new IllegalStateException(
                "the client's machinery", new RuntimeException(new ConnectException("refused\nby the host")));

        assertThat(Failure.describe(failure)).isEqualTo("ConnectException: refused");
        assertThat(Failure.rootOf(failure)).isInstanceOf(ConnectException.class);
    }

    @Test
    void shouldNameAFailureThatSaysNothing() {
        assertThat(Failure.describe(new IllegalStateException())).isEqualTo("IllegalStateException");
        assertThat(Failure.describe(new IllegalStateException(""))).startsWith("IllegalStateException");
    }
}
