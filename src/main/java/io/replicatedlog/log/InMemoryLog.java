package io.replicatedlog.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** A log on the heap, as large as its bound in bytes; gone with the process. Guarded by its own monitor. */
public final class InMemoryLog implements Log {

    /** The overhead of a record on the heap: the array's header, padding and the reference in the list. */
    static final int OVERHEAD_BYTES = 28;

    private final long maxBytes;

    /** The record of offset {@code i} is at index {@code i}. */
    private List<byte[]> records = new ArrayList<>();

    private long usedBytes;
    private long lastEpoch;
    private long incarnation;

    /**
     * @param maxBytes what records may take on the heap, each with {@value #OVERHEAD_BYTES} bytes of overhead
     */
    public InMemoryLog(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public synchronized long end() {
        return records.size();
    }

    @Override
    public synchronized long sizeInBytes() {
        return usedBytes - (long) OVERHEAD_BYTES * records.size();
    }

    @Override
    public long durable() {
        return end();
    }

    @Override
    public synchronized long wholeUntil(long offset) {
        int end = (int) Math.min(offset, records.size());
        return end == 0 ? 0 : RecordFormat.wholeUntil(ByteBuffer.wrap(records.get(end - 1)), 0);
    }

    @Override
    public long force() {
        return end();
    }

    @Override
    public synchronized long incarnation() {
        return incarnation;
    }

    @Override
    public synchronized OptionalLong epochAt(long offset) {
        return offset < 0 || offset >= records.size()
                ? OptionalLong.empty()
                : OptionalLong.of(RecordFormat.epoch(ByteBuffer.wrap(records.get((int) offset)), 0));
    }

    @Override
    public synchronized long append(long epoch, long timestamp, byte[] key, List<byte[]> messages) {
        Records added = Records.encode(records.size(), epoch, timestamp, key, messages);
        append(added);
        return added.first();
    }

    @Override
    public synchronized void append(Records added) {
        if (added.first() != records.size()) {
            throw new IllegalArgumentException("Records from " + added.first() + " at end " + records.size());
        }
        if (added.isEmpty()) {
            return;
        }
        checkEpoch(added.epochAt(added.first()));
        reserve(added.sizeInBytes(), added.count());
        for (long offset = added.first(); offset < added.end(); offset++) {
            records.add(added.encodedAt(offset));
        }
        lastEpoch = added.epochAt(added.end() - 1);
    }

    @Override
    public Records read(long from, int maxEntries, int maxBytes) {
        return Records.join(from, select(from, maxEntries, maxBytes));
    }

    @Override
    public synchronized void clear() {
        records = new ArrayList<>();
        usedBytes = 0;
        lastEpoch = 0;
        incarnation++;
    }

    @Override
    public synchronized void truncate(long end) {
        while (records.size() > end) {
            usedBytes -= records.remove(records.size() - 1).length + OVERHEAD_BYTES;
        }
        lastEpoch = epochAt(records.size() - 1L).orElse(0);
    }

    private synchronized List<byte[]> select(long from, int maxEntries, int maxBytes) {
        if (from < 0) {
            throw new IndexOutOfBoundsException("Offsets start at 0, not at " + from);
        }
        List<byte[]> selected = new ArrayList<>();
        long bytes = 0;
        for (long offset = from; offset < records.size() && selected.size() < maxEntries; offset++) {
            byte[] record = records.get((int) offset);
            bytes += record.length;
            if (bytes > maxBytes && !selected.isEmpty()) {
                break;
            }
            selected.add(record);
        }
        return selected;
    }

    private void reserve(long bytes, int count) {
        long needed = bytes + (long) count * OVERHEAD_BYTES;
        if (needed > maxBytes - usedBytes || records.size() > Integer.MAX_VALUE - 8 - count) {
            throw new LogFullException("The log in memory holds " + usedBytes + " of at most " + maxBytes
                    + " bytes; no room for " + needed);
        }
        usedBytes += needed;
    }

    private void checkEpoch(long epoch) {
        if (epoch < lastEpoch) {
            throw new IllegalArgumentException("Epoch " + epoch + " after " + lastEpoch);
        }
    }
}
