package io.replicatedlog.storage;

import io.replicatedlog.log.Log;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.Reign;
import java.net.URI;
import java.util.Optional;
import java.util.UUID;

/**
 * What a node remembers beside its log. Immutable; changed by {@link IdentityStore#update} alone.
 *
 * @param node id of this storage, drawn when it began
 * @param promise the last that was given; empty before the first
 * @param reign the last one that the node followed, or had itself; empty if there was none
 * @param primary where the primary of that reign is called
 * @param committed everything below is committed; at least that much was known when this was stored
 * @param reigned the epoch of the last reign of this node's own that was established, as long as it has followed no other
 *     since; else 0
 * @param isComplete whether the log holds everything that the node has acknowledged; if it reigned, everything that was
 *     acknowledged to a client as well. A new node is not: it may be an old one that has lost its storage
 */
public record Identity(
        UUID node,
        Optional<Promise> promise,
        Optional<Reign> reign,
        Optional<URI> primary,
        long committed,
        long reigned,
        boolean isComplete) {

    /** Of a storage that has just begun. */
    public static Identity begun(UUID node) {
        return new Identity(node, Optional.empty(), Optional.empty(), Optional.empty(), 0, 0, false);
    }

    /** The highest epoch that was promised, followed or begun; 0 for none. */
    public long epoch() {
        return Math.max(
                promise.map(Promise::epoch).orElse(0L), reign.map(Reign::epoch).orElse(0L));
    }

    /** Whether it follows, or had, a reign over this log. */
    public boolean isOf(UUID log) {
        return reign.filter(followed -> followed.logId().equals(log)).isPresent();
    }

    /** Whether it follows, or has, this reign. */
    public boolean isOf(Reign other) {
        return reign.equals(Optional.of(other));
    }

    /** Whether the node was the last to reign, as far as it knows, and holds everything that was acknowledged to a client. */
    public boolean holdsItsReign() {
        return isComplete && reigned > 0;
    }

    public Identity promised(Promise given) {
        return new Identity(node, Optional.of(given), reign, primary, committed, reigned, isComplete);
    }

    /** It may lack something that it has acknowledged. */
    public Identity incomplete() {
        return new Identity(node, promise, reign, primary, committed, reigned, false);
    }

    /** It holds again everything that it has acknowledged. */
    public Identity complete() {
        return new Identity(node, promise, reign, primary, committed, reigned, true);
    }

    /** More is known to be committed. */
    public Identity committed(long more) {
        return new Identity(node, promise, reign, primary, Math.max(committed, more), reigned, isComplete);
    }

    /**
     * It follows this reign.
     *
     * @param by the primary's node id; empty if the caller did not say
     * @param url where the primary is called; empty if the caller did not say
     */
    public Identity following(Reign next, Optional<UUID> by, Optional<URI> url) {
        boolean isSameLog = isOf(next.logId());
        Optional<Promise> kept =
                by.filter(primary -> next.epoch() >= epoch()).map(primary -> new Promise(next.epoch(), primary));
        return new Identity(
                node,
                kept.or(() -> promise),
                Optional.of(next),
                url,
                isSameLog ? committed : 0,
                0,
                isSameLog && isComplete);
    }

    /** It begins this reign; not established yet. Over another log, nothing that was known counts. */
    public Identity reigning(Reign next, URI url) {
        boolean isSameLog = isOf(next.logId());
        return new Identity(
                node,
                Optional.of(new Promise(next.epoch(), node)),
                Optional.of(next),
                Optional.of(url),
                isSameLog ? committed : 0,
                isSameLog ? reigned : 0,
                isSameLog && isComplete);
    }

    /** Its reign is established: whatever was acknowledged before, it holds. */
    public Identity established() {
        return new Identity(
                node, promise, reign, primary, committed, reign.orElseThrow().epoch(), true);
    }

    /** The log was emptied on purpose; it follows this reign, or the first primary that calls. */
    public Identity emptied(Optional<Reign> next) {
        return new Identity(node, promise, next, Optional.empty(), 0, 0, false);
    }

    /** How far this node's log goes. */
    public Position position(Log log) {
        long end = log.durable();
        return new Position(node, epoch(), reign, end, log.epochBefore(end), committed, isComplete);
    }
}
