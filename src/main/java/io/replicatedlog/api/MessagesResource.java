package io.replicatedlog.api;

import io.replicatedlog.log.Entry;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.stream.JsonGenerator;
import jakarta.json.stream.JsonGeneratorFactory;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
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

    /** What is in memory at one time while the log is written out. */
    private static final int PAGE_ENTRIES = 1_000;

    private static final int PAGE_BYTES = 256 * 1024;

    private static final JsonGeneratorFactory GENERATORS = Json.createGeneratorFactory(Map.of());

    @Inject
    private Log log;

    @GET
    @Operation(
            summary = "Read all messages",
            description =
                    "Every message that this node holds, in order, as of the moment of the call. Every node answers.")
    @APIResponse(
            responseCode = "200",
            description = "The messages, streamed",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            examples = @ExampleObject(name = "two", value = "{\"messages\":[\"hello\",\"world\"]}")))
    @APIResponse(responseCode = "503", ref = "problem")
    public Response messages() {
        // A storage that cannot be read is told by the status, before the first byte is out.
        log.read(0, 1, 1);
        long end = log.durable();
        StreamingOutput output = out -> {
            // Not closed here: the stream belongs to the container.
            JsonGenerator json = GENERATORS.createGenerator(out);
            json.writeStartObject().writeStartArray("messages");
            for (long from = 0; from < end; ) {
                Records page = log.read(from, (int) Math.min(PAGE_ENTRIES, end - from), PAGE_BYTES);
                if (page.isEmpty()) {
                    break; // the log was emptied meanwhile
                }
                for (Entry entry : page) {
                    json.write(entry.message());
                }
                from = page.end();
            }
            json.writeEnd().writeEnd().flush();
        };
        return Response.ok(output, MediaType.APPLICATION_JSON_TYPE).build();
    }
}
