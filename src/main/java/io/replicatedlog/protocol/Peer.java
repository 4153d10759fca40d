package io.replicatedlog.protocol;

import io.replicatedlog.log.Records;
import java.util.concurrent.CompletionStage;

/**
 * The calls to one other node. Each may be repeated, and may have taken effect although it failed. An implementation may
 * block the caller and return a stage that is complete, or throw what a stage would fail with; {@link Failure#staged} makes
 * one of both. Thread-safe.
 *
 * <p>A call fails with {@link ReplicationRefusedException} if the node refuses the caller, with
 * {@link NotAcknowledgedException} for any other answer, and with anything else if there was none in time.
 */
public interface Peer {

    /**
     * Sends a batch.
     *
     * @return fails with {@link MismatchException} if the node does not hold what comes before
     */
    CompletionStage<Acknowledgement> replicate(Batch batch);

    /** Asks for a promise, and where the node's log stands. */
    CompletionStage<Position> promise(PromiseRequest request);

    /**
     * Asks whether the node would give a promise now, and where its log stands.
     *
     * @return fails with a {@link ReplicationRefusedException} if it would not
     */
    CompletionStage<Position> ask(Question question);

    /**
     * Hands a reign over: the node stands at once.
     *
     * @return fails with a {@link ReplicationRefusedException} if it does not
     */
    CompletionStage<Void> stand(Reign over);

    /**
     * Asks the primary what a linearizable read has to show.
     *
     * @return once a majority has followed the primary in calls that were begun after this one
     */
    CompletionStage<ReadIndex> readIndex();

    /**
     * Fetches some of the records that the node holds, at least one if there is one.
     *
     * @param from the first offset
     * @param previousEpoch of the caller's entry before; 0 where there is none
     * @param maxBytes of records; a single larger one is sent alone
     * @return fails with {@link MismatchException} if the node has another entry before, or none
     */
    CompletionStage<Records> records(long from, long previousEpoch, int maxBytes);

    /** Breaks off the calls that are under way; they fail. */
    void abort();
}
