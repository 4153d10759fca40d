package io.replicatedlog.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicatedlog.log.Entry;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.reading.Level;
import io.replicatedlog.reading.LogPages;
import io.replicatedlog.reading.TailBean;
import jakarta.annotation.Resource;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.bind.annotation.JsonbPropertyOrder;
import jakarta.json.stream.JsonGenerator;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.headers.Header;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** {@code GET /api/v1/entries}, as a page, as a stream, or as events; and one entry. */
@Path("/v1/entries")
@ApplicationScoped
@RolesAllowed({Roles.READER, Roles.ADMIN})
@APIResponse(responseCode = "401", ref = "problem")
@APIResponse(responseCode = "403", ref = "problem")
@Tag(name = "Log")
public class EntriesResource {

    private static final long PAGE_ENTRIES = 1_000;
    private static final String LEVEL_DESCRIPTION =
            "What to show: local, all that this node holds; or committed, what a majority holds";
    private static final String LAST_EVENT_ID = "Last-Event-ID";

    @Inject
    private NodeConfig config;

    @Inject
    private Log log;

    @Inject
    private ReplicationBean replication;

    @Inject
    private TailBean tail;

    @Resource
    private ManagedExecutorService executor;

    /** One entry, and on the primary how many nodes hold it. */
    @JsonbPropertyOrder({"offset", "epoch", "timestamp", "message", "acks"})
    @Schema(name = "Entry")
    public record EntryDocument(
            @Schema(examples = "17") long offset,

            @Schema(description = "The reign of the primary that wrote it", examples = "1")
            long epoch,

            @Schema(description = "When the primary took it, in milliseconds since 1970")
            long timestamp,

            @Schema(examples = "hello") String message,

            @Schema(
                    description = "How many nodes hold it; only the primary knows, and tells it of single entries",
                    nullable = true,
                    examples = "3")
            Integer acks) {}

    /** Some entries, and where to go on. */
    @JsonbPropertyOrder({"entries", "next", "end", "committed"})
    @Schema(name = "Entries")
    public record EntriesDocument(
            List<EntryDocument> entries,

            @Schema(description = "Where to read on", examples = "18")
            long next,

            @Schema(description = "Everything below this is shown at the level that was asked for", examples = "18")
            long end,

            @Schema(description = "A majority holds everything below this, as far as this node knows", examples = "18")
            long committed) {}

