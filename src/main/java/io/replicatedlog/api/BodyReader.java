package io.replicatedlog.api;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Reads the bodies of requests within bounds that all of them share: what one may take in bytes and time, what all together
 * may take of the heap, and how many are parsed at one time, which needs several times the size of a body. Thread-safe; a
 * read blocks its thread.
 */
final class BodyReader {

    /** A body has this long before it must come at {@link #BYTES_PER_S}: as long as the platform waits for one read. */
    static final int GRACE_S = 10;

    /** Slower than any line in use; a sender that wants to hold a place must at least pay for it. */
    static final int BYTES_PER_S = 1_000;

    /** A body is whole by then, however large: what it came with in the beginning holds memory that others may need. */
    static final int MOST_S = 60;

    /** Most bodies are not larger; a buffer that is mostly empty would be most of what an append allocates. */
    private static final int FIRST_BYTES = 512;

    private final int maxBytes;
    private final Semaphore heap;
    private final Semaphore parsers;
    private final LongSupplier nanoTime;

    /**
     * @param maxBytes of one body
     * @param heapBytes for all bodies that are being read; one body has what it needs in any case
     * @param parsers how many bodies are parsed at one time
     */
    BodyReader(int maxBytes, long heapBytes, int parsers, LongSupplier nanoTime) {
        this.maxBytes = maxBytes;
        this.heap = new Semaphore((int) Math.min(Math.max(heapBytes, maxBytes + 1L), Integer.MAX_VALUE));
        this.parsers = new Semaphore(parsers);
        this.nanoTime = nanoTime;
    }

    /**
     * Reads a whole body and makes something of it.
     *
     * @throws BadRequestProblem if the body is too large or comes too slowly, or if all bodies together need too much
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
                            ProblemType.TOO_LARGE, "A request's body takes at most " + maxBytes + " bytes");
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
                    ProblemType.OVERLOADED,
                    "The bodies on their way to this node need too much memory; send it again later");
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
                "The body paused for " + GRACE_S + " s, came slower than " + BYTES_PER_S
                        + " bytes a second, or took longer than " + MOST_S + " s; send it without pauses");
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
