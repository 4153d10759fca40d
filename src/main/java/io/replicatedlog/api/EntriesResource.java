package io.replicatedlog.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicatedlog.leadership.LinearizableReadsBean;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** {@code GET /api/v1/entries}: pages, streams of lines, event streams, and single entries. */
@Path("/v1/entries")
@ApplicationScoped
@RolesAllowed({Roles.READER, Roles.ADMIN})
public class EntriesResource {

    private static final long PAGE_ENTRIES = 1_000;
    private static final String LAST_EVENT_ID = "Last-Event-ID";

    @Inject
    private NodeConfig config;

    @Inject
    private Log log;

    @Inject
    private ReplicationBean replication;

    @Inject
    private TailBean tail;

    @Inject
    private LinearizableReadsBean linearizable;

    @Resource
    private ManagedExecutorService executor;

    /** One entry; from the primary with the number of nodes that hold it. */
    @JsonbPropertyOrder({"offset", "epoch", "timestamp", "message", "acks"})
    public record EntryDocument(long offset, long epoch, long timestamp, String message, Integer acks) {}

    @GET
    @Produces({MediaType.APPLICATION_JSON, JsonBody.ND_JSON, MediaType.WILDCARD + ";qs=0.1"}) // the last: never 406
    public CompletionStage<Response> entries(
            @QueryParam("from") String from,
            @QueryParam("limit") String limit,
            @QueryParam("level") String level,
            @QueryParam("waitMs") String waitMs,
            @Context HttpHeaders headers) {
        Level shown = Query.level(level);
        LongSupplier first = from(from, shown);
        boolean lines = headers.getAcceptableMediaTypes().get(0).toString().startsWith(JsonBody.ND_JSON);
        long most = Query.number("limit", limit, lines ? Long.MAX_VALUE : PAGE_ENTRIES, 1, Long.MAX_VALUE);
        long patience = Query.number("waitMs", waitMs, 0, 0, config.bounds().maxReadWaitMs());
        LogPages.requireReadable(log);
        if (!Query.isLinearizable(level)) {
            return entries(first.getAsLong(), most, shown, lines, patience);
        }
        return linearizable
                .await()
                .thenComposeAsync(ready -> entries(first.getAsLong(), most, shown, lines, patience), executor)
                .exceptionally(ProblemMapper::answer);
    }

    private CompletionStage<Response> entries(long first, long most, Level shown, boolean lines, long patience) {
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
    public CompletionStage<Response> end(@QueryParam("level") String level) {
        Level shown = Query.level(level);
        if (!Query.isLinearizable(level)) {
            return CompletableFuture.completedFuture(end(shown));
        }
        return linearizable
                .await()
                .thenApplyAsync(ready -> end(shown), executor)
                .exceptionally(ProblemMapper::answer);
    }

    private Response end(Level shown) {
        return Response.ok().tag(Long.toString(tail.end(shown))).build();
    }

    @GET
    @Produces(MediaType.SERVER_SENT_EVENTS + ";qs=0.5") // below JSON, for clients that accept anything
    public void events(
            @QueryParam("from") String from,
            @QueryParam("level") String level,
            @HeaderParam(LAST_EVENT_ID) String lastEventId,
            @Context Sse sse,
            @Context SseEventSink sink) {
        if (Query.isLinearizable(level)) {
            throw new BadRequestProblem(
                    ProblemType.BAD_REQUEST,
                    "A stream of events has no level \"linearizable\": read a page with that level, and follow from its"
                            + " \"next\" on with the level \"committed\"");
        }
        Level shown = Query.level(level);
        long first = lastEventId == null ? from(from, shown).getAsLong() : behind(lastEventId);
        Runnable unsubscribe = tail.subscribe();
        executor.execute(new EventStream(log, tail, shown, first, sse, sink, executor, unsubscribe));
    }

    /** A cut at 0 has the id -1. */
    private static long behind(String lastEventId) {
        return lastEventId.equals("-1") ? 0 : 1 + Query.number(LAST_EVENT_ID, lastEventId, 0, 0, Query.MAX_OFFSET);
    }

    /** Checked now; what the end is, is asked for when it is needed. */
    private LongSupplier from(String from, Level level) {
        if ("end".equals(from)) {
            return () -> tail.end(level);
        }
        long first = Query.number("from", from, 0, 0, Query.MAX_OFFSET);
        return () -> first;
    }

    @GET
    @Path("/{offset}")
    public Response entry(@PathParam("offset") String offset) {
        Records found = offset.matches("[0-9]{1,18}") ? log.read(Long.parseLong(offset), 1, 1) : Records.empty(0);
        long end = tail.end(Level.LOCAL);
        if (found.isEmpty() || found.first() >= end) {
            return Problem.response(ProblemType.NOT_FOUND, "No entry has this offset; the log ends at " + end);
        }
        Entry entry = found.iterator().next();
        Integer acks = replication.primaryLog().isEstablished()
                ? replication.pending().held().count(entry.offset())
                : null;
        EntryDocument document =
                new EntryDocument(entry.offset(), entry.epoch(), entry.timestamp(), entry.message(), acks);
        return Response.ok(document, MediaType.APPLICATION_JSON_TYPE).build();
    }
}
