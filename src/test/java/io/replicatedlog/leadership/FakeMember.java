package io.replicatedlog.leadership;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Peer;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Question;
import io.replicatedlog.protocol.ReadIndex;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Another member, whose answers a test gives: to the call of each kind that was made last. Serves the records of its log. */
final class FakeMember implements Peer {

    private final UUID node;
    private final Log log;
    private final List<Question> questions = new ArrayList<>();
    private final List<PromiseRequest> requests = new ArrayList<>();
    private final List<Batch> batches = new ArrayList<>();
    private final List<Reign> handedOver = new ArrayList<>();
    private final List<CompletableFuture<ReadIndex>> indexes = new ArrayList<>();
    private final List<Long> pages = new ArrayList<>();
    private CompletableFuture<Position> question;
    private CompletableFuture<Position> promise;
    private CompletableFuture<Acknowledgement> acknowledgement;
    private CompletableFuture<Records> page;
    private boolean holdsPages;

    FakeMember(int number, Log log) {
        this.node = SampleMembers.node(number);
        this.log = log;
    }

    // --- what it is asked

    @Override
    public CompletionStage<Position> ask(Question asked) {
        questions.add(asked);
        question = new CompletableFuture<>();
        return question;
    }

    @Override
    public CompletionStage<Position> promise(PromiseRequest request) {
        requests.add(request);
        promise = new CompletableFuture<>();
        return promise;
    }

    @Override
    public CompletionStage<Void> stand(Reign over) {
        handedOver.add(over);
        return new CompletableFuture<>();
    }

    @Override
    public CompletionStage<ReadIndex> readIndex() {
        CompletableFuture<ReadIndex> index = new CompletableFuture<>();
        indexes.add(index);
        return index;
    }

    @Override
    public CompletionStage<Acknowledgement> replicate(Batch batch) {
        batches.add(batch);
        acknowledgement = new CompletableFuture<>();
        return acknowledgement;
    }

    @Override
    public CompletionStage<Records> records(long from, long previousEpoch, int maxBytes) {
        pages.add(from);
        page = new CompletableFuture<>();
        if (!holdsPages) {
            page.complete(log.read(from, 1, maxBytes));
        }
        return page;
    }

    @Override
    public void abort() {
        // Its calls end when the test says so.
    }

    // --- what it answers

    /** It would promise. */
    void wouldPromise(Position position) {
        question.complete(position);
    }

    /** It would not promise. */
    void wouldNotPromise(Reason reason, long epoch) {
        question.completeExceptionally(refused(reason, epoch));
    }

    void promises(Position position) {
        promise.complete(position);
    }

    /** It has promised this epoch to another node. */
    void hasPromised(long epoch) {
        promise.completeExceptionally(refused(Reason.FENCED, epoch));
    }

    void doesNotPromise(Exception failure) {
        promise.completeExceptionally(failure);
    }

    /** It holds everything below this end. */
    void acknowledges(long end) {
        acknowledgement.complete(new Acknowledgement(node, end, 0));
    }

    /** It follows a higher epoch. */
    void fences(long epoch) {
        acknowledgement.completeExceptionally(refused(Reason.FENCED, epoch));
    }

    /** From now on it gives records only by {@link #givesPage}. */
    void holdsPages() {
        holdsPages = true;
    }

    void givesPage() {
        page.complete(log.read(pages.get(pages.size() - 1), 1, 1_000_000));
    }

    void failsPage(Exception failure) {
        page.completeExceptionally(failure);
    }

    private ReplicationRefusedException refused(Reason reason, long epoch) {
        Optional<Reign> reign = Optional.of(new Reign(SampleMembers.LOG, epoch));
        return new ReplicationRefusedException(reason, "it refuses: " + reason, reign, epoch, 0);
    }

    // --- what it was asked

    List<Question> questions() {
        return questions;
    }

    /** The questions for a read index, the test answers them. */
    List<CompletableFuture<ReadIndex>> indexes() {
        return indexes;
    }

    List<PromiseRequest> requests() {
        return requests;
    }

    List<Batch> batches() {
        return batches;
    }

    /** The reigns that it was told to take. */
    List<Reign> handedOver() {
        return handedOver;
    }

    /** The offsets from which records were fetched. */
    List<Long> pages() {
        return pages;
    }

    /** Whether a batch was sent that it has not answered. */
    boolean isBeingSent() {
        return acknowledgement != null && !acknowledgement.isDone();
    }
}
