package io.replicatedlog.protocol;

import jakarta.json.JsonObject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.ProcessingException;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.faulttolerance.Retry;
import org.eclipse.microprofile.faulttolerance.Timeout;

/**
 * Calls one node. {@code @Retry} covers brief failures, above all a kept-alive connection that the other side has closed;
 * patience is the caller's. {@code maxDuration} keeps it from retrying what took long to fail. The time-out is set to
 * {@code REQUEST_TIMEOUT_MILLISECONDS} in {@code microprofile-config.properties}; it ends the call's wait, while the
 * connect and read time-outs of the client are what cuts a blocked socket.
 */
@Path("/api/v1/internal")
public interface PeerClient extends AutoCloseable {

    /**
     * Sends a batch. Idempotent: the node skips what it has.
     *
     * @return the acknowledgement
     * @throws jakarta.ws.rs.WebApplicationException if the status is an error; its response is to be closed
     */
    @POST
    @Path("/replicate")
    @Consumes(Batch.MEDIA_TYPE)
    @Retry(maxRetries = 2, delay = 30, jitter = 20, maxDuration = 300, retryOn = ProcessingException.class)
    @Timeout
    JsonObject replicate(byte[] batch);

    /**
     * Asks for a promise. Idempotent: the same candidate gets the same promise.
     *
     * @return where the node's log stands
     * @throws jakarta.ws.rs.WebApplicationException if the status is an error; its response is to be closed
     */
    @POST
    @Path("/promise")
    @Consumes(MediaType.APPLICATION_JSON)
    @Retry(maxRetries = 2, delay = 30, jitter = 20, maxDuration = 300, retryOn = ProcessingException.class)
    @Timeout
    JsonObject promise(JsonObject request);

    /**
     * Asks whether the node would give a promise.
     *
     * @return where its log stands
     * @throws jakarta.ws.rs.WebApplicationException if the status is an error; its response is to be closed
     */
    @POST
    @Path("/question")
    @Consumes(MediaType.APPLICATION_JSON)
    @Timeout
    JsonObject ask(JsonObject question);

    /**
     * Hands a reign over: the node stands.
     *
     * @return nothing of interest
     * @throws jakarta.ws.rs.WebApplicationException if the status is an error; its response is to be closed
     */
    @POST
    @Path("/stand")
    @Consumes(MediaType.APPLICATION_JSON)
    @Timeout
    JsonObject stand(JsonObject reign);

    /**
     * Asks the primary what a linearizable read has to show.
     *
     * @return the read index
     * @throws jakarta.ws.rs.WebApplicationException if the status is an error; its response is to be closed
     */
    @POST
    @Path("/read-index")
    @Retry(maxRetries = 2, delay = 30, jitter = 20, maxDuration = 300, retryOn = ProcessingException.class)
    @Timeout
    JsonObject readIndex();

    /**
     * Fetches some of the records that the node holds.
     *
     * @param from the first offset
     * @param previousEpoch of the entry before; 0 where there is none
     * @param maxBytes of records
     * @return encoded records, at least one if there is one
     * @throws jakarta.ws.rs.WebApplicationException if the status is an error; its response is to be closed
     */
    @GET
    @Path("/records")
    @Produces(Batch.RECORDS_MEDIA_TYPE)
    @Retry(maxRetries = 2, delay = 30, jitter = 20, maxDuration = 300, retryOn = ProcessingException.class)
    @Timeout
    byte[] records(
            @QueryParam("from") long from,
            @QueryParam("previousEpoch") long previousEpoch,
            @QueryParam("maxBytes") int maxBytes);

    @Override
    void close();
}
