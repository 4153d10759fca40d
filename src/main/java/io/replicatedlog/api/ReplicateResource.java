package io.replicatedlog.api;

import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.NotAcknowledgedException;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.WireJson;
import io.replicatedlog.secondary.ReplicaBean;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
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
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** {@code /api/v1/internal}, from node to node: replication, and what a primary asks that starts. */
@Path("/v1/internal")
@FromNodes
@ApplicationScoped
@Tag(name = "Node to node")
public class ReplicateResource {

    @Inject
    private NodeConfig config;

    @Inject
    private RequestBodies bodies;

    @Inject
    private ReplicaBean replica;

    /** How an acknowledgement looks; only described here. */
    @Schema(name = "Acknowledgement")
    record AcknowledgementDocument(
            @Schema(description = "This node holds everything below this offset", examples = "4")
            long end,

            @Schema(description = "The id of this node") String node) {}

    @POST
    @Path("/replicate")
    @Consumes(Batch.MEDIA_TYPE)
    @Operation(hidden = true)
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
            throw new BadRequestProblem(ProblemType.BAD_REQUEST, "The batch is not intact: " + e.getMessage());
        }
    }

    @POST
    @Path("/replicate")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Replicate entries",
            description =
                    "Takes entries in any order and more than once; only what follows on without a gap becomes part"
                            + " of the log. The primary itself sends the binary form, " + Batch.MEDIA_TYPE + ".")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            examples = {
                                @ExampleObject(name = "one", value = "{\"order\":3,\"message\":\"hello\"}"),
                                @ExampleObject(
                                        name = "several",
                                        value = "{\"entries\":[{\"order\":3,\"message\":\"hello\"},"
                                                + "{\"order\":4,\"message\":\"world\"}]}")
                            }))
    @APIResponse(
            responseCode = "200",
            description = "What this node holds now",
            content = @Content(schema = @Schema(implementation = AcknowledgementDocument.class)))
    @APIResponse(responseCode = "400", ref = "problem")
    @APIResponse(responseCode = "401", ref = "problem")
    @APIResponse(responseCode = "408", ref = "problem")
    @APIResponse(responseCode = "409", ref = "problem")
    @APIResponse(responseCode = "413", ref = "problem")
    @APIResponse(responseCode = "415", ref = "problem")
    @APIResponse(responseCode = "503", ref = "problem")
    @APIResponse(responseCode = "507", ref = "problem")
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

    /** How a position looks; only described here. Members that are not known are absent. */
    @Schema(name = "Position")
    record PositionDocument(
            @Schema(description = "The id of this node") String node,

            @Schema(description = "The highest epoch that this node has promised or followed", examples = "2")
            long promised,

            String logId,
            Long epoch,

            @Schema(description = "This node holds everything below this offset", examples = "4")
            long end,

            @Schema(description = "The epoch of the last entry", examples = "1")
            long lastEpoch,

            @Schema(description = "Everything below is committed, as far as this node knows", examples = "4")
            long committed,

            @Schema(description = "Whether this node is sure to hold everything that it has ever acknowledged")
            boolean complete) {}

    @POST
    @Path("/promise")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Promise an epoch",
            description = "Asked by a primary before its reign. This node takes nothing from a lower epoch afterwards,"
                    + " and tells how far its log goes.")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            examples =
                                    @ExampleObject(
                                            name = "epoch 2",
                                            value =
                                                    "{\"epoch\":2,\"candidate\":\"5b1c0e9e-8a54-4a5e-9d0c-3f1d6f7f0a77\","
                                                            + "\"url\":\"http://primary:8080\"}")))
    @APIResponse(
            responseCode = "200",
            description = "It is promised; this is how far the log of this node goes",
            content = @Content(schema = @Schema(implementation = PositionDocument.class)))
    @APIResponse(responseCode = "400", ref = "problem")
    @APIResponse(responseCode = "401", ref = "problem")
    @APIResponse(responseCode = "409", ref = "problem")
    @APIResponse(responseCode = "503", ref = "problem")
    public CompletionStage<Response> promise(InputStream body) throws IOException {
        requireSecondary();
        return bodies.read(body, ReplicateResource::promiseRequest)
                .thenApply(request -> Response.ok(
                                WireJson.write(replica.promise(request)).toString(), MediaType.APPLICATION_JSON_TYPE)
                        .build())
                .exceptionally(ProblemMapper::answer);
    }

    private static PromiseRequest promiseRequest(byte[] body) {
        try {
            return WireJson.promiseRequest(body);
        } catch (NotAcknowledgedException e) {
            throw new BadRequestProblem(ProblemType.BAD_REQUEST, "The request is not understood: " + e.getMessage());
        }
    }

    @GET
    @Path("/records")
    @Operation(hidden = true)
    public Response records(
            @QueryParam("from") String from,
            @QueryParam("previousEpoch") String previousEpoch,
            @QueryParam("maxBytes") String maxBytes) {
        requireSecondary();
        ByteBuffer records = replica.read(
                        Query.number("from", Objects.requireNonNullElse(from, ""), 0, 0, Query.MAX_OFFSET),
                        Query.number("previousEpoch", previousEpoch, 0, 0, Query.MAX_OFFSET),
                        (int) Query.number("maxBytes", maxBytes, Integer.MAX_VALUE, 1, Integer.MAX_VALUE))
                .bytes();
        byte[] body = new byte[records.remaining()];
        records.get(body);
        return Response.ok(body, Batch.RECORDS_MEDIA_TYPE).build();
    }

    private void requireSecondary() {
        if (config.isPrimary()) {
            throw new ReplicationRefusedException(
                    ReplicationRefusedException.Reason.NOT_A_SECONDARY,
                    "This node is a primary; take it out of SECONDARY_URLS, or start it with APP_MODE=SECONDARY",
                    Optional.empty(),
                    0,
                    0);
        }
    }

    private static Response acknowledge(Acknowledgement acknowledgement) {
        return Response.ok(WireJson.write(acknowledgement), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }
}
