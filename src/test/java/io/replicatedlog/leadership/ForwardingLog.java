package io.replicatedlog.leadership;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import java.util.List;
import java.util.OptionalLong;

/** A log that forwards every call to another; to be overridden where something is to happen in between. */
class ForwardingLog implements Log {

    private final Log log;

    ForwardingLog(Log log) {
        this.log = log;
    }

    @Override
    public long end() {
        return log.end();
    }

    @Override
    public long durable() {
        return log.durable();
    }

    @Override
    public long wholeUntil(long offset) {
        return log.wholeUntil(offset);
    }

    @Override
    public long incarnation() {
        return log.incarnation();
    }

    @Override
    public long sizeInBytes() {
        return log.sizeInBytes();
    }

    @Override
    public OptionalLong epochAt(long offset) {
        return log.epochAt(offset);
    }

    @Override
    public long append(long epoch, long timestamp, byte[] key, List<byte[]> messages) {
        return log.append(epoch, timestamp, key, messages);
    }

    @Override
    public void append(Records records) {
        log.append(records);
    }

    @Override
    public long force() {
        return log.force();
    }

    @Override
    public Records read(long from, int maxEntries, int maxBytes) {
        return log.read(from, maxEntries, maxBytes);
    }

    @Override
    public void truncate(long end) {
        log.truncate(end);
    }

    @Override
    public void clear() {
        log.clear();
    }
}
