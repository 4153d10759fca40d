package io.replicatedlog.reading;

import io.replicatedlog.log.Log;

/** Where what a node shows to readers ends: never inside an append of several messages. Thread-safe. */
public record Shown(Log log, CommittedOffset committed) {

    /**
     * Everything below this is shown at a level.
     *
     * @throws io.replicatedlog.log.StorageException if the log cannot be read
     */
    public long end(Level level) {
        long durable = log.durable();
        return level == Level.LOCAL ? log.wholeUntil(durable) : CommittedOffset.within(log, durable, committed.get());
    }
}
