package io.replicatedlog.primary;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicatedlog.log.Entry;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.node.Clock;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The idempotency keys of the last entries of a log, and what was appended under each. It is an index of what the entries
 * themselves say, and can be made again from them at any time. A key counts while its last entry is among the last entries
 * and young enough. Its age is measured on a clock that never goes back, so that a wall clock that jumps ahead does not end
 * all keys at once.
 *
 * <p>Not thread-safe: guarded by the monitor of {@link PrimaryLog}.
 */
public final class IdempotencyWindow {

    private static final int PAGE_ENTRIES = 1_000;
    private static final int PAGE_BYTES = 1024 * 1024;

    private final Limits limits;

    /** In the order of their offsets. */
    private final Map<String, Known> known = new LinkedHashMap<>();

    /**
     * How long keys are remembered.
     *
     * @param entries among so many last entries of the log; 0 to remember none
     * @param ageMs for so long after the entry was taken, in milliseconds
     */
    public record Limits(int entries, long ageMs) {}

    /**
     * What was appended under a key.
     *
     * @param atMs when it was appended, on the clock that never goes back
     * @param digest of its messages
     */
    private record Known(long first, int count, long atMs, ByteBuffer digest) {
        long last() {
            return first + count - 1;
        }
    }

    IdempotencyWindow(Limits limits) {
        this.limits = limits;
    }

    /**
     * Looks for an append under this key.
     *
     * @param end of the log
     * @param nowMs on the clock that never goes back
     * @return the offset of its last entry; empty if there is none
     * @throws AppendRefusedException if there is one, with other messages
     */
    OptionalLong find(String key, List<byte[]> messages, long end, long nowMs) {
        forget(end, nowMs);
        Known earlier = known.get(key);
        if (earlier == null || isOver(earlier, end, nowMs)) {
            return OptionalLong.empty();
        }
        if (!earlier.digest().equals(digest(messages))) {
            throw new AppendRefusedException(
                    AppendRefusedException.Reason.KEY_REUSED,
                    "This Idempotency-Key stands for " + earlier.count() + " other "
                            + (earlier.count() == 1 ? "message" : "messages") + " from offset " + earlier.first()
                            + " on; take a new key for each append, and the same body when you repeat one");
        }
        return OptionalLong.of(earlier.last());
    }

    /** These messages were appended under this key at {@code nowMs}, from offset {@code first} on. */
    void add(String key, List<byte[]> messages, long first, long nowMs) {
        known.remove(key); // so that it goes to the end of the order
        known.put(key, new Known(first, messages.size(), nowMs, digest(messages)));
        forget(first + messages.size(), nowMs);
    }

    /**
     * What the last entries of this log say, which ends with a whole append.
     *
     * @param clock tells how old they are; an entry that was stamped ahead of it counts as new
     */
    static IdempotencyWindow of(Log log, Limits limits, Clock clock) {
        IdempotencyWindow window = new IdempotencyWindow(limits);
        window.learn(log, clock.nowMs(), clock.wallClockMs());
        return window;
    }

    private void learn(Log log, long nowMs, long wallClockMs) {
        List<byte[]> messages = new ArrayList<>(); // of the present append
        for (long from = log.wholeUntil(Math.max(0, log.end() - limits.entries())); from < log.end(); ) {
            Records page = log.read(from, PAGE_ENTRIES, PAGE_BYTES);
            for (Entry entry : page) {
                messages.add(entry.message().getBytes(UTF_8));
                if (!entry.isContinued()) {
                    addLast(entry, messages, nowMs, wallClockMs);
                    messages.clear();
                }
            }
            from = page.end();
        }
    }

    private void addLast(Entry last, List<byte[]> messages, long nowMs, long wallClockMs) {
        if (!last.key().isEmpty()) {
            long ageMs = Math.max(0, wallClockMs - last.timestamp());
            long first = last.offset() - messages.size() + 1;
            known.remove(last.key());
            known.put(last.key(), new Known(first, messages.size(), nowMs - ageMs, digest(messages)));
        }
    }

    private void forget(long end, long nowMs) {
        Iterator<Known> oldest = known.values().iterator();
        while (oldest.hasNext() && isOver(oldest.next(), end, nowMs)) {
            oldest.remove();
        }
    }

    private boolean isOver(Known one, long end, long nowMs) {
        return one.last() < end - limits.entries() || nowMs - one.atMs() > limits.ageMs();
    }

    private static ByteBuffer digest(List<byte[]> messages) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            for (byte[] message : messages) {
                sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, message.length));
                sha256.update(message);
            }
            return ByteBuffer.wrap(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java platform has SHA-256", e);
        }
    }
}
