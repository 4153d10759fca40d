package io.replicatedlog.storage;

import io.replicatedlog.protocol.Reign;

/** Keeps the {@link Identity} of a node as durably as its log. Thread-safe. */
public interface IdentityStore {

    /** What was stored last; {@link Identity#NONE} if nothing was. */
    Identity load();

    /**
     * Stores what must be remembered before it is acted on: it is durable when this returns.
     *
     * @throws io.replicatedlog.log.StorageException if that failed; either identity may be there after a restart
     */
    void store(Identity identity);

    /**
     * Notes that more is known to be committed in a reign. Changes nothing if another reign is remembered by now, or as
     * much is.
     *
     * @throws io.replicatedlog.log.StorageException as {@link #store}
     */
    void noteCommitted(Reign reign, long committed);

    /** One that forgets when the process ends. */
    static IdentityStore inMemory() {
        return new IdentityStore() {
            private volatile Identity identity = Identity.NONE;

            @Override
            public Identity load() {
                return identity;
            }

            @Override
            public synchronized void store(Identity next) {
                identity = next;
            }

            @Override
            public synchronized void noteCommitted(Reign reign, long committed) {
                store(identity.knowing(reign, committed));
            }
        };
    }
}
