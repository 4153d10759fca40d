package io.replicatedlog.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A limit of the system below what the server may take is worth a warning. */
class FileLimitTest {

    @Test
    void shouldWarnWhereTheSystemAllowsFewerFilesThanConnections() {
        assertThat(FileLimit.warning(25_000, 1_024).orElseThrow())
                .contains("HTTP_MAX_CONNECTIONS is 25000", "may open 1024 files", "ulimit -n");
        assertThat(FileLimit.warning(25_000, 25_000)).isEmpty();
    }

    @Test
    void shouldAskTheSystem() {
        assertThat(FileLimit.warning(1)).isEmpty();
        assertThat(FileLimit.warning(Integer.MAX_VALUE)).isPresent();
    }
}
