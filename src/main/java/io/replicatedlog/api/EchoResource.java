package io.replicatedlog.api;

import io.replicatedlog.cluster.NodeConfig;
import io.replicatedlog.replication.PendingAppends.Outcome;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;

/**
 * {@code POST /api/test/echo}, part of the testing API: reads what an append reads and answers what it answers, and does
 * nothing in between. No append can be faster; the benchmark measures how near they come.
 */
@Path("/test/echo")
@ApplicationScoped
@RolesAllowed(Roles.ADMIN)
public class EchoResource {

    @Inject
    private NodeConfig config;

    @Inject
    private RequestBodies bodies;

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(hidden = true)
    public Response echo(InputStream body) throws IOException {
        AppendAnswer answer = bodies.readHere(body, bytes -> {
            AppendRequest request = AppendRequest.parse(bytes, config);
            int nodes = request.w().nodes();
            int count = request.messages().size();
            return AppendAnswer.of(new Outcome(count - 1, nodes, nodes, true), count, request.isBulk());
        });
        return Response.ok(answer.toJson(), MediaType.APPLICATION_JSON_TYPE).build();
    }
}
