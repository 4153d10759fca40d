package io.replicatedlog.membership;

import static io.replicatedlog.tracing.Tracing.untraced;

import io.replicatedlog.node.Liveness;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.NodeThreads;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.RestClients;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** The {@link Heartbeats} of this node, by MicroProfile REST clients; each is fired as an event. */
@ApplicationScoped
public class HeartbeatBean {

    @Inject
    private NodeConfig config;

    @Inject
    private NodeThreads threads;

    @Inject
    private Event<Heartbeat> listeners;

    /** One for each member that was ever polled: it keeps its connection. */
    private final Map<Member, HeartbeatClient> clients = new ConcurrentHashMap<>();

    private Heartbeats heartbeats;

    @PostConstruct
    void build() {
        heartbeats = new Heartbeats(this::probe, config.heartbeatPeriodMs(), threads, listeners::fire);
    }

    @PreDestroy
    void stop() {
        heartbeats.watch(List.of());
        clients.values().forEach(HeartbeatClient::close);
    }

    /** Polls nobody until this node leads. */
    public Heartbeats heartbeats() {
        return heartbeats;
    }

    private Heartbeats.Probe probe(Member member) {
        HeartbeatClient client = clients.computeIfAbsent(
                member, any -> RestClients.open(HeartbeatClient.class, member.url(), config.requestTimeoutMs()));
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
