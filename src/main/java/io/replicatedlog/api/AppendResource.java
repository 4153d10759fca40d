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
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.headers.Header;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** {@code POST /api/v1/append}. */
@Path("/v1/append")
@ApplicationScoped
@RolesAllowed({Roles.WRITER, Roles.ADMIN})
@APIResponse(
        responseCode = "307",
        description = "This is a secondary",
        headers =
                @Header(
                        name = HttpHeaders.LOCATION,
                        description = "the same at the primary",
                        schema = @Schema(type = SchemaType.STRING)))
@APIResponse(responseCode = "400", ref = "problem")
@APIResponse(responseCode = "401", ref = "problem")
@APIResponse(responseCode = "403", ref = "problem")
@APIResponse(responseCode = "408", ref = "problem")
@APIResponse(responseCode = "412", ref = "problem")
@APIResponse(responseCode = "413", ref = "problem")
@APIResponse(responseCode = "415", ref = "problem")
@APIResponse(responseCode = "422", ref = "problem")
@APIResponse(responseCode = "429", ref = "problem")
@APIResponse(responseCode = "500", ref = "problem")
@APIResponse(responseCode = "503", ref = "problem")
@APIResponse(responseCode = "507", ref = "problem")
@Tag(name = "Log")
public class AppendResource {

    private static final String IDEMPOTENCY_KEY = "Idempotency-Key";
    private static final String KEY_DESCRIPTION =
            "Sent again with the same key, the same append is stored once; a random one for each append";
    private static final String KEY_EXAMPLE = "5b1c0e9e-8a54-4a5e-9d0c-3f1d6f7f0a77";
    private static final String END_DESCRIPTION = "Where the log must end for it to be stored, in quotes";

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
    @Operation(
            summary = "Append a message",
            description = "Appends a message at the end of the log and answers once w nodes hold it. On a secondary it"
                    + " redirects to the primary (with curl: --location).")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(implementation = AppendDocument.class),
                            examples = {
                                @ExampleObject(name = "majority", value = "{\"message\":\"hello\"}"),
                                @ExampleObject(
                                        name = "every node, for three seconds",
                                        value = "{\"message\":\"hello\",\"w\":\"all\",\"timeoutMs\":3000}")
                            }))
    @APIResponse(
            responseCode = "200",
            description = "w nodes hold the message",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(implementation = AppendAnswer.class),
                            examples = @ExampleObject(name = "held", value = "{\"offset\":17,\"w\":2,\"acks\":2}")))
    @APIResponse(
            responseCode = "202",
            description = "The message is in the log, but time ran out before w nodes held it. Replication goes on;"
                    + " do not send it again",
            headers = @Header(name = HttpHeaders.LOCATION, ref = "appended"),
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(implementation = AppendAnswer.class),
                            examples =
                                    @ExampleObject(
                                            name = "time ran out",
                                            value = "{\"offset\":17,\"w\":3,\"acks\":2,\"satisfied\":false}")))
    public CompletionStage<Response> append(
            @Parameter(
                            description = KEY_DESCRIPTION,
                            schema = @Schema(type = SchemaType.STRING, maxLength = Append.MAX_KEY_LENGTH),
                            example = KEY_EXAMPLE)
                    @HeaderParam(IDEMPOTENCY_KEY)
                    List<String> keys,
            @Parameter(description = END_DESCRIPTION, schema = @Schema(type = SchemaType.STRING), example = "\"42\"")
                    @HeaderParam(HttpHeaders.IF_MATCH)
                    List<String> ends,
            InputStream body)
            throws IOException {
        return append(keys, ends, body, bytes -> AppendRequest.parse(bytes, config));
    }

    @POST
    @Consumes(JsonBody.ND_JSON)
    @Operation(
            summary = "Append many messages",
            description = "Appends a message for each line, at consecutive offsets, all of them or none.")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = JsonBody.ND_JSON,
                            examples = @ExampleObject(name = "two", value = "\"hello\"\n{\"message\":\"world\"}\n")))
    @APIResponse(
            responseCode = "200",
            description = "w nodes hold all of them",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(implementation = AppendAnswer.class),
                            examples =
                                    @ExampleObject(
                                            name = "held",
                                            value = "{\"offset\":17,\"count\":2,\"w\":2,\"acks\":2}")))
    @APIResponse(
            responseCode = "202",
            description = "They are in the log, but time ran out before w nodes held all of them. Replication goes on;"
                    + " do not send them again",
            headers = @Header(name = HttpHeaders.LOCATION, ref = "appended"),
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(implementation = AppendAnswer.class),
                            examples =
                                    @ExampleObject(
                                            name = "time ran out",
                                            value = "{\"offset\":17,\"count\":2,\"w\":3,\"acks\":2,"
                                                    + "\"satisfied\":false}")))
    public CompletionStage<Response> appendLines(
            @Parameter(description = "How many nodes must hold them: a number, majority or all") @QueryParam("w")
                    String w,
            @Parameter(
                            description = "How long to wait for them, in milliseconds; at most as long as the node"
                                    + " lets it")
                    @QueryParam("timeoutMs")
                    String timeoutMs,
            @Parameter(
                            description = KEY_DESCRIPTION,
                            schema = @Schema(type = SchemaType.STRING, maxLength = Append.MAX_KEY_LENGTH),
                            example = KEY_EXAMPLE)
                    @HeaderParam(IDEMPOTENCY_KEY)
                    List<String> keys,
            @Parameter(description = END_DESCRIPTION, schema = @Schema(type = SchemaType.STRING), example = "\"42\"")
                    @HeaderParam(HttpHeaders.IF_MATCH)
                    List<String> ends,
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
            SpanContext trace = Tracing.current(); // here: the body may be read on another thread
            return bodies.read(body, parse).thenCompose(request -> append(condition, request, trace));
        } catch (BadRequestProblem e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletionStage<Response> append(AppendCondition condition, AppendRequest request, SpanContext trace) {
        // Whoever waits keeps nothing of the messages.
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
                .orElseGet(
                        () -> Problem.response(
                                ProblemType.PRIMARY_UNKNOWN,
                                "This node is a secondary and has not heard from its primary yet; send appends to the primary"));
    }

    /** What a body looks like; only described here, read by {@link AppendRequest}. */
    @Schema(name = "Append")
    record AppendDocument(
            @Schema(description = "Any text, as it is", examples = "hello")
            String message,

            @Schema(description = "Instead of one message: several, at consecutive offsets, all of them or none")
            List<String> messages,

            @Schema(
                    description = "How many nodes must hold it before this is answered, the primary included: 1 to"
                            + " the number of configured nodes, \"majority\" or \"all\"",
                    oneOf = {Integer.class, String.class},
                    defaultValue = "majority",
                    examples = {"2", "majority", "all"})
            String w,

            @Schema(
                    description = "How long to wait for w nodes, in milliseconds; without it, as long as the node"
                            + " lets it (an hour, if not configured otherwise)",
                    minimum = "0",
                    examples = "3000")
            Integer timeoutMs) {}
}
