package io.replicatedlog.leadership;

import static io.replicatedlog.primary.ReplicationMeters.described;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;

/** Counts the elections in which this node stood. Thread-safe. */
@ApplicationScoped
class ElectionMeters {

    @Inject
    private MetricRegistry registry;

    private Counter won;
    private Counter lost;

    @PostConstruct
    void build() {
        won = counter("won");
        lost = counter("lost");
    }

    private Counter counter(String outcome) {
        return registry.counter(
                described("replicatedlog.elections", "Elections in which this node stood, by their outcome"),
                new Tag("outcome", outcome));
    }

    void stood(boolean hasWon) {
        (hasWon ? won : lost).inc();
    }
}
