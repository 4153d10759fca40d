package io.replicatedlog.api;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Reads request bodies within bounds: bytes and time for each body, heap for all of them, and the number of bodies that are
 * parsed at the same time, since parsing needs several times the size of a body. Thread-safe; a read blocks its thread.
 */
final class BodyReader {

    /** Time before a body must arrive at {@link #BYTES_PER_S}: as long as the platform waits for one read. */
    static final int GRACE_S = 10;

    /** Slower than any network in use; occupying a place costs an attacker at least this bandwidth. */
    static final int BYTES_PER_S = 1_000;

    /** The limit for a complete body of any size: its first bytes occupy memory that other requests need. */
    static final int MOST_S = 60;

    /** Most bodies fit; a larger, mostly empty buffer would dominate the allocations of an append. */
    private static final int FIRST_BYTES = 512;

    private final int maxBytes;
    private final Semaphore heap;
    private final Semaphore parsers;
    private final LongSupplier nanoTime;

    /**
     * @param maxBytes of one body
     * @param heapBytes for all bodies that are being read; at least enough for one body
     * @param parsers how many bodies are parsed at the same time
     */
    BodyReader(int maxBytes, long heapBytes, int parsers, LongSupplier nanoTime) {
        this.maxBytes = maxBytes;
        this.heap = new Semaphore((int) Math.min(Math.max(heapBytes, maxBytes + 1L), Integer.MAX_VALUE));
        this.parsers = new Semaphore(parsers);
        this.nanoTime = nanoTime;
    }

    /**
     * Reads and parses a body.
     *
     * @throws BadRequestProblem if the body is too large or too slow, or all bodies together need too much memory
     */
    <T> T read(InputStream body, Function<byte[], T> parse) throws IOException {
        long began = nanoTime.getAsLong();
        byte[] bytes = {};
        int length = 0;
        int held = 0;
        try {
            while (true) {
                if (length == bytes.length) {
                    int larger = (int) Math.min(Math.max(FIRST_BYTES, 2L * length), maxBytes + 1L);
                    hold(larger - held);
                    held = larger;
                    bytes = Arrays.copyOf(bytes, larger);
                }
                int more = body.read(bytes, length, bytes.length - length);
                if (more < 0) {
                    break;
                }
                length += more;
                if (length > maxBytes) {
                    throw new BadRequestProblem(
                            ProblemType.TOO_LARGE, "A request body takes at most " + maxBytes + " bytes; split it");
                }
                requirePace(length, nanoTime.getAsLong() - began);
            }
            return parse(bytes, length, parse);
        } catch (SocketTimeoutException e) {
            throw tooSlow();
        } finally {
            heap.release(held);
        }
    }

    private void hold(int bytes) {
        if (!heap.tryAcquire(bytes)) {
            throw new BadRequestProblem(
                    ProblemType.OVERLOADED, "The bodies that this node is reading need too much memory; retry later");
        }
    }

    private static void requirePace(long length, long elapsedNs) {
        long elapsedMs = elapsedNs / 1_000_000;
        long due = Math.max(0, elapsedMs - GRACE_S * 1_000) * BYTES_PER_S / 1_000;
        if (length < due || elapsedMs > MOST_S * 1_000) {
            throw tooSlow();
        }
    }

    private static BadRequestProblem tooSlow() {
        return new BadRequestProblem(
                ProblemType.TOO_SLOW,
                "The body paused for " + GRACE_S + " s, arrived at less than " + BYTES_PER_S
                        + " bytes/s, or took longer than " + MOST_S + " s; send it without pauses");
    }

    private <T> T parse(byte[] bytes, int length, Function<byte[], T> parse) {
        parsers.acquireUninterruptibly();
        try {
            return parse.apply(Arrays.copyOf(bytes, length));
        } finally {
            parsers.release();
        }
    }
}
