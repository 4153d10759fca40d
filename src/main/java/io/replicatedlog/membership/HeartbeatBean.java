package io.replicatedlog.membership;

import io.replicatedlog.protocol.Member;
import static io.replicatedlog.tracing.Tracing.untraced;

import io.replicatedlog.node.Liveness;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.NodeThreads;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.RestClients;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The {@link Heartbeats} of this node, by MicroProfile REST clients; each is fired as an event. */
@ApplicationScoped
public class HeartbeatBean {

    @Inject
    private NodeConfig config;

    @Inject
    private NodeThreads threads;

    @Inject
    private Event<Heartbeat> listeners;

    private final List<HeartbeatClient> clients = new ArrayList<>();
    private Heartbeats heartbeats;

    @PostConstruct
    void build() {
        heartbeats = new Heartbeats(
                Member.of(config.secondaries()), this::probe, config.heartbeatPeriodMs(), threads, listeners::fire);
    }

    /** Begins to poll; called once, on a primary. */
    public void start() {
        heartbeats.start();
    }

    @PreDestroy
    void stop() {
        heartbeats.stop();
        clients.forEach(HeartbeatClient::close);
    }

    /** As {@link Heartbeats#health}. */
    public Health health(Member member) {
        return heartbeats.health(member);
    }

    /** As {@link Heartbeats#alive}. */
    public void alive(Member member) {
        heartbeats.alive(member);
    }

    private Heartbeats.Probe probe(Member member) {
        HeartbeatClient client = RestClients.open(HeartbeatClient.class, member.url(), config.requestTimeoutMs());
        clients.add(client);
        return () -> CompletableFuture.completedFuture(untraced(() -> ask(client)));
    }

    /** Why this heartbeat was missed; empty if the member said that it is alive. */
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
}
