package io.replicatedlog.simulation;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import java.util.List;
import java.util.OptionalLong;

/**
 * A log between whose calls other threads run: before any call the one that looks after the storage, which takes none of the
 * caller's locks; and, where the caller holds no lock while it forces, all others.
 */
final class InterruptedLog implements Log {

    private final Log log;
    private final Runnable beforeCall;
    private final Runnable whileForcing;

    InterruptedLog(Log log, Runnable beforeCall, Runnable whileForcing) {
        this.log = log;
        this.beforeCall = beforeCall;
        this.whileForcing = whileForcing;
    }

    private Log log() {
        beforeCall.run();
        return log;
    }

    @Override
    public long end() {
        return log().end();
    }

    @Override
    public long durable() {
        return log().durable();
    }

    @Override
    public long wholeUntil(long offset) {
        return log().wholeUntil(offset);
    }

    @Override
    public long incarnation() {
        return log().incarnation();
    }

    @Override
    public long sizeInBytes() {
        return log().sizeInBytes();
    }

    @Override
    public OptionalLong epochAt(long offset) {
        return log().epochAt(offset);
    }

    @Override
    public long append(long epoch, long timestamp, byte[] key, List<byte[]> messages) {
        return log().append(epoch, timestamp, key, messages);
    }

    @Override
    public void append(Records records) {
        log().append(records);
    }

    @Override
    public long force() {
        whileForcing.run();
        long durable = log().force();
        whileForcing.run();
        return durable;
    }

    @Override
    public Records read(long from, int maxEntries, int maxBytes) {
        return log().read(from, maxEntries, maxBytes);
    }

    @Override
    public void truncate(long end) {
        log().truncate(end);
    }

    @Override
    public void clear() {
        log().clear();
    }
}
