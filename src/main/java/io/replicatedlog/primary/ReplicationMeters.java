package io.replicatedlog.primary;

import io.replicatedlog.protocol.Member;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Histogram;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;
import org.eclipse.microprofile.metrics.Timer;

/** Counts and times what the storage and the lanes do. Thread-safe. */
@ApplicationScoped
public class ReplicationMeters {

    @Inject
    private MetricRegistry registry;

    private Timer forces;
    private Histogram forceEntries;

    /** Of one secondary. */
    private record OfLane(Timer calls, Histogram batchEntries, Counter failures) implements Sender.Meters {

        @Override
        public void acknowledged(int entries, long nanos) {
            calls.update(Duration.ofNanos(nanos));
            batchEntries.update(entries);
        }

        @Override
        public void failed() {
            failures.inc();
        }
    }

    @PostConstruct
    void build() {
        forces = registry.timer(described(
                "replicatedlog.force.duration",
                "How long the primary's storage takes to make appended entries durable"));
        forceEntries = registry.histogram(
                described("replicatedlog.force.entries", "How many entries one force of the primary's storage covers"));
    }

    /** The storage has made so many entries durable. */
    void forced(long entries, long nanos) {
        forces.update(Duration.ofNanos(nanos));
        forceEntries.update(entries);
    }

    /** Those of the lane to this secondary. */
    Sender.Meters lane(Member secondary) {
        Tag tag = new Tag("secondary", secondary.toString());
        return new OfLane(
                registry.timer(
                        described("replicatedlog.replicate.duration", "How long a replicate call takes that succeeds"),
                        tag),
                registry.histogram(
                        described("replicatedlog.replicate.entries", "How many entries one replicate call carries"),
                        tag),
                registry.counter(
                        described(
                                "replicatedlog.replicate.failures", "Replicate calls that failed and are tried again"),
                        tag));
    }

    /** What a metric is called, and what its line of help says. */
    public static Metadata described(String name, String description) {
        return Metadata.builder().withName(name).withDescription(description).build();
    }
}
