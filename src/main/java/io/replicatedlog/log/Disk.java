package io.replicatedlog.log;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The directory that belongs to one node, and all operations that its storage needs of a file system. What was written and
 * not forced may be lost or torn when the machine stops: in any order, and page by page. What was forced stays.
 *
 * <p>Thread-safe. Every method may throw an {@link IOException}, a {@link NoSpaceException} if the disk is full; the effect
 * of a call that failed is unknown.
 */
public interface Disk extends AutoCloseable {

    /** The names of all files. */
    List<String> list() throws IOException;

    /** Opens a file for reading and writing, and creates it if it is missing. Its name is durable after {@link #force}. */
    DiskFile open(String name) throws IOException;

    /** The whole content of a small file; empty if there is none. */
    Optional<byte[]> read(String name) throws IOException;

    /** Replaces a small file, or creates it, atomically: after a crash it has the old or the new content; durable on return. */
    void replace(String name, byte[] content) throws IOException;

    /** Deletes a file if it exists; durable after {@link #force}. */
    void delete(String name) throws IOException;

    /** Makes the directory durable: which files exist, and their names. */
    void force() throws IOException;

    /** The free space in bytes. */
    long usableBytes() throws IOException;

    /** The path of this file, or of the directory itself for {@code ""}, for an operator. */
    String locate(String name);

    /** Releases the directory to other processes. */
    @Override
    void close() throws IOException;
}
