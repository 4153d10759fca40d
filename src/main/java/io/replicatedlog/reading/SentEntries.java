package io.replicatedlog.reading;

import io.replicatedlog.log.Log;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What a reader was sent, entry after entry: enough of it to find out how much is still in the log. Two entries with the
 * same offset and epoch are the same, and so is what comes before them. Not thread-safe.
 */
public final class SentEntries {

    /** Epochs by the offset of the first entry of each; as few as there were reigns. */
    private final TreeMap<Long, Long> epochs = new TreeMap<>();

    /** The next entry was sent. */
    public void add(long offset, long epoch) {
        if (epochs.isEmpty() || epochs.lastEntry().getValue() != epoch) {
            epochs.put(offset, epoch);
        }
    }

    /** The reader was told that nothing from this offset on is there. */
    public void cut(long end) {
        epochs.tailMap(end).clear();
    }

    /**
     * How much of it this log still has.
     *
     * @param next the offset after the last entry that was sent
     * @return {@code next} if it has all, or nothing was sent; else what was sent below this is still there
     */
    public long stillIn(Log log, long next) {
        if (epochs.isEmpty()) {
            return next;
        }
        long same = next;
        while (same > epochs.firstKey()) {
            Map.Entry<Long, Long> sent = epochs.floorEntry(same - 1);
            OptionalLong held = log.epochAt(same - 1);
            if (held.equals(OptionalLong.of(sent.getValue()))) {
                return same;
            }
            boolean isOlder = held.isPresent() && held.getAsLong() < sent.getValue();
            same = isOlder ? sent.getKey() : log.stepBack(same - 1, sent.getValue());
        }
        return Math.min(epochs.firstKey(), log.end());
    }
}
