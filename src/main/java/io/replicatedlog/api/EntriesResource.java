package io.replicatedlog.api;

import io.replicatedlog.cluster.NodeConfig;
import io.replicatedlog.log.Entry;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.replication.ReplicationBean;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.json.bind.annotation.JsonbPropertyOrder;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** {@code GET /api/v1/entries/{offset}}. */
@Path("/v1/entries")
@ApplicationScoped
@RolesAllowed({Roles.READER, Roles.ADMIN})
@APIResponse(responseCode = "401", ref = "problem")
@APIResponse(responseCode = "403", ref = "problem")
@Tag(name = "Log")
public class EntriesResource {

    @Inject
    private NodeConfig config;

    @Inject
    private Log log;

    @Inject
    private ReplicationBean replication;

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

            @Schema(description = "How many nodes hold it; only the primary knows", nullable = true, examples = "3")
            Integer acks) {}

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
        Integer acks = config.isPrimary() ? replication.pending().acks(entry.offset()) : null;
        EntryDocument document =
                new EntryDocument(entry.offset(), entry.epoch(), entry.timestamp(), entry.message(), acks);
        return Response.ok(document, MediaType.APPLICATION_JSON_TYPE).build();
    }
}
