package io.replicatedlog.system.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The numbers of a cluster that has been in use, and whoever refers to them. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class MetricsIT {

    private static final Pattern NAME = Pattern.compile("replicatedlog_[a-z_]+");

    @AutoClose
    private static LibertyCluster cluster;

    private static Metrics metrics;

    @BeforeAll
    static void useACluster() {
        cluster = LibertyCluster.start(
                "metrics",
                1,
                Map.of("HEALTHCHECK_PERIOD_MILLISECOND", "2000")); // the quorum is lost later than 202 comes
        LogClient primary = cluster.primary().client();
        primary.append("one", 1);
        primary.append("two", 2);
        primary.append("none", 9);
        cluster.secondary(1).kill();
        primary.append("waits in vain", 2, 100);
        cluster.awaitHealth(cluster.secondary(1), "UNHEALTHY");
        primary.append("refused", 1);
        metrics = Metrics.of(primary);
    }

    @Test
    void shouldCountAndTime() {
        String secondary = "secondary=\"" + cluster.secondary(1).url() + "\"";

        assertThat(metrics.value("replicatedlog_appends_total")).isEqualTo(5);
        assertThat(metrics.series())
                .anyMatch(
                        series -> series.startsWith("replicatedlog_appends_total") && series.contains("status=\"400\""))
                .anyMatch(
                        series -> series.startsWith("replicatedlog_appends_total") && series.contains("status=\"202\""))
                .anyMatch(
                        series -> series.startsWith("replicatedlog_appends_total") && series.contains("status=\"503\""))
                .anyMatch(series -> series.startsWith("replicatedlog_secondary_lag") && series.contains(secondary))
                .anyMatch(series -> series.startsWith("replicatedlog_append_duration_seconds_bucket")
                        && series.contains("w=\"2\""));
        assertThat(metrics.value("replicatedlog_append_duration_seconds_count")).isEqualTo(3);
        assertThat(metrics.value("replicatedlog_end")).isEqualTo(3);
        assertThat(metrics.value("replicatedlog_committed")).isEqualTo(2);
        assertThat(metrics.value("replicatedlog_secondary_acknowledged")).isEqualTo(2);
        assertThat(metrics.value("replicatedlog_secondary_lag")).isEqualTo(1);
        assertThat(metrics.value("replicatedlog_secondary_healthy")).isZero();
        assertThat(metrics.value("replicatedlog_read_only")).isEqualTo(1);
        assertThat(metrics.value("replicatedlog_quorum_healthy")).isEqualTo(1);
        assertThat(metrics.value("replicatedlog_quorum_required")).isEqualTo(2);
        assertThat(metrics.value("replicatedlog_nodes")).isEqualTo(2);
        assertThat(metrics.value("replicatedlog_waiting_appends")).isZero();
        assertThat(metrics.value("replicatedlog_force_duration_seconds_count")).isPositive();
        assertThat(metrics.value("replicatedlog_force_entries_sum")).isEqualTo(3);
        assertThat(metrics.value("replicatedlog_replicate_entries_sum")).isEqualTo(2);
        assertThat(metrics.value("replicatedlog_replicate_failures_total")).isPositive();
        assertThat(metrics.value("replicatedlog_log_bytes")).isGreaterThan(100);
    }

    /** Labels are statuses, write concerns, outcomes of elections, bounds of buckets, and members. */
    @Test
    void shouldHaveNoLabelWithoutABound() {
        assertThat(metrics.series())
                .allMatch(series ->
                        series.matches("[^{]+\\{(?:(?:mp_scope|mp_app|status|w|secondary|outcome|le)=\"[^\"]*\",?)*}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "monitoring/alerts.yaml",
                "monitoring/grafana/dashboards/replicated-log.json",
                "src/main/webapp/console/charts.js",
                "docs/metrics.md"
            })
    void shouldKnowEveryNameThatIsReferredTo(String file) throws IOException {
        Set<String> names = new TreeSet<>();
        for (Matcher name = NAME.matcher(Files.readString(Path.of(file))); name.find(); ) {
            names.add(name.group().replaceAll("_$", ""));
        }

        assertThat(names).isNotEmpty();
        assertThat(names)
                .allMatch(name -> metrics.names().contains(name)
                        || List.of("_bucket", "_sum", "_count").stream()
                                .anyMatch(part -> metrics.names().contains(name + part)));
    }

    @Test
    void shouldDescribeEveryName() throws IOException {
        String page = Files.readString(Path.of("docs/metrics.md"));

        assertThat(metrics.names())
                .filteredOn(name -> name.startsWith("replicatedlog_"))
                .extracting(name -> name.replaceAll("_(bucket|sum|count|max)$", ""))
                .allMatch(page::contains);
    }
}
