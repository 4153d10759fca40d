package io.replicatedlog.testing;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** Calls the testing API of a secondary. */
@Path("/api/test")
public interface TestingClient extends AutoCloseable {

    /**
     * Empties the secondary's log.
     *
     * @param authorization the header of the client's own request; {@code null} without one
     */
    @POST
    @Path("/clean")
    @Consumes(MediaType.APPLICATION_JSON)
    Response clean(@HeaderParam(HttpHeaders.AUTHORIZATION) String authorization, String reign);

    @Override
    void close();
}
