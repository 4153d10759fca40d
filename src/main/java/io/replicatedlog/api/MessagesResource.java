package io.replicatedlog.api;

import io.replicatedlog.log.Log;
import io.replicatedlog.reading.LogPages;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.stream.JsonGenerator;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.headers.Header;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** {@code GET /api/v1/messages}. */
@Path("/v1/messages")
@ApplicationScoped
@RolesAllowed({Roles.READER, Roles.ADMIN})
@APIResponse(responseCode = "401", ref = "problem")
@APIResponse(responseCode = "403", ref = "problem")
@Tag(name = "Log")
public class MessagesResource {

    @Inject
    private Log log;

    @GET
    @Operation(
            summary = "Read messages",
            description = "Every message that this node holds, in order, as of the moment of the call; or some of them,"
                    + " and where to go on. Every node answers.")
    @APIResponse(
            responseCode = "200",
            description = "The messages, streamed",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            examples = {
                                @ExampleObject(name = "two", value = "{\"messages\":[\"hello\",\"world\"]}"),
                                @ExampleObject(
                                        name = "with from or limit",
                                        value = "{\"messages\":[\"world\"],\"next\":2}")
                            }))
    @APIResponse(responseCode = "400", ref = "problem")
    @APIResponse(responseCode = "503", ref = "problem")
    public Response messages(
            @Parameter(
                            description = "The first offset",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "0", defaultValue = "0"))
                    @QueryParam("from")
                    String from,
            @Parameter(
                            description = "How many at most; all there are if absent",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "1"))
                    @QueryParam("limit")
                    String limit) {
        long first = Query.number("from", from, 0, 0, Query.MAX_OFFSET);
        long most = Query.number("limit", limit, Long.MAX_VALUE, 1, Long.MAX_VALUE);
        boolean isPage = from != null || limit != null;
        LogPages.requireReadable(log);
        long until = first + Math.min(most, Math.max(0, log.durable() - first));
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
    @Operation(summary = "Tell where the log ends")
    @APIResponse(responseCode = "200", description = "The end", headers = @Header(name = HttpHeaders.ETAG, ref = "end"))
    public Response end() {
        return Response.ok().tag(Long.toString(log.durable())).build();
    }
}
