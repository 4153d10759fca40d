package io.replicatedlog.replication;

import io.replicatedlog.cluster.NodeClient;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.net.URI;

/**
 * The client to one secondary, made once and kept: it holds the connections. Neither a time-out of the client nor an
 * interrupt ends a write to a peer that has stopped reading; {@link #abort} does, by closing the client under the call.
 *
 * <p>Thread-safe: the client is replaced and closed under the monitor, calls are made without it.
 */
final class SecondaryConnection implements AutoCloseable {

    private final URI url;
    private final int timeoutMs;
    private volatile SecondaryClient client;
    private boolean closed;

    /** The secondary answered with something other than an acknowledgement. The message says what. */
    static final class NotAcknowledgedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /** Whether the call was larger than the secondary accepts. */
        private final boolean tooLarge;

        NotAcknowledgedException(String message, boolean tooLarge) {
            super(message);
            this.tooLarge = tooLarge;
        }

        boolean isTooLarge() {
            return tooLarge;
        }
    }

    SecondaryConnection(URI url, int timeoutMs) {
        this.url = url;
        this.timeoutMs = timeoutMs;
        this.client = open();
    }

    /**
     * Sends a batch and waits for the answer.
     *
     * @return the end offset that the secondary acknowledged
     * @throws NotAcknowledgedException if it answered with anything else
     * @throws RuntimeException if the call failed; what it did is unknown
     */
    long replicate(Batch batch) {
        try {
            if (client.replicate(batch.encode()).get("end") instanceof JsonNumber end) {
                return end.longValueExact();
            }
            throw new NotAcknowledgedException("it answered without an end offset", false);
        } catch (WebApplicationException e) {
            try (Response answer = e.getResponse()) {
                throw new NotAcknowledgedException(describe(answer), answer.getStatus() == 413);
            }
        }
    }

    /** Cuts the call that is under way, if there is one, and every connection. */
    synchronized void abort() {
        if (!closed) {
            client.close();
            client = open();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        client.close();
    }

    private SecondaryClient open() {
        return NodeClient.open(SecondaryClient.class, url, timeoutMs);
    }

    private static String describe(Response answer) {
        String status = "it answered with status " + answer.getStatus();
        boolean isProblem = answer.getMediaType() != null
                && answer.getMediaType().toString().startsWith("application/problem+json");
        return isProblem
                ? status + ": " + answer.readEntity(JsonObject.class).getString("detail", "no detail")
                : status;
    }
}
