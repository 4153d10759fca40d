package io.replicatedlog.storage;

import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * The one writer of a node's {@link Identity}, which it keeps as durably as the log. Thread-safe.
 */
public interface IdentityStore {

    /** What was stored last. Never waits for a write that is under way. */
    Identity load();

    /**
     * Changes the identity atomically: what the change is given is what is stored now, and no other change comes between.
     * Durable when this returns; nothing is written if nothing changed.
     *
     * @param change without side effects
     * @return what is stored now
     * @throws io.replicatedlog.log.StorageException if that failed: after a restart the old or the new identity is there, and
     *     until the next change that succeeds {@link #load} has the old one
     */
    Identity update(UnaryOperator<Identity> change);

    /** One that forgets when the process ends. */
    static IdentityStore inMemory(UUID node) {
        return new IdentityStore() {
            private volatile Identity identity = Identity.begun(node);

            @Override
            public Identity load() {
                return identity;
            }

            @Override
            public synchronized Identity update(UnaryOperator<Identity> change) {
                identity = change.apply(identity);
                return identity;
            }
        };
    }
}
