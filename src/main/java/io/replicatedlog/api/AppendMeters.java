package io.replicatedlog.api;

import static io.replicatedlog.primary.ReplicationMeters.described;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;
import org.eclipse.microprofile.metrics.Timer;

/** Counts appends by status, and measures how long they wait for their write concern. Thread-safe. */
@ApplicationScoped
class AppendMeters {

    private static final Metadata APPENDS =
            described("replicatedlog.appends", "Append requests by the status of the response");

    private static final Metadata DURATION = described(
            "replicatedlog.append.duration",
            "Time that appends waited for their write concern, or until their time-out");

    @Inject
    private MetricRegistry registry;

    private final Map<Integer, Counter> byStatus = new ConcurrentHashMap<>();
    private final Map<Integer, Timer> byWriteConcern = new ConcurrentHashMap<>();

    /** @return the same answer */
    Response answered(Response answer) {
        byStatus.computeIfAbsent(
                        answer.getStatus(),
                        status -> registry.counter(APPENDS, new Tag("status", Integer.toString(status))))
                .inc();
        return answer;
    }

    void waited(int w, long nanos) {
        byWriteConcern
                .computeIfAbsent(w, any -> registry.timer(DURATION, new Tag("w", Integer.toString(w))))
                .update(Duration.ofNanos(nanos));
    }
}
