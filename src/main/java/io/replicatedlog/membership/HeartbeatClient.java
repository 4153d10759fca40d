package io.replicatedlog.membership;

import jakarta.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import org.eclipse.microprofile.faulttolerance.Timeout;

/**
 * Asks one secondary whether it is alive. The time-out is set to {@code REQUEST_TIMEOUT_MILLISECONDS} in
 * {@code microprofile-config.properties}; the client's own connect and read time-outs are what cuts a blocked call.
 */
@Path("/health/live")
public interface HeartbeatClient extends AutoCloseable {

    /**
     * The health document.
     *
     * @throws jakarta.ws.rs.WebApplicationException if the status is an error; its response is to be closed
     */
    @GET
    @Timeout
    JsonObject live();

    @Override
    void close();
}
