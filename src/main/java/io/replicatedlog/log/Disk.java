package io.replicatedlog.log;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The directory that belongs to one node, and all that its storage asks of a file system. What was written and not forced
 * may be lost or torn when the machine stops: in any order, and page by page. What was forced stays.
 *
 * <p>Thread-safe. Every method may throw an {@link IOException}; what a call that failed has done is unknown.
 */
public interface Disk extends AutoCloseable {

    /** The names of all files. */
    List<String> list() throws IOException;

    /** Opens a file for reading and writing, and makes it if it is not there. Its name is durable after {@link #force}. */
    DiskFile open(String name) throws IOException;

    /** The whole content of a small file; empty if there is none. */
    Optional<byte[]> read(String name) throws IOException;

    /** Puts a small file in the place of another, or of none. Whatever happens, either is there, whole; forced. */
    void replace(String name, byte[] content) throws IOException;

    /** Deletes a file, if it is there; durable after {@link #force}. */
    void delete(String name) throws IOException;

    /** Makes durable which files there are. */
    void force() throws IOException;

    /** How many more bytes can be written. */
    long usableBytes() throws IOException;

    /** How an operator finds this file, or the directory itself for {@code ""}. */
    String locate(String name);

    /** Lets go of the directory; another process may have it. */
    @Override
    void close() throws IOException;
}
