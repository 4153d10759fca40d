package io.replicatedlog.secondary;

import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.Members;
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
        check(identity(), caller, by, url, end);
    }

    private void check(Identity identity, Reign caller, Optional<UUID> by, Optional<URI> url, long end) {
        if (holdsAnother(identity, caller.logId(), end)) {
            throw foreign("the caller sends log " + caller.logId(), end);
        }
        if (caller.epoch() < identity.epoch()) {
            throw refused(
                    Reason.FENCED,
                    "Epoch " + caller.epoch() + " is over: this node has promised or follows epoch " + identity.epoch()
                            + identity.reign()
                                    .map(reign -> ", and follows " + reign)
                                    .orElse(""),
                    end);
        }
        if (by.equals(Optional.of(identity.node()))) {
            throw copied(identity, url, end);
        }
        url.filter(called -> identity.isOf(caller.logId())).ifPresent(called -> requireMember(identity, called, end));
        if (by.isEmpty() && identity.leads()) {
            throw refused(Reason.LED, "This node leads: " + identity.reign().orElseThrow(), end);
        }
        if (by.isPresent() && identity.hasPromisedToAnother(caller.epoch(), by.get())) {
            throw refused(
                    Reason.FENCED,
                    "Epoch " + caller.epoch() + " of log " + caller.logId() + " belongs to the node "
                            + identity.promise().orElseThrow().candidate()
                            + identity.primary()
                                    .map(primary -> " at " + primary)
                                    .orElse("")
                            + ", and " + by.get()
                            + url.map(caught -> " at " + caught).orElse("")
                            + " claims it as well",
                    end);
        }
    }

    private void requireMember(Identity identity, URI url, long end) {
        if (!identity.mayBeMember(url)) {
            throw refused(
                    Reason.NOT_A_MEMBER,
                    url + " is not among the members of "
                            + identity.reign().map(Reign::toString).orElse("the log")
                            + ": " + identity.members().orElseThrow().list()
                            + ". Stop it, or correct its replicatedlog.advertised-url",
                    end);
        }
    }

    private ReplicationRefusedException copied(Identity identity, Optional<URI> url, long end) {
        return refused(
                Reason.LED,
                "The caller" + url.map(called -> " at " + called).orElse("") + " has this node's own id, "
                        + identity.node()
                        + ": one of the two runs on a copy of the other's data directory; stop it, and"
                        + " empty that directory",
                end);
    }

    /** Refuses a caller that does not even say who it is, while this node leads. */
    void checkUnnamed(long end) {
        if (identity().leads()) {
            throw refused(Reason.LED, "This node leads: " + identity().reign().orElseThrow(), end);
        }
    }

    private static boolean holdsAnother(Identity identity, UUID log, long end) {
        return end > 0 && !identity.isOf(log);
    }

    /**
     * Follows this reign from now on; refused as {@link #check} does, whatever was promised meanwhile.
     *
     * @return whether it is another than before
     */
    boolean follow(Reign next, Optional<UUID> by, Optional<URI> url, Optional<Members> members, long end) {
        boolean isNew = !isOf(next);
        boolean isElsewhere = url.isPresent() && !url.equals(identity().primary());
        boolean isTold = members.isPresent() && !members.equals(identity().members());
        if (isNew || isElsewhere || isTold) {
            store.update(identity -> {
                check(identity, next, by, url, end);
                return identity.following(next, by, url, members);
            });
        }
        return isNew;
    }

    /**
     * Gives a promise; not to a candidate that holds another log than this node, which its position tells.
     *
     * @param end of this node's log
     * @return whether it was given
     * @throws ReplicationRefusedException if a higher epoch was promised or followed, or this one belongs to another node
     */
    boolean promise(PromiseRequest request, long end) {
        Promise wanted = request.promise();
        if (request.logId().isPresent()
                && holdsAnother(identity(), request.logId().get(), end)) {
            return false;
        }
        store.update(identity -> {
            if (wanted.candidate().equals(identity.node())) {
                throw copied(identity, Optional.of(request.url()), end);
            }
            requireMember(identity, request.url(), end);
            boolean isTaken =
                    wanted.epoch() == identity.epoch() && !identity.promise().equals(Optional.of(wanted));
            if (wanted.epoch() < identity.epoch() || isTaken) {
                throw refused(
                        Reason.FENCED,
                        "Epoch " + wanted.epoch() + " is not promised to " + request.url()
                                + ": this node has promised or follows epoch " + identity.epoch(),
                        end);
            }
            return identity.promised(wanted);
        });
        return true;
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
