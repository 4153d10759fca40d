package io.replicatedlog.system.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.Load;
import io.replicatedlog.system.fixture.Pause;
import io.replicatedlog.system.fixture.ProcessUsage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/**
 * The same rate for as long as one likes: {@code ./lab soak MINUTES}. What a node needs, and how long an append takes,
 * must be the same at the end as at the beginning.
 */
class Soak {

    private static final int CLIENTS = 10;
    private static final Duration PERIOD = Duration.ofMillis(50);
    private static final Duration EVERY = Duration.ofMinutes(1);

    /** Appends in a minute. */
    private static final long RATE = CLIENTS * EVERY.toMillis() / PERIOD.toMillis();

    /** Compilers, pools and buffers have settled by then. */
    private static final int WARM_UP_MINUTES = 5;

    /** How much more at the end than after the warm-up is still the same. */
    private static final double TOLERANCE = 1.25;

    /** One line of the table. */
    private record Sample(long minute, List<ProcessUsage> nodes, int appends, Duration p50, Duration p99) {

        /** Of the node that has most. */
        double most(ToDoubleFunction<ProcessUsage> what) {
            return nodes.stream().mapToDouble(what).max().orElseThrow();
        }

        @Override
        public String toString() {
            return "minute %d: %d appends, p50 %.1f ms, p99 %.1f ms; %s"
                    .formatted(minute, appends, p50.toNanos() / 1e6, p99.toNanos() / 1e6, nodes);
        }
    }

    @Test
    void shouldNeedTheSameAtTheEndAsAtTheBeginning() {
        long minutes = Long.getLong("soak.minutes", 60);
        assertThat(minutes)
                .as("minutes, of which the first %d count for nothing", WARM_UP_MINUTES)
                .isGreaterThanOrEqualTo(3 * WARM_UP_MINUTES);
        List<Sample> samples = new ArrayList<>();
        try (LibertyCluster cluster = LibertyCluster.start("soak", 2, Map.of("JVM_ARGS", ""));
                Load load = Load.steady(cluster.primary().client(), CLIENTS, PERIOD)) {
            long began = System.nanoTime();
            for (long minute = 1; minute <= minutes; minute++) {
                long due = began + minute * EVERY.toNanos();
                Pause.ofMs(TimeUnit.NANOSECONDS.toMillis(due - System.nanoTime()));
                samples.add(sample(minute, cluster, load.takeLatencies()));
                System.out.println("soak: " + samples.get(samples.size() - 1));
            }
            load.stop();
            cluster.awaitAllCaughtUp();
            load.check(cluster.nodes(), 1);
            assertThat(load.acknowledged())
                    .as("of all appends")
                    .isEqualTo(load.history().appends().size());
            System.out.printf("soak: all %d appends acknowledged; every promise was kept%n", load.acknowledged());
        }
        assertThat(samples.subList(1, samples.size()))
                .as("the rate of %d a minute", RATE)
                .allSatisfy(sample -> assertThat((double) sample.appends()).isCloseTo(RATE, withinPercentage(5)));
        assertFlat(samples, "resident memory in MB", sample -> sample.most(ProcessUsage::residentMb));
        assertFlat(samples, "threads", sample -> sample.most(ProcessUsage::threads));
        assertFlat(samples, "file handles", sample -> sample.most(ProcessUsage::files));
        assertFlat(samples, "p50 in ms", sample -> sample.p50().toNanos() / 1e6);
        assertFlat(samples, "p99 in ms", sample -> sample.p99().toNanos() / 1e6);
    }

    /** The last third of what follows the warm-up, beside its first. */
    private static void assertFlat(List<Sample> samples, String what, ToDoubleFunction<Sample> of) {
        List<Sample> warm = samples.subList(WARM_UP_MINUTES, samples.size());
        int third = warm.size() / 3;
        double before = median(warm.subList(0, third), of);
        double after = median(warm.subList(warm.size() - third, warm.size()), of);
        System.out.printf("soak: %s: %.1f after the warm-up, %.1f at the end%n", what, before, after);
        assertThat(after).as(what).isLessThanOrEqualTo(before * TOLERANCE);
    }

    private static double median(List<Sample> samples, ToDoubleFunction<Sample> of) {
        return samples.stream()
                .mapToDouble(of)
                .sorted()
                .skip(samples.size() / 2)
                .findFirst()
                .orElseThrow();
    }

    private static Sample sample(long minute, LibertyCluster cluster, List<Duration> latencies) {
        List<Duration> sorted = latencies.stream().sorted().toList();
        assertThat(sorted).as("appends acknowledged within a minute").isNotEmpty();
        return new Sample(
                minute,
                ProcessUsage.of(cluster),
                sorted.size(),
                sorted.get(sorted.size() / 2),
                sorted.get(sorted.size() * 99 / 100));
    }
}
