package io.replicatedlog.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The application's metrics of one node, as they were when it was asked. */
final class Metrics {

    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? ([0-9.E+\\-NaInf]+)");

    private final Map<String, Double> sums = new HashMap<>();
    private final Set<String> labels = new TreeSet<>();

    static Metrics of(LogClient node) {
        Metrics metrics = new Metrics();
        for (String line : node.get("/metrics?scope=application").body().split("\n")) {
            Matcher sample = SAMPLE.matcher(line);
            if (sample.matches()) {
                metrics.sums.merge(sample.group(1), Double.parseDouble(sample.group(3)), Double::sum);
                metrics.labels.add(sample.group(1) + "{" + sample.group(2) + "}");
            }
        }
        return metrics;
    }

    Set<String> names() {
        return new TreeSet<>(sums.keySet());
    }

    /** Each name with its labels. */
    Set<String> series() {
        return labels;
    }

    /** The sum over all labels. */
    double value(String name) {
        assertThat(sums).containsKey(name);
        return sums.get(name);
    }
}
