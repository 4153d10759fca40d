package io.replicatedlog.secondary;

import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityStore;
import java.net.URI;
import java.util.Optional;
import java.util.UUID;

/**
 * Whom a node follows: which callers it accepts, and what it has promised. Every change is forced before it is acted on.
 *
 * <p>The rules are those of Raft (Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014, section
 * 5): a lower epoch is refused, a higher one is followed, an epoch belongs to one node; with the log id before them.
 *
 * <p>Not thread-safe: guarded by the monitor of the {@link Replica} that owns it. Keeps no state of its own.
 */
final class Following {

    private final IdentityStore store;

    Following(IdentityStore store) {
        this.store = store;
    }

    Identity identity() {
        return store.load();
    }

    boolean isOf(Reign reign) {
        return identity().isOf(reign);
    }

    /**
     * Refuses a caller that must not write here.
     *
     * @param by node id of the caller; empty if it did not say
     * @param end of this node's log
     */
    void check(Reign caller, Optional<UUID> by, Optional<URI> url, long end) {
        Identity identity = identity();
        boolean holdsAnother = end > 0 && !identity.isOf(caller.logId());
        if (holdsAnother) {
            throw foreign("the caller sends log " + caller.logId(), end);
        }
        if (caller.epoch() < identity.epoch()) {
            throw refused(
                    Reason.FENCED,
                    "Epoch " + caller.epoch() + " is over: this node has promised or follows epoch " + identity.epoch()
                            + identity.reign()
                                    .map(reign -> ", and follows " + reign)
                                    .orElse("")
                            + "; stop the older primary",
                    end);
        }
        if (by.isPresent() && belongsToAnother(caller.epoch(), by.get())) {
            throw refused(
                    Reason.FENCED,
                    "Epoch " + caller.epoch() + " of log " + caller.logId() + " belongs to the node "
                            + identity.promise().orElseThrow().candidate()
                            + identity.primary()
                                    .map(primary -> " at " + primary)
                                    .orElse("")
                            + ", and " + by.get()
                            + url.map(caught -> " at " + caught).orElse("")
                            + " claims it as well; stop one of the two",
                    end);
        }
    }

    private boolean belongsToAnother(long epoch, UUID node) {
        return identity()
                .promise()
                .filter(promise ->
                        promise.epoch() == epoch && !promise.candidate().equals(node))
                .isPresent();
    }

    /**
     * Follows this reign from now on.
     *
     * @return whether it is another than before
     */
    boolean follow(Reign next, Optional<UUID> by, Optional<URI> url) {
        boolean isNew = !isOf(next);
        boolean isElsewhere = url.isPresent() && !url.equals(identity().primary());
        if (isNew || isElsewhere) {
            store.update(identity -> identity.following(next, by, url));
        }
        return isNew;
    }

    /**
     * Gives a promise; not to a candidate that holds another log than this node, which its position tells.
     *
     * @param end of this node's log
     * @throws ReplicationRefusedException if a higher epoch was promised or followed, or this one belongs to another node
     */
    void promise(PromiseRequest request, long end) {
        Promise wanted = request.promise();
        Identity identity = identity();
        boolean holdsAnother = end > 0
                && request.logId().isPresent()
                && !identity.isOf(request.logId().get());
        if (holdsAnother) {
            return;
        }
        boolean isTaken =
                wanted.epoch() == identity.epoch() && !identity.promise().equals(Optional.of(wanted));
        if (wanted.epoch() < identity.epoch() || isTaken) {
            throw refused(
                    Reason.FENCED,
                    "Epoch " + wanted.epoch() + " is not promised to " + request.url() + ": this node has promised or"
                            + " follows epoch " + identity.epoch(),
                    end);
        }
        store.update(current -> current.promised(wanted));
    }

    ReplicationRefusedException diverged(long offset, long end) {
        return refused(
                Reason.DIVERGED,
                "This node's entry at offset " + offset + " is not the caller's, and must not be cut off; nothing was"
                        + " changed. Find out which of the two is right: stop a primary that should not be there, or, if it"
                        + " is this node that is wrong, empty it to let it be filled again",
                end);
    }

    /** The epoch was promised or followed elsewhere while a batch of a lower one was being stored. */
    void checkStill(Batch batch, long end) {
        check(batch.reign(), Optional.of(batch.node()), Optional.of(batch.primary()), end);
    }

    private ReplicationRefusedException foreign(String what, long end) {
        String held = identity()
                .reign()
                .map(reign -> "of log " + reign.logId())
                .orElse("that no primary of a known log sent");
        return refused(
                Reason.FOREIGN_LOG,
                "This node holds " + end + " entries " + held + ", and " + what
                        + "; nothing was dropped. Point it to its own" + " primary, or empty it",
                end);
    }

    private ReplicationRefusedException refused(Reason reason, String message, long end) {
        Identity identity = identity();
        return new ReplicationRefusedException(reason, message, identity.reign(), identity.epoch(), end);
    }
}
