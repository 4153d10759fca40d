package io.replicatedlog.storage;

import io.replicatedlog.log.Log;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
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
 * @param matched the epoch of the last reign up to whose beginning the log is that reign's, with nothing of an earlier one
 *     behind it; 0 for none
 * @param isComplete whether the log holds everything that the node has ever acknowledged. A new node is complete only in a
 *     log that it was a member of from its beginning: it may be an old one that has lost its storage
 * @param members of that log; empty as long as no primary has told them
 */
public record Identity(
        UUID node,
        Optional<Promise> promise,
        Optional<Reign> reign,
        Optional<URI> primary,
        long committed,
        long matched,
        boolean isComplete,
        Optional<Members> members) {

    /** Of a storage that has just begun. */
    public static Identity begun(UUID node) {
        return new Identity(node, Optional.empty(), Optional.empty(), Optional.empty(), 0, 0, false, Optional.empty());
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

    /** Whether this URL is that of a member; so is every one as long as the members are not known. */
    public boolean mayBeMember(URI url) {
        return members.map(list -> list.list().contains(new Member(url))).orElse(true);
    }

    /** Whether its last reign is its own. */
    public boolean leads() {
        return reign.isPresent()
                && promise.equals(Optional.of(new Promise(reign.get().epoch(), node)));
    }

    /** Whether it has promised this epoch to another node. */
    public boolean hasPromisedToAnother(long epoch, UUID candidate) {
        return promise.filter(
                        given -> given.epoch() == epoch && !given.candidate().equals(candidate))
                .isPresent();
    }

    public Identity promised(Promise given) {
        return new Identity(node, Optional.of(given), reign, primary, committed, matched, isComplete, members);
    }

    /** It may lack something that it has acknowledged. */
    public Identity incomplete() {
        return new Identity(node, promise, reign, primary, committed, matched, false, members);
    }

    /** It holds again everything that it has acknowledged. */
    public Identity complete() {
        return new Identity(node, promise, reign, primary, committed, matched, true, members);
    }

    /** More is known to be committed. */
    public Identity committed(long more) {
        return new Identity(node, promise, reign, primary, Math.max(committed, more), matched, isComplete, members);
    }

    /** The log is that of the present reign up to the reign's beginning, and nothing of an earlier one is behind it. */
    public Identity matchedReign() {
        long epoch = reign.orElseThrow().epoch();
        return new Identity(node, promise, reign, primary, committed, epoch, isComplete, members);
    }

    /**
     * It follows this reign. Over another log, nothing that was known counts.
     *
     * @param by the primary's node id; empty if the caller did not say
     * @param url where the primary is called; empty if the caller did not say
     * @param told the members of that log; empty if the caller did not say
     */
    public Identity following(Reign next, Optional<UUID> by, Optional<URI> url, Optional<Members> told) {
        boolean isSameLog = isOf(next.logId());
        Optional<Promise> kept =
                by.filter(primary -> next.epoch() >= epoch()).map(primary -> new Promise(next.epoch(), primary));
        Optional<Members> known = told.or(() -> isSameLog ? members : Optional.empty());
        return new Identity(
                node,
                kept.or(() -> promise),
                Optional.of(next),
                url,
                isSameLog ? committed : 0,
                isSameLog ? matched : 0,
                isSameLog ? isComplete : known.filter(list -> list.lists(node)).isPresent(),
                known);
    }

    /** It has this reign, over the log that it holds; not established yet. */
    public Identity reigning(Reign next, URI url, Members list) {
        return following(next, Optional.of(node), Optional.of(url), Optional.of(list))
                .matchedReign();
    }

    /** The log was emptied on purpose; it follows this reign, of which it has acknowledged nothing yet. */
    public Identity emptied(Reign next) {
        return new Identity(node, promise, Optional.of(next), Optional.empty(), 0, 0, true, members);
    }

    /** The log was emptied on purpose: it is another storage now, which follows the first primary that calls. */
    public Identity emptied(UUID fresh) {
        return begun(fresh);
    }

    /** How far this node's log goes. */
    public Position position(Log log) {
        long end = log.durable();
        return new Position(node, epoch(), reign, matched, end, log.epochBefore(end), committed, isComplete);
    }
}
