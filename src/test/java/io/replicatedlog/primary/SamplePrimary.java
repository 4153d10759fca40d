package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.nodeId;
import static io.replicatedlog.primary.SampleNodes.secondary;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicatedlog.log.Log;
import io.replicatedlog.node.ManualTime;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.storage.IdentityStore;
import java.net.URI;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** The primary of three nodes, with its time, its log and who waits for it, for tests. */
final class SamplePrimary {

    static final UUID NODE = new UUID(8, 1);
    static final URI URL = URI.create("http://primary:8080");
    static final Members MEMBERS = SampleNodes.members(3);
    static final UUID LOG_ID = new UUID(1, 1);
    static final Reign FIRST = new Reign(LOG_ID, 1);
    static final Reign SECOND = new Reign(LOG_ID, 2);
    static final int MAX_WAITING = 3;
    static final int MAX_READS = 4;
    static final IdempotencyWindow.Limits REMEMBERED = new IdempotencyWindow.Limits(4, 1_000);

    final ManualTime time = new ManualTime();
    final PendingAppends pending = SampleNodes.pending(3);

    /** What depends on a linearizable read. */
    final ManualExecutor answers = new ManualExecutor();

    final Log log;
    final IdentityStore identity;
    final CommittedOffset committed;
    final PrimaryLog primary;

    SamplePrimary(Log log) {
        this(log, IdentityStore.inMemory(NODE));
    }

    /** As a node makes it that starts on this storage. */
    SamplePrimary(Log log, IdentityStore identity) {
        this(log, identity, REMEMBERED);
    }

    SamplePrimary(Log log, IdentityStore identity, IdempotencyWindow.Limits keys) {
        this(log, identity, keys, MAX_WAITING);
    }

    SamplePrimary(Log log, IdentityStore identity, IdempotencyWindow.Limits keys, int maxWaiting) {
        this.log = log;
        this.identity = identity;
        this.committed = new CommittedOffset(identity.load().committed());
        this.primary = new PrimaryLog(
                log,
                identity,
                pending,
                new PendingReads(MAX_READS, answers),
                committed,
                new PrimaryLog.Settings(URL, maxWaiting, keys),
                time);
    }

    /** Begins a reign that needs no followers, and establishes it. */
    SamplePrimary leads(Reign reign) {
        begins(reign, 0);
        primary.establish();
        return this;
    }

    /** Begins a reign, which is not established yet. */
    void begins(Reign reign, int followersNeeded) {
        primary.begin(new Mandate(reign, MEMBERS, followersNeeded, false));
    }

    /** Begins a new log. */
    Reign reset(UUID log) {
        return primary.reset(log, MEMBERS);
    }

    CompletableFuture<Outcome> append(String message, int w) {
        return append(keyed("", w, message));
    }

    CompletableFuture<Outcome> append(Append append) {
        return append(append, Long.MAX_VALUE);
    }

    CompletableFuture<Outcome> append(Append append, long deadlineMs) {
        return primary.append(append, deadlineMs).toCompletableFuture();
    }

    /** @param secondary its number, from 1 */
    long acknowledge(int secondary, Reign reign, long end) {
        return answer(secondary, reign, end, 0);
    }

    /**
     * A secondary answers that may lack something it has acknowledged.
     *
     * @param secondary its number, from 1
     * @param refill the number of its refill
     */
    long answerIncomplete(int secondary, Reign reign, long end, long refill) {
        return answer(secondary, reign, end, refill);
    }

    private long answer(int secondary, Reign reign, long end, long refill) {
        return primary.acknowledge(
                secondary(secondary), reign, primary.round(), new Acknowledgement(nodeId(secondary), end, refill));
    }

    /** What the first secondary is sent. */
    Batch read(Lane.Call call) {
        return primary.read(secondary(1), call);
    }

    /** @param key empty for none */
    static Append keyed(String key, int w, String... messages) {
        return new Append(
                key,
                Stream.of(messages).map(message -> message.getBytes(UTF_8)).toList(),
                new WriteConcern(w),
                OptionalLong.empty());
    }

    static Append expecting(long end, String message) {
        return new Append("", List.of(message.getBytes(UTF_8)), new WriteConcern(1), OptionalLong.of(end));
    }
}
