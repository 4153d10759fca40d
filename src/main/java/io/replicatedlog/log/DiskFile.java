package io.replicatedlog.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file of a {@link Disk}. Thread-safe, as far as writes do not overlap. */
public interface DiskFile extends Closeable {

    long size() throws IOException;

    /**
     * Fills the buffer from this position on.
     *
     * @throws java.io.EOFException if the file ends before the buffer is full
     */
    void read(long position, ByteBuffer into) throws IOException;

    /** Writes the whole buffer; the file grows as needed. */
    void write(long position, ByteBuffer from) throws IOException;

    /** Cuts the file to this size. */
    void truncate(long size) throws IOException;

    /** Returns once everything that was written and truncated before this call is durable. */
    void force() throws IOException;
}
