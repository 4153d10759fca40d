package io.replicatedlog.api;

import io.replicatedlog.leadership.LeadershipBean;
import io.replicatedlog.leadership.LinearizableReadsBean;
import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.NotAcknowledgedException;
import io.replicatedlog.protocol.Position;
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
import java.util.function.Function;

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

    @Inject
    private LeadershipBean leadership;

    @Inject
    private LinearizableReadsBean linearizable;

    @POST
    @Path("/replicate")
    @Consumes(Batch.MEDIA_TYPE)
    public CompletionStage<Response> batch(InputStream body) throws IOException {
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

    /** A request for a promise, and the position of this node as its answer: {@link WireJson}. */
    @POST
    @Path("/promise")
    @Consumes(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> promise(InputStream body) throws IOException {
        return bodies.read(body, bytes -> understood(bytes, WireJson::promiseRequest))
                .thenApply(request -> position(replica.promise(request)))
                .exceptionally(ProblemMapper::answer);
    }

    /** Whether this node would give a promise, and its position as the answer: {@link WireJson}. */
    @POST
    @Path("/question")
    @Consumes(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> question(InputStream body) throws IOException {
        return bodies.read(body, bytes -> understood(bytes, WireJson::question))
                .thenApply(question -> position(leadership.asked(question)))
                .exceptionally(ProblemMapper::answer);
    }

    /** The primary of the reign in the body hands over to this node. */
    @POST
    @Path("/stand")
    @Consumes(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> stand(InputStream body) throws IOException {
        return bodies.read(body, bytes -> understood(bytes, WireJson::reign))
                .thenApply(reign -> {
                    leadership.stand(Optional.of(reign));
                    return Response.ok("{}", MediaType.APPLICATION_JSON_TYPE).build();
                })
                .exceptionally(ProblemMapper::answer);
    }

    /** What a linearizable read has to show, as this node knows as the primary: {@link WireJson}. */
    @POST
    @Path("/read-index")
    public CompletionStage<Response> readIndex() {
        return linearizable
                .index()
                .thenApply(index -> Response.ok(WireJson.write(index).toString(), MediaType.APPLICATION_JSON_TYPE)
                        .build())
                .exceptionally(ProblemMapper::answer);
    }

    private static Response position(Position position) {
        return Response.ok(WireJson.write(position).toString(), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    private static <T> T understood(byte[] body, Function<byte[], T> read) {
        try {
            return read.apply(body);
        } catch (NotAcknowledgedException e) {
            throw new BadRequestProblem(ProblemType.BAD_REQUEST, "The request is not understood: " + e.getMessage());
        }
    }

    @GET
    @Path("/records")
    public Response records(
            @QueryParam("from") String from,
            @QueryParam("previousEpoch") String previousEpoch,
            @QueryParam("maxBytes") String maxBytes) {
        ByteBuffer records = replica.read(
                        Query.number("from", Objects.requireNonNullElse(from, ""), 0, 0, Query.MAX_OFFSET),
                        Query.number("previousEpoch", previousEpoch, 0, 0, Query.MAX_OFFSET),
                        (int) Query.number("maxBytes", maxBytes, Integer.MAX_VALUE, 1, Integer.MAX_VALUE))
                .bytes();
        byte[] body = new byte[records.remaining()];
        records.get(body);
        return Response.ok(body, Batch.RECORDS_MEDIA_TYPE).build();
    }

    private static Response acknowledge(Acknowledgement acknowledgement) {
        return Response.ok(WireJson.write(acknowledgement), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }
}
