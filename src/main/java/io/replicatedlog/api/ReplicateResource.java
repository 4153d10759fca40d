package io.replicatedlog.api;

import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.secondary.ReplicaBean;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.bind.annotation.JsonbPropertyOrder;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/** {@code /api/v1/internal}, calls between nodes: replication, and the recovery of a primary. */
@Path("/v1/internal")
@FromNodes
@ApplicationScoped
public class ReplicateResource {

    @Inject
    private NodeConfig config;

    @Inject
    private RequestBodies bodies;

    @Inject
    private ReplicaBean replica;

    /** The acknowledgement: this node holds everything below {@code end}. */
    public record Acknowledgement(long end) {}

    @POST
    @Path("/replicate")
    @Consumes(Batch.MEDIA_TYPE)
    public CompletionStage<Response> batch(InputStream body) throws IOException {
        requireSecondary();
        return bodies.read(body, ReplicateResource::batch)
                .thenApply(batch -> acknowledge(replica.receive(batch)))
                .exceptionally(ProblemMapper::answer);
    }

    private static Batch batch(byte[] body) {
        try {
            return Batch.decode(body);
        } catch (CorruptRecordException e) {
            throw new BadRequestProblem(ProblemType.BAD_REQUEST, "The batch is corrupt: " + e.getMessage());
        }
    }

    @POST
    @Path("/replicate")
    @Consumes(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> entries(InputStream body) throws IOException {
        requireSecondary();
        return bodies.read(
                        body,
                        bytes -> ReplicateRequest.parse(bytes, config.bounds().maxMessageBytes()))
                .thenApply(this::entries)
                .exceptionally(ProblemMapper::answer);
    }

    private Response entries(ReplicateRequest request) {
        long followed = replica.status().reign().map(reign -> reign.epoch()).orElse(0L);
        return acknowledge(replica.receive(request.sender(), request.entries(followed)));
    }

    /** This node's position; unknown members are absent. */
    @JsonbPropertyOrder({"logId", "epoch", "end", "lastEpoch", "complete"})
    public record PositionDocument(String logId, Long epoch, long end, long lastEpoch, boolean complete) {}

    @GET
    @Path("/position")
    public Response position() {
        requireSecondary();
        Position position = replica.position();
        PositionDocument document = new PositionDocument(
                position.reign().map(reign -> reign.logId().toString()).orElse(null),
                position.reign().map(Reign::epoch).orElse(null),
                position.end(),
                position.lastEpoch(),
                position.isComplete());
        return Response.ok(document, MediaType.APPLICATION_JSON_TYPE).build();
    }

    @GET
    @Path("/records")
    public Response records(@QueryParam("from") String from, @QueryParam("previousEpoch") String previousEpoch) {
        requireSecondary();
        ByteBuffer records = replica.read(
                        Query.number("from", Objects.requireNonNullElse(from, ""), 0, 0, Query.MAX_OFFSET),
                        Query.number("previousEpoch", previousEpoch, 0, 0, Query.MAX_OFFSET))
                .bytes();
        byte[] body = new byte[records.remaining()];
        records.get(body);
        return Response.ok(body, Batch.RECORDS_MEDIA_TYPE).build();
    }

    private void requireSecondary() {
        if (config.isPrimary()) {
            throw new ReplicationRefusedException(
                    ReplicationRefusedException.Reason.NOT_A_SECONDARY,
                    "This node is a primary; remove it from SECONDARY_URLS, or start it with APP_MODE=SECONDARY",
                    null,
                    0);
        }
    }

    private static Response acknowledge(long end) {
        return Response.ok(new Acknowledgement(end), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }
}
