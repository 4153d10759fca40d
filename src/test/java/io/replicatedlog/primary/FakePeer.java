package io.replicatedlog.primary;

import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Peer;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Question;
import io.replicatedlog.protocol.ReadIndex;
import io.replicatedlog.protocol.Reign;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A secondary whose answers the test gives, one after the other. */
final class FakePeer implements Peer {

    private final UUID node;
    private final List<Batch> calls = new ArrayList<>();
    private CompletableFuture<Acknowledgement> underWay;
    private Throwable thrown;
    private int aborts;

    FakePeer(UUID node) {
        this.node = node;
    }

    @Override
    public CompletionStage<Acknowledgement> replicate(Batch batch) {
        calls.add(batch);
        if (thrown instanceof Error error) {
            thrown = null;
            throw error;
        }
        underWay = new CompletableFuture<>();
        return underWay;
    }

    @Override
    public CompletionStage<Position> promise(PromiseRequest request) {
        throw new AssertionError("a sender asks for no promise");
    }

    @Override
    public CompletionStage<Position> ask(Question question) {
        throw new AssertionError("a sender asks nothing");
    }

    @Override
    public CompletionStage<Void> stand(Reign over) {
        throw new AssertionError("a sender hands nothing over");
    }

    @Override
    public CompletionStage<ReadIndex> readIndex() {
        throw new AssertionError("a sender does not read");
    }

    @Override
    public CompletionStage<Records> records(long from, long previousEpoch, int maxBytes) {
        throw new AssertionError("a sender fetches nothing");
    }

    @Override
    public void abort() {
        aborts++;
    }

    /** The next call throws this. */
    void throwNext(Error error) {
        thrown = error;
    }

    /** Answers the call that is under way. */
    void answer(long end) {
        end().complete(new Acknowledgement(node, end, 0));
    }

    /** Answers the call that is under way as a node that may lack something it has acknowledged. */
    void answerIncomplete(long end, long refill) {
        end().complete(new Acknowledgement(node, end, refill));
    }

    /** Fails the call that is under way. */
    void fail(Throwable failure) {
        end().completeExceptionally(failure);
    }

    private CompletableFuture<Acknowledgement> end() {
        CompletableFuture<Acknowledgement> call = underWay;
        underWay = null;
        return call;
    }

    boolean isUnderWay() {
        return underWay != null;
    }

    /** The call that was made last. */
    Batch last() {
        return calls.get(calls.size() - 1);
    }

    int calls() {
        return calls.size();
    }

    int aborts() {
        return aborts;
    }
}
