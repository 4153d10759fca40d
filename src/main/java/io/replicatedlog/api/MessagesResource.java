package io.replicatedlog.api;

import io.replicatedlog.log.Log;
import io.replicatedlog.reading.Level;
import io.replicatedlog.reading.LogPages;
import io.replicatedlog.reading.TailBean;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.stream.JsonGenerator;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;

/** {@code GET /api/v1/messages}. */
@Path("/v1/messages")
@ApplicationScoped
@RolesAllowed({Roles.READER, Roles.ADMIN})
public class MessagesResource {

    @Inject
    private Log log;

    @Inject
    private TailBean tail;

    @GET
    public Response messages(@QueryParam("from") String from, @QueryParam("limit") String limit) {
        long first = Query.number("from", from, 0, 0, Query.MAX_OFFSET);
        long most = Query.number("limit", limit, Long.MAX_VALUE, 1, Long.MAX_VALUE);
        boolean isPage = from != null || limit != null;
        LogPages.requireReadable(log);
        long until = first + Math.min(most, Math.max(0, tail.end(Level.LOCAL) - first));
        StreamingOutput output = out -> {
            // Not closed here: the stream belongs to the container.
            JsonGenerator json = EntryJson.GENERATORS.createGenerator(out);
            json.writeStartObject().writeStartArray("messages");
            long next = LogPages.read(log, first, until, entry -> json.write(entry.message()));
            json.writeEnd();
            if (isPage) {
                json.write("next", next);
            }
            json.writeEnd().flush();
        };
        return Response.ok(output, MediaType.APPLICATION_JSON_TYPE).build();
    }

    @HEAD
    public Response end() {
        return Response.ok().tag(Long.toString(tail.end(Level.LOCAL))).build();
    }
}
