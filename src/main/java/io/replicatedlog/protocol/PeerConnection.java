package io.replicatedlog.protocol;

import io.replicatedlog.leadership.TakeOver;
import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.log.LogException;
import io.replicatedlog.log.Records;
import io.replicatedlog.node.ClusterSecret;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The client to one secondary, made once and kept: it holds the connections. Neither a time-out of the client nor an
 * interrupt ends a write to a peer that has stopped reading; {@link #abort} does, by closing the client under the call.
 *
 * <p>Thread-safe: the client is replaced and closed under the monitor, calls are made without it.
 */
public final class PeerConnection implements AutoCloseable {

    /** The type of the problem that is a {@link MismatchException}. */
    private static final String MISMATCH = "urn:replicated-log:problem:mismatch";

    private final URI url;
    private final int timeoutMs;
    private final Optional<ClusterSecret> secret;
    private volatile PeerClient client;
    private boolean closed;

    /** The secondary answered with something other than an acknowledgement. The message says what. */
    public static final class NotAcknowledgedException extends LogException {
        private static final long serialVersionUID = 1L;

        /** Whether the call was larger than the secondary accepts. */
        private final boolean tooLarge;

        public NotAcknowledgedException(String message, boolean tooLarge) {
            super(message);
            this.tooLarge = tooLarge;
        }

        public boolean isTooLarge() {
            return tooLarge;
        }
    }

    public PeerConnection(URI url, int timeoutMs, Optional<ClusterSecret> secret) {
        this.url = url;
        this.timeoutMs = timeoutMs;
        this.secret = secret;
        this.client = open();
    }

    /**
     * Sends a batch and waits for the answer.
     *
     * @return the end offset that the secondary acknowledged
     * @throws MismatchException if the secondary does not hold what comes before
     * @throws NotAcknowledgedException if it answered with anything else
     * @throws RuntimeException if the call failed; what it did is unknown
     */
    public long replicate(Batch batch) {
        byte[] encoded = batch.encode();
        return number(call(() -> client.replicate(encoded)), "end");
    }

    /**
     * Asks where the secondary stands.
     *
     * @throws RuntimeException if it does not say
     */
    public Position position() {
        JsonObject answer = call(() -> client.position());
        Optional<Reign> reign = answer.containsKey("logId")
                ? Optional.of(new Reign(UUID.fromString(answer.getString("logId")), number(answer, "epoch")))
                : Optional.empty();
        return new Position(
                reign, number(answer, "end"), number(answer, "lastEpoch"), answer.getBoolean("complete", false));
    }

    /** As {@link TakeOver.Source#read}. */
    public Records records(long from, long previousEpoch) {
        byte[] encoded = call(() -> client.records(from, previousEpoch));
        try {
            return Records.parse(from, ByteBuffer.wrap(encoded));
        } catch (CorruptRecordException e) {
            throw new NotAcknowledgedException("it sent records that are not intact: " + e.getMessage(), false);
        }
    }

    /** Cuts the call that is under way, if there is one, and every connection. */
    public synchronized void abort() {
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

    private PeerClient open() {
        return RestClients.open(PeerClient.class, url, timeoutMs, secret);
    }

    private static <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (WebApplicationException e) {
            try (Response answer = e.getResponse()) {
                throw refusal(answer);
            }
        }
    }

    private static RuntimeException refusal(Response answer) {
        String status = "it answered with status " + answer.getStatus();
        boolean isProblem = answer.getMediaType() != null
                && answer.getMediaType().toString().startsWith("application/problem+json");
        if (!isProblem) {
            return new NotAcknowledgedException(status, answer.getStatus() == 413);
        }
        JsonObject problem = answer.readEntity(JsonObject.class);
        if (problem.getString("type", "").equals(MISMATCH)) {
            return new MismatchException(number(problem, "end"), number(problem, "lastEpoch"));
        }
        return new NotAcknowledgedException(
                status + ": " + problem.getString("detail", "no detail"), answer.getStatus() == 413);
    }

    private static long number(JsonObject answer, String member) {
        if (answer.get(member) instanceof JsonNumber number) {
            return number.longValueExact();
        }
        throw new NotAcknowledgedException("it answered without the number \"" + member + "\"", false);
    }
}
