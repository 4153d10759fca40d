package io.replicatedlog.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicatedlog.api.Roles;
import io.replicatedlog.leadership.Leadership;
import io.replicatedlog.leadership.LeadershipBean;
import io.replicatedlog.node.Liveness;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.RestClients;
import io.replicatedlog.secondary.ReplicaBean;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.ServiceUnavailableException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;

/** {@code POST /api/test/…}. */
@Path("/test")
@ApplicationScoped
@RolesAllowed(Roles.ADMIN)
public class TestingResource {

    private static final int MAX_BODY_BYTES = 1024;

    private static final Logger LOG = Logger.getLogger(TestingResource.class.getName());

    @Inject
    private NodeConfig config;

    @Inject
    private ReplicationBean replication;

    @Inject
    private ReplicaBean replica;

    @Inject
    private LeadershipBean leadership;

    @Inject
    private Liveness liveness;

    @Inject
    private ReplicationBlock block;

    /** The role of the emptied node, and the secondaries that could not be reached. */
    public record Cleaned(String role, List<URI> unreachable) {}

    /** Whether replicate calls to this node are held. */
    public record Blocked(boolean enabled) {}

    /** On the primary: begins a new log and empties the secondaries that can be reached. On a secondary: empties it. */
    @POST
    @Path("/clean")
    public Response clean(@HeaderParam(HttpHeaders.AUTHORIZATION) String authorization, InputStream body)
            throws IOException {
        Cleaned cleaned = new Cleaned(
                leadership.role().name(), leads() ? cleanCluster(authorization) : cleanThisNode(text(body)));
        return Response.ok(cleaned, MediaType.APPLICATION_JSON_TYPE).build();
    }

    /** Holds replicate calls to this node, with liveness down, or releases them. */
    @POST
    @Path("/replication_block")
    public Response block(InputStream body) throws IOException, InterruptedException {
        JsonValue enable = object(text(body)).get("enable");
        if (!JsonValue.TRUE.equals(enable) && !JsonValue.FALSE.equals(enable)) {
            throw new BadRequestException();
        }
        boolean on = JsonValue.TRUE.equals(enable);
        if (on) {
            liveness.fail(Liveness.Cause.TESTING, "replication is blocked by the testing API");
            block.on();
        } else {
            block.off();
            liveness.recover(Liveness.Cause.TESTING);
        }
        LOG.info("Replication to this node is " + (on ? "blocked" : "released") + " by the testing API");
        return Response.ok(new Blocked(on), MediaType.APPLICATION_JSON_TYPE).build();
    }

    private boolean leads() {
        return leadership.role() == Leadership.Role.PRIMARY;
    }

    private List<URI> cleanCluster(String authorization) {
        Members members = replication.primaryLog().members().orElseThrow(ServiceUnavailableException::new);
        AtomicReference<Reign> begun = new AtomicReference<>();
        replica.replica().exclusively(() -> begun.set(replication.replication().reset(UUID.randomUUID(), members)));
        Reign reign = begun.get();
        LOG.warning("A new log was begun by the testing API: log " + reign.logId() + ", epoch " + reign.epoch());
        String body = Json.createObjectBuilder()
                .add("logId", reign.logId().toString())
                .add("epoch", reign.epoch())
                .build()
                .toString();
        List<URI> unreachable = new ArrayList<>();
        for (Member member : members.without(new Member(config.url()))) {
            URI secondary = member.url();
            try (TestingClient client = RestClients.open(TestingClient.class, secondary, config.requestTimeoutMs());
                    Response answer = client.clean(authorization, body)) {
                LOG.fine(() -> secondary + " was emptied: " + answer.getStatus());
            } catch (RuntimeException e) {
                unreachable.add(secondary);
            }
        }
        replication.replication().wake();
        return unreachable;
    }

    private List<URI> cleanThisNode(String body) {
        JsonObject reign = body.isBlank() ? JsonValue.EMPTY_JSON_OBJECT : object(body);
        try {
            if (reign.containsKey("logId")) {
                replica.replica()
                        .reset(new Reign(
                                UUID.fromString(reign.getString("logId")),
                                reign.getJsonNumber("epoch").longValueExact()));
            } else {
                replica.replica().reset();
            }
            LOG.warning("The log was emptied by the testing API");
        } catch (IllegalArgumentException | ArithmeticException | ClassCastException | NullPointerException e) {
            throw new BadRequestException(e);
        }
        return List.of();
    }

    private static String text(InputStream body) throws IOException {
        return new String(body.readNBytes(MAX_BODY_BYTES), UTF_8);
    }

    private static JsonObject object(String body) {
        try (JsonReader reader = Json.createReader(new StringReader(body))) {
            return reader.readObject();
        } catch (JsonException | IllegalStateException e) {
            throw new BadRequestException(e);
        }
    }
}
