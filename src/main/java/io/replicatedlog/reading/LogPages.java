package io.replicatedlog.reading;

import io.replicatedlog.log.Entry;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import java.io.IOException;

/** Reads a stretch of the log a page at a time, so that it never is in memory as a whole. */
public final class LogPages {

    private static final int PAGE_ENTRIES = 1_000;
    private static final int PAGE_BYTES = 256 * 1024;

    private LogPages() {}

    /** Takes one entry after the other. */
    public interface Reader {
        void read(Entry entry) throws IOException;
    }

    /**
     * To be called before the first byte is out: a storage that cannot be read is told by the status.
     *
     * @throws io.replicatedlog.log.StorageException if it cannot
     */
    public static void requireReadable(Log log) {
        log.read(0, 1, 1);
    }

    /**
     * Reads entries in their order.
     *
     * @return the offset after the last one: {@code end}, or less if the log was cut meanwhile
     */
    public static long read(Log log, long from, long end, Reader reader) throws IOException {
        Records page = next(log, from, end);
        while (!page.isEmpty()) {
            for (Entry entry : page) {
                reader.read(entry);
            }
            page = next(log, page.end(), end);
        }
        return page.first();
    }

    /** The next page; empty at {@code end} and behind it, or if the log was cut meanwhile. */
    public static Records next(Log log, long from, long end) {
        return from < end ? log.read(from, (int) Math.min(PAGE_ENTRIES, end - from), PAGE_BYTES) : Records.empty(from);
    }
}
