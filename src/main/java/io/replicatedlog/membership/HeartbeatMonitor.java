package io.replicatedlog.membership;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.logging.Level.FINE;
import static java.util.logging.Level.INFO;
import static java.util.logging.Level.SEVERE;

import io.replicatedlog.node.Liveness;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.RestClients;
import io.replicatedlog.tracing.Tracing;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.logging.Logger;
import java.util.stream.IntStream;

/**
 * On the primary: polls every secondary's liveness, keeps its health, and flips {@link ReadOnlyMode} as the quorum goes
 * and comes. Each secondary has its own poll, so that one that hangs delays no other; there is never more than one
 * heartbeat to a secondary under way.
 */
@ApplicationScoped
public class HeartbeatMonitor {

    private static final Logger LOG = Logger.getLogger(HeartbeatMonitor.class.getName());

    @Inject
    private NodeConfig config;

    @Inject
    private ReadOnlyMode readOnlyMode;

    @Inject
    private Event<Heartbeat> heartbeats;

    @Resource(lookup = "concurrent/scheduler")
    private ManagedScheduledExecutorService scheduler;

    private List<Poll> polls;
    private List<Future<?>> tasks = List.of();

    private record Poll(URI url, HeartbeatClient client, MemberHealth health) {}

    @PostConstruct
    void build() {
        polls = config.secondaries().stream()
                .map(url -> new Poll(
                        url,
                        RestClients.open(HeartbeatClient.class, url, config.requestTimeoutMs()),
                        new MemberHealth()))
                .toList();
    }

    /** Begins to poll; called once, on a primary. */
    public synchronized void start() {
        judgeQuorum();
        tasks = IntStream.range(0, polls.size())
                .<Future<?>>mapToObj(secondary -> scheduler.scheduleWithFixedDelay(
                        () -> beat(secondary), 0, config.heartbeatPeriodMs(), MILLISECONDS))
                .toList();
    }

    @PreDestroy
    synchronized void stop() {
        tasks.forEach(task -> task.cancel(true));
        polls.forEach(poll -> poll.client().close());
    }

    /** What heartbeats say of the secondary with this index. */
    public Health health(int secondary) {
        return polls.get(secondary).health().health();
    }

    /** How many secondaries are healthy. */
    public int healthySecondaries() {
        return (int) polls.stream()
                .filter(poll -> poll.health().health() == Health.HEALTHY)
                .count();
    }

    /** A sign of life other than a heartbeat: the secondary with this index acknowledged something. */
    public void alive(int secondary) {
        if (health(secondary) != Health.HEALTHY) {
            report(secondary, polls.get(secondary).health().answered(), "it acknowledged entries");
        }
    }

    /** Never throws: a scheduled task that throws is not run again. */
    private void beat(int secondary) {
        Poll poll = polls.get(secondary);
        try {
            Optional<String> miss = Tracing.untraced(() -> ask(poll.client()));
            MemberHealth.Change change =
                    miss.isEmpty() ? poll.health().answered() : poll.health().missed();
            report(secondary, change, miss.orElse("it answered"));
        } catch (RuntimeException | Error e) {
            LOG.log(SEVERE, "A heartbeat of " + poll.url() + " could not be handled", e);
        }
    }

    /** Why this heartbeat was missed; empty if the secondary said that it is alive. */
    private static Optional<String> ask(HeartbeatClient client) {
        try {
            boolean isNode = client.live().getJsonArray("checks").getValuesAs(JsonObject.class).stream()
                    .anyMatch(check -> Liveness.CHECK_NAME.equals(check.getString("name", "")));
            return isNode
                    ? Optional.empty()
                    : Optional.of("what answers there is not, or not yet, a node of a replicated log");
        } catch (WebApplicationException e) {
            try (Response answer = e.getResponse()) {
                return Optional.of("its liveness check answered with status " + answer.getStatus());
            }
        } catch (RuntimeException e) {
            return Optional.of(Failure.describe(e));
        }
    }

    private void report(int secondary, MemberHealth.Change change, String why) {
        URI url = polls.get(secondary).url();
        LOG.log(
                change.changed() ? INFO : FINE,
                () -> "Secondary " + url + " is " + change.after() + ", was " + change.before() + " (" + why
                        + "; heartbeats" + " missed in a row: " + change.misses() + ")");
        if (change.changed()) {
            judgeQuorum();
        }
        heartbeats.fire(new Heartbeat(secondary, change.before(), change.after()));
    }

    private synchronized void judgeQuorum() {
        Quorum quorum = Quorum.of(config.nodes(), config.quorum());
        int healthy = healthySecondaries();
        String count = (1 + healthy) + " of " + quorum.nodes() + " nodes are healthy, " + quorum.required() + " needed";
        if (quorum.isMetWith(healthy)) {
            if (readOnlyMode.leave(ReadOnlyMode.Cause.QUORUM)) {
                LOG.info("Quorum: " + count
                        + (readOnlyMode.reason().isPresent()
                                ? "; appends are still refused for another reason"
                                : "; appends are taken"));
            }
        } else if (readOnlyMode.enter(ReadOnlyMode.Cause.QUORUM, "no quorum: " + count)) {
            LOG.warning("No quorum, appends are refused: " + count);
        }
    }
}
