package io.replicatedlog.secondary;

import io.replicatedlog.log.Entry;
import io.replicatedlog.log.RecordFormat;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Entries that came before others which belong in front of them. They are invisible and unacknowledged; who sent them
 * will send them again if they are dropped here, and so the buffer may be as small as one likes.
 *
 * <p>When it is full, the entry that is farthest from the gap goes first: the near ones are of use sooner.
 *
 * <p>Not thread-safe: guarded by the {@link Replica} that owns it.
 */
final class HoldBack {

    private final int maxEntries;
    private final int maxBytes;

    /** What is held, by offset. */
    private final TreeMap<Long, Entry> entries = new TreeMap<>();

    /** The sum of {@link #size} over {@link #entries}. */
    private long bytes;

    HoldBack(int maxEntries, int maxBytes) {
        this.maxEntries = maxEntries;
        this.maxBytes = maxBytes;
    }

    /** Keeps an entry, if there is room. Of two with the same offset the one with the higher epoch stays, else the first. */
    void hold(Entry entry) {
        Entry held = entries.get(entry.offset());
        if (held != null && held.epoch() >= entry.epoch()) {
            return;
        }
        if (held != null) {
            remove(held.offset());
        }
        entries.put(entry.offset(), entry);
        bytes += size(entry);
        while (entries.size() > maxEntries || bytes > maxBytes) {
            remove(entries.lastKey());
        }
    }

    /** Takes out the entry that belongs at {@code end}, if it is held, and drops everything below. */
    Optional<Entry> take(long end) {
        while (!entries.isEmpty() && entries.firstKey() < end) {
            remove(entries.firstKey());
        }
        return Optional.ofNullable(entries.get(end)).map(entry -> {
            remove(end);
            return entry;
        });
    }

    void clear() {
        entries.clear();
        bytes = 0;
    }

    int size() {
        return entries.size();
    }

    private void remove(long offset) {
        bytes -= size(entries.remove(offset));
    }

    /** What an entry takes on the heap, about: two bytes a character at most, and its objects. */
    private static long size(Entry entry) {
        return RecordFormat.HEADER_BYTES
                + 128L
                + 2L * (entry.key().length() + entry.message().length());
    }
}
