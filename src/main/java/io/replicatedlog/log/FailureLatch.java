package io.replicatedlog.log;

import java.io.IOException;

/** Keeps the last failure of a storage until it is reset: while there is one, the log takes no appends. Thread-safe. */
final class FailureLatch {

    private final Disk disk;
    private volatile StorageException failure;

    /** An operation of the storage. */
    interface Step {
        void run() throws IOException, DamagedRecordException;
    }

    /** An operation of the storage with a result. */
    interface Query {
        boolean run() throws IOException;
    }

    FailureLatch(Disk disk) {
        this.disk = disk;
    }

    /** The last failure; {@code null} while the storage works. */
    StorageException get() {
        return failure;
    }

    /** @param next {@code null} if the storage works again */
    void set(StorageException next) {
        failure = next;
    }

    /** @throws StorageException if there is a failure */
    void check() {
        StorageException found = failure;
        if (found != null) {
            throw found;
        }
    }

    /** Keeps a failure, and returns it to be thrown. */
    StorageException failed(String what, Exception cause) {
        return keep(StorageException.failed(what, cause));
    }

    /** As {@link #failed}. */
    StorageException damaged(DamagedRecordException damage) {
        return keep(Damage.of(disk, damage));
    }

    /**
     * Runs a step; if it fails, keeps that.
     *
     * @param whatFails is said then
     */
    void attempt(String whatFails, Step step) {
        try {
            step.run();
        } catch (IOException e) {
            throw failed(whatFails, e);
        } catch (DamagedRecordException e) {
            throw damaged(e);
        } catch (StorageException e) {
            throw keep(e);
        }
    }

    /** As {@link #attempt}. */
    boolean ask(String whatFails, Query query) {
        try {
            return query.run();
        } catch (IOException e) {
            throw failed(whatFails, e);
        }
    }

    private StorageException keep(StorageException found) {
        failure = found;
        return found;
    }
}
