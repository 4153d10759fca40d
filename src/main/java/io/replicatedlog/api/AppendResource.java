package io.replicatedlog.api;

import io.opentelemetry.api.trace.SpanContext;
import io.replicatedlog.leadership.LeadershipBean;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.primary.Append;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.storage.IdentityStore;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;

/** {@code POST /api/v1/append}. */
@Path("/v1/append")
@ApplicationScoped
@RolesAllowed({Roles.WRITER, Roles.ADMIN})
public class AppendResource {

    private static final String IDEMPOTENCY_KEY = "Idempotency-Key";

    /** Those of a request that the primary needs. */
    private static final List<String> PASSED_ON = List.of(
            HttpHeaders.CONTENT_TYPE,
            HttpHeaders.AUTHORIZATION,
            HttpHeaders.IF_MATCH,
            IDEMPOTENCY_KEY,
            "traceparent",
            "tracestate");

    @Inject
    private NodeConfig config;

    @Inject
    private RequestBodies bodies;

    @Context
    private UriInfo uri;

    @Context
    private HttpHeaders headers;

    @Inject
    private ReplicationBean appends;

    @Inject
    private LeadershipBean leadership;

    @Inject
    private IdentityStore identity;

    @Inject
    private Forwarding forwarding;

    @Inject
    private AppendMeters meters;

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> append(
            @HeaderParam(IDEMPOTENCY_KEY) List<String> keys,
            @HeaderParam(HttpHeaders.IF_MATCH) List<String> ends,
            InputStream body)
            throws IOException {
        return append(keys, ends, body, (bytes, nodes) -> AppendRequest.parse(bytes, config, nodes));
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
        return append(keys, ends, body, (bytes, nodes) -> AppendRequest.parseLines(bytes, w, timeoutMs, config, nodes));
    }

    /** Reads a body, given the number of members. */
    private interface Form extends BiFunction<byte[], Integer, AppendRequest> {}

    private CompletionStage<Response> append(List<String> keys, List<String> ends, InputStream body, Form form)
            throws IOException {
        Optional<Members> members = appends.primaryLog().members();
        if (members.isEmpty()) {
            return elsewhere(body);
        }
        int nodes = members.get().list().size();
        return admit(keys, ends, body, bytes -> form.apply(bytes, nodes))
                .handle((answer, failure) -> meters.answered(failure == null ? answer : ProblemMapper.answer(failure)));
    }

    /** This node does not lead. */
    private CompletionStage<Response> elsewhere(InputStream body) throws IOException {
        Optional<URI> primary = leadership.primary().map(Member::url).filter(url -> !url.equals(config.url()));
        boolean isForwarded = headers.getHeaderString(Forwarding.FORWARDED) != null;
        if (primary.isEmpty() || isForwarded) {
            String last = identity.load()
                    .primary()
                    .map(url -> " (" + url + " led last)")
                    .orElse("");
            return CompletableFuture.completedFuture(Problem.response(
                    ProblemType.PRIMARY_UNKNOWN,
                    "No primary is known to this node now" + last + "; try again in a moment"));
        }
        String query = uri.getRequestUri().getRawQuery();
        String path = "/api/v1/append" + (query == null ? "" : "?" + query);
        if ("true".equals(uri.getQueryParameters().getFirst("redirect"))) {
            return CompletableFuture.completedFuture(
                    Response.temporaryRedirect(primary.get().resolve(path)).build());
        }
        Map<String, List<String>> passedOn = new LinkedHashMap<>();
        for (String header : PASSED_ON) {
            Optional.ofNullable(headers.getRequestHeader(header)).ifPresent(values -> passedOn.put(header, values));
        }
        return bodies.read(body, bytes -> bytes)
                .thenCompose(bytes -> forwarding.append(primary.get(), path, passedOn, bytes))
                .exceptionally(ProblemMapper::answer);
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
}
