package io.replicatedlog.api;

import io.opentelemetry.api.trace.SpanContext;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.primary.Append;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.secondary.ReplicaBean;
import io.replicatedlog.tracing.Tracing;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** {@code POST /api/v1/append}. */
@Path("/v1/append")
@ApplicationScoped
@RolesAllowed({Roles.WRITER, Roles.ADMIN})
public class AppendResource {

    private static final String IDEMPOTENCY_KEY = "Idempotency-Key";

    @Inject
    private NodeConfig config;

    @Inject
    private RequestBodies bodies;

    @Context
    private UriInfo uri;

    @Inject
    private ReplicationBean appends;

    @Inject
    private ReplicaBean replica;

    @Inject
    private AppendMeters meters;

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> append(
            @HeaderParam(IDEMPOTENCY_KEY) List<String> keys,
            @HeaderParam(HttpHeaders.IF_MATCH) List<String> ends,
            InputStream body)
            throws IOException {
        return append(keys, ends, body, bytes -> AppendRequest.parse(bytes, config));
    }

    @POST
    @Consumes(JsonBody.ND_JSON)
    public CompletionStage<Response> appendLines(
            @QueryParam("w") String w,
            @QueryParam("timeoutMs") String timeoutMs,
            @HeaderParam(IDEMPOTENCY_KEY) List<String> keys,
            @HeaderParam(HttpHeaders.IF_MATCH) List<String> ends,
            InputStream body)
            throws IOException {
        return append(keys, ends, body, bytes -> AppendRequest.parseLines(bytes, w, timeoutMs, config));
    }

    private CompletionStage<Response> append(
            List<String> keys, List<String> ends, InputStream body, Function<byte[], AppendRequest> parse)
            throws IOException {
        if (!config.isPrimary()) {
            return CompletableFuture.completedFuture(redirect());
        }
        return admit(keys, ends, body, parse)
                .handle((answer, failure) -> meters.answered(failure == null ? answer : ProblemMapper.answer(failure)));
    }

    private CompletionStage<Response> admit(
            List<String> keys, List<String> ends, InputStream body, Function<byte[], AppendRequest> parse)
            throws IOException {
        try {
            AppendCondition condition = AppendCondition.parse(keys, ends);
            SpanContext trace = Tracing.current(); // on this thread: the body may be read on another one
            return bodies.read(body, parse).thenCompose(request -> append(condition, request, trace));
        } catch (BadRequestProblem e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletionStage<Response> append(AppendCondition condition, AppendRequest request, SpanContext trace) {
        // A waiting request keeps no reference to its messages.
        int count = request.messages().size();
        boolean isBulk = request.isBulk();
        Append append = new Append(condition.key(), request.messages(), request.w(), condition.expectedEnd(), trace);
        long began = System.nanoTime();
        return appends.append(append, request.timeoutMs()).thenApply(outcome -> {
            meters.waited(outcome.w(), System.nanoTime() - began);
            return answer(outcome, count, isBulk);
        });
    }

    private static Response answer(Outcome outcome, int count, boolean isBulk) {
        Response.ResponseBuilder answer = outcome.satisfied()
                ? Response.ok()
                : Response.accepted().location(URI.create("/api/v1/entries/" + outcome.offset()));
        return answer.type(MediaType.APPLICATION_JSON_TYPE)
                .entity(AppendAnswer.of(outcome, count, isBulk).toJson())
                .build();
    }

    private Response redirect() {
        String query = uri.getRequestUri().getRawQuery();
        String path = "/api/v1/append" + (query == null ? "" : "?" + query);
        return replica.status()
                .primary()
                .map(primary ->
                        Response.temporaryRedirect(primary.resolve(path)).build())
                .orElseGet(() -> Problem.response(
                        ProblemType.PRIMARY_UNKNOWN,
                        "This node is a secondary that no primary has called yet; send appends to the primary"));
    }
}