    @GET
    @Produces({MediaType.APPLICATION_JSON, JsonBody.ND_JSON, MediaType.WILDCARD + ";qs=0.1"}) // the last: never 406
    @Operation(
            summary = "Read entries",
            description =
                    "Entries from an offset on, as JSON; with Accept: application/x-ndjson one to a line, streamed;"
                            + " with Accept: text/event-stream as events that go on as the log grows. With waitMs the answer"
                            + " waits until there is something. Every node answers.")
    @APIResponse(
            responseCode = "200",
            description = "The entries",
            headers = @Header(name = HttpHeaders.ETAG, ref = "end"),
            content = {
                @Content(
                        mediaType = MediaType.APPLICATION_JSON,
                        schema = @Schema(implementation = EntriesDocument.class),
                        examples =
                                @ExampleObject(
                                        name = "two",
                                        value = "{\"entries\":[{\"offset\":16,\"epoch\":1,\"timestamp\":1767225600000,"
                                                + "\"message\":\"hello\"},{\"offset\":17,\"epoch\":1,"
                                                + "\"timestamp\":1767225600001,\"message\":\"world\"}],"
                                                + "\"next\":18,\"end\":18,\"committed\":18}")),
                @Content(
                        mediaType = JsonBody.ND_JSON,
                        examples =
                                @ExampleObject(
                                        name = "one",
                                        value = "{\"offset\":17,\"epoch\":1,\"timestamp\":1767225600001,"
                                                + "\"message\":\"world\"}\n")),
                @Content(
                        mediaType = MediaType.SERVER_SENT_EVENTS,
                        examples = {
                            @ExampleObject(
                                    name = "an entry",
                                    value = "event: entry\nid: 17\ndata: {\"offset\":17,\"epoch\":1,"
                                            + "\"timestamp\":1767225600001,\"message\":\"world\"}\n\n"),
                            @ExampleObject(
                                    name = "entries that were sent are there no more",
                                    value = "event: cut\nid: 15\ndata: {\"end\":16}\n\n"),
                            @ExampleObject(name = "nothing new for five seconds", value = ": alive\n\n")
                        })
            })
    @Parameter(
            name = LAST_EVENT_ID,
            in = ParameterIn.HEADER,
            description = "Of events: the id of the last one that came; they go on behind it, whatever from says",
            schema = @Schema(type = SchemaType.STRING),
            example = "17")
    @APIResponse(responseCode = "400", ref = "problem")
    @APIResponse(responseCode = "429", ref = "problem")
    @APIResponse(responseCode = "503", ref = "problem")
    public CompletionStage<Response> entries(
            @Parameter(
                            description = "The first offset, or end: what comes from now on",
                            schema = @Schema(type = SchemaType.STRING, defaultValue = "0"),
                            example = "17")
                    @QueryParam("from")
                    String from,
            @Parameter(
                            description = "How many at most; if absent 1000 as JSON, and all there are as lines",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "1"),
                            example = "100")
                    @QueryParam("limit")
                    String limit,
            @Parameter(description = LEVEL_DESCRIPTION, schema = @Schema(ref = "level")) @QueryParam("level")
                    String level,
            @Parameter(
                            description =
                                    "How long to wait for an entry where there is none, in milliseconds; a minute at"
                                            + " most, if not configured otherwise",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "0", defaultValue = "0"),
                            example = "30000")
                    @QueryParam("waitMs")
                    String waitMs,
            @Context HttpHeaders headers) {
        Level shown = Query.level(level);
        long first = from(from, shown);
        boolean lines = headers.getAcceptableMediaTypes().get(0).toString().startsWith(JsonBody.ND_JSON);
        long most = Query.number("limit", limit, lines ? Long.MAX_VALUE : PAGE_ENTRIES, 1, Long.MAX_VALUE);
        long patience = Query.number("waitMs", waitMs, 0, 0, config.bounds().maxReadWaitMs());
        LogPages.requireReadable(log);
        if (patience == 0 || tail.end(shown) > first) {
            return CompletableFuture.completedFuture(entries(first, most, shown, lines));
        }
        return tail.await(shown, first)
                .completeOnTimeout(null, patience, TimeUnit.MILLISECONDS)
                .thenApplyAsync(ready -> entries(first, most, shown, lines), executor)
                .exceptionally(ProblemMapper::answer);
    }

    private Response entries(long first, long most, Level level, boolean lines) {
        long end = tail.end(level);
        long until = first + Math.min(most, Math.max(0, end - first));
        StreamingOutput output = lines
                ? out -> LogPages.read(log, first, until, entry -> {
                    out.write(EntryJson.of(entry).getBytes(UTF_8));
                    out.write('\n');
                })
                : out -> {
                    JsonGenerator json = EntryJson.GENERATORS.createGenerator(out);
                    json.writeStartObject().writeStartArray("entries");
                    long next = LogPages.read(log, first, until, entry -> EntryJson.write(json, entry));
                    json.writeEnd()
                            .write("next", next)
                            .write("end", end)
                            .write("committed", tail.committed())
                            .writeEnd()
                            .flush();
                };
        return Response.ok(output, lines ? JsonBody.ND_JSON : MediaType.APPLICATION_JSON)
                .tag(Long.toString(end))
                .build();
    }

    @HEAD
    @Operation(summary = "Tell where the log ends")
    @APIResponse(responseCode = "200", description = "The end", headers = @Header(name = HttpHeaders.ETAG, ref = "end"))
    public Response end(
            @Parameter(description = LEVEL_DESCRIPTION, schema = @Schema(ref = "level")) @QueryParam("level")
                    String level) {
        return Response.ok().tag(Long.toString(tail.end(Query.level(level)))).build();
    }

    @GET
    @Produces(MediaType.SERVER_SENT_EVENTS + ";qs=0.5") // below JSON for whom anything will do
    @Operation(hidden = true) // described with the other forms
    public void events(
            @QueryParam("from") String from,
            @QueryParam("level") String level,
            @HeaderParam(LAST_EVENT_ID) String lastEventId,
            @Context Sse sse,
            @Context SseEventSink sink) {
        Level shown = Query.level(level);
        long first = lastEventId == null ? from(from, shown) : behind(lastEventId);
        Runnable unsubscribe = tail.subscribe();
        executor.execute(new EventStream(log, tail, shown, first, sse, sink, executor, unsubscribe));
    }

    /** A cut at 0 has the id -1. */
    private static long behind(String lastEventId) {
        return lastEventId.equals("-1") ? 0 : 1 + Query.number(LAST_EVENT_ID, lastEventId, 0, 0, Query.MAX_OFFSET);
    }

    private long from(String from, Level level) {
        return "end".equals(from) ? tail.end(level) : Query.number("from", from, 0, 0, Query.MAX_OFFSET);
    }

    @GET
    @Path("/{offset}")
    @Operation(
            summary = "Read one entry",
            description = "The entry at an offset, and on the primary how many nodes hold it")
    @APIResponse(
            responseCode = "200",
            description = "The entry",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(implementation = EntryDocument.class)))
    @APIResponse(responseCode = "404", ref = "problem")
    @APIResponse(responseCode = "503", ref = "problem")
    public Response entry(
            @Parameter(description = "The entry's place in the log, from 0", example = "17") @PathParam("offset")
                    String offset) {
        Records found = offset.matches("[0-9]{1,18}") ? log.read(Long.parseLong(offset), 1, 1) : Records.empty(0);
        if (found.isEmpty() || found.first() >= log.durable()) {
            return Problem.response(
                    ProblemType.NOT_FOUND, "There is no entry with this offset; the log ends at " + log.durable());
        }
        Entry entry = found.iterator().next();
        Integer acks = config.isPrimary() ? replication.pending().held().count(entry.offset()) : null;
        EntryDocument document =
                new EntryDocument(entry.offset(), entry.epoch(), entry.timestamp(), entry.message(), acks);
        return Response.ok(document, MediaType.APPLICATION_JSON_TYPE).build();
    }
}
