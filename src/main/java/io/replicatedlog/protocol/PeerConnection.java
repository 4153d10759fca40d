package io.replicatedlog.protocol;

import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.log.Records;
import io.replicatedlog.node.ClusterSecret;
import io.replicatedlog.tracing.Tracing;
import jakarta.json.JsonObject;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * The REST client to one node, made once and kept: it holds the connections. A call blocks the caller's thread. Neither a
 * time-out of the client nor an interrupt ends a write to a node that has stopped reading; {@link #abort} does, by closing
 * the client under the call.
 *
 * <p>Thread-safe: the client is replaced and closed under the monitor, calls are made without it.
 */
public final class PeerConnection implements Peer, AutoCloseable {

    private final URI url;
    private final int timeoutMs;
    private final Optional<ClusterSecret> secret;
    private volatile PeerClient client;
    private boolean closed;

    /** @param timeoutMs for connecting, and for each read of an answer, in milliseconds */
    public PeerConnection(URI url, int timeoutMs, Optional<ClusterSecret> secret) {
        this.url = url;
        this.timeoutMs = timeoutMs;
        this.secret = secret;
        this.client = open();
    }

    @Override
    public CompletionStage<Acknowledgement> replicate(Batch batch) {
        byte[] encoded = batch.encode();
        return complete(WireJson.acknowledgement(call(() -> client.replicate(encoded))));
    }

    @Override
    public CompletionStage<Position> promise(PromiseRequest request) {
        JsonObject json = WireJson.write(request);
        return complete(WireJson.position(Tracing.untraced(() -> call(() -> client.promise(json)))));
    }

    @Override
    public CompletionStage<Position> ask(Question question) {
        JsonObject json = WireJson.write(question);
        return complete(WireJson.position(Tracing.untraced(() -> call(() -> client.ask(json)))));
    }

    @Override
    public CompletionStage<Void> stand(Reign over) {
        JsonObject json = WireJson.write(over);
        Tracing.untraced(() -> call(() -> client.stand(json)));
        return complete(null);
    }

    @Override
    public CompletionStage<ReadIndex> readIndex() {
        return complete(WireJson.readIndex(Tracing.untraced(() -> call(() -> client.readIndex()))));
    }

    @Override
    public CompletionStage<Records> records(long from, long previousEpoch, int maxBytes) {
        byte[] encoded = Tracing.untraced(() -> call(() -> client.records(from, previousEpoch, maxBytes)));
        try {
            return complete(Records.parse(from, ByteBuffer.wrap(encoded)));
        } catch (CorruptRecordException e) {
            throw new NotAcknowledgedException("it sent records that are not intact: " + e.getMessage(), false);
        }
    }

    @Override
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

    private static <T> CompletionStage<T> complete(T answer) {
        return CompletableFuture.completedFuture(answer);
    }

    private static <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (WebApplicationException e) {
            try (Response answer = e.getResponse()) {
                throw failure(answer);
            }
        }
    }

    private static RuntimeException failure(Response answer) {
        boolean isProblem = answer.getMediaType() != null
                && answer.getMediaType().toString().startsWith("application/problem+json");
        return isProblem
                ? WireJson.failure(answer.getStatus(), answer.readEntity(JsonObject.class))
                : new NotAcknowledgedException(
                        "it answered with status " + answer.getStatus(), answer.getStatus() == 413);
    }
}
