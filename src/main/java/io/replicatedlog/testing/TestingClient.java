package io.replicatedlog.testing;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** Calls the testing API of a secondary. */
@Path("/api/test")
public interface TestingClient extends AutoCloseable {

    /** Empties the secondary's log. */
    @POST
    @Path("/clean")
    @Consumes(MediaType.APPLICATION_JSON)
    Response clean(String reign);

    @Override
    void close();
}
