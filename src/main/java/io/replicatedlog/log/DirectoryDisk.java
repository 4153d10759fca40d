package io.replicatedlog.log;

import static io.replicatedlog.log.FileErrors.explained;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A directory of the operating system, kept from other processes by a lock on the file {@value #LOCK}. The message of each
 * {@link IOException} says what is wrong and with which file; a {@link NoSpaceException} tells of a full disk.
 */
public final class DirectoryDisk implements Disk {

    private static final String LOCK = "lock";

    /** Ends the name of a file that will replace another. */
    private static final String NEW = ".new";

    private final Path directory;
    private final FileStore store;
    private final FileChannel lock;

    /**
     * Makes the directory if it is missing, and takes it.
     *
     * @throws IOException if it cannot be made or written, or another process uses it; the message says which
     */
    public DirectoryDisk(Path directory) throws IOException {
        this.directory = directory.toAbsolutePath().normalize();
        boolean made = Files.notExists(this.directory);
        Path file = this.directory.resolve(LOCK);
        explained(this.directory, () -> Files.createDirectories(this.directory));
        this.store = explained(this.directory, () -> Files.getFileStore(this.directory));
        this.lock = explained(file, () -> FileChannel.open(file, CREATE, WRITE));
        try {
            takeLock();
            if (made) {
                forceDirectory(this.directory.getParent());
            }
        } catch (IOException e) {
            lock.close();
            throw e;
        }
    }

    private void takeLock() throws IOException {
        boolean taken;
        try {
            taken = lock.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            taken = false; // this process itself holds the lock
        }
        if (!taken) {
            throw new IOException("another process uses the directory " + directory);
        }
    }

    @Override
    public List<String> list() throws IOException {
        return explained(directory, () -> {
            try (Stream<Path> files = Files.list(directory)) {
                return files.map(file -> file.getFileName().toString()).toList();
            }
        });
    }

    @Override
    public DiskFile open(String name) throws IOException {
        return new ChannelFile(directory.resolve(name));
    }

    @Override
    public Optional<byte[]> read(String name) throws IOException {
        Path file = directory.resolve(name);
        return explained(file, () -> {
            try {
                return Optional.of(Files.readAllBytes(file));
            } catch (NoSuchFileException e) {
                return Optional.empty();
            }
        });
    }

    @Override
    public void replace(String name, byte[] content) throws IOException {
        Path written = directory.resolve(name + NEW);
        explained(written, () -> Files.deleteIfExists(written));
        try (DiskFile file = new ChannelFile(written)) {
            file.write(0, ByteBuffer.wrap(content));
            file.force();
            explained(written, () -> Files.move(written, directory.resolve(name), ATOMIC_MOVE));
        } catch (IOException e) {
            leaveNothing(written, e);
            throw e;
        }
        force();
    }

    /** A disk that is full needs the room; and an operator would wonder about the file. */
    private static void leaveNothing(Path written, IOException cause) {
        try {
            Files.deleteIfExists(written);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    @Override
    public void delete(String name) throws IOException {
        explained(directory.resolve(name), () -> Files.deleteIfExists(directory.resolve(name)));
    }

    @Override
    public void force() throws IOException {
        forceDirectory(directory);
    }

    @Override
    public long usableBytes() throws IOException {
        return explained(directory, store::getUsableSpace);
    }

    @Override
    public String locate(String name) {
        return directory.resolve(name).toString();
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }

    private static void forceDirectory(Path directory) throws IOException {
        explained(directory, () -> {
            try (FileChannel entries = FileChannel.open(directory, READ)) {
                entries.force(true);
            }
        });
    }

    /**
     * A file by its channel. An interrupt closes a channel under the thread that uses it, and so for all threads: reads and
     * writes, which may be repeated, open it anew and keep the interrupt pending. A force may not be repeated, and fails.
     */
    private static final class ChannelFile implements DiskFile {

        /** The JDK keeps a buffer outside of the heap for each thread, as large as the largest piece. */
        private static final int PIECE_BYTES = 256 * 1024;

        private final Path path;
        private volatile FileChannel channel;
        private boolean closed;

        private interface Access {
            void on(FileChannel channel) throws IOException;
        }

        ChannelFile(Path path) throws IOException {
            this.path = path;
            this.channel = explained(path, () -> FileChannel.open(path, CREATE, READ, WRITE));
        }

        @Override
        public long size() throws IOException {
            return explained(path, channel::size);
        }

        @Override
        public void read(long position, ByteBuffer into) throws IOException {
            int start = into.position();
            access(open -> {
                into.position(start);
                while (into.hasRemaining()) {
                    ByteBuffer piece = into.slice(into.position(), Math.min(into.remaining(), PIECE_BYTES));
                    int read = open.read(piece, position + into.position() - start);
                    if (read < 0) {
                        throw new EOFException(path + " ends before " + (position + into.limit() - start));
                    }
                    into.position(into.position() + read);
                }
            });
        }

        @Override
        public void write(long position, ByteBuffer from) throws IOException {
            int start = from.position();
            access(open -> {
                from.position(start);
                while (from.hasRemaining()) {
                    ByteBuffer piece = from.slice(from.position(), Math.min(from.remaining(), PIECE_BYTES));
                    from.position(from.position() + open.write(piece, position + from.position() - start));
                }
            });
        }

        @Override
        public void truncate(long size) throws IOException {
            access(open -> open.truncate(size));
        }

        @Override
        public void force() throws IOException {
            explained(path, () -> channel.force(false));
        }

        @Override
        public synchronized void close() throws IOException {
            closed = true;
            channel.close();
        }

        private void access(Access access) throws IOException {
            explained(path, () -> accessAnew(access));
        }

        private void accessAnew(Access access) throws IOException {
            boolean interrupted = false;
            try {
                while (true) {
                    FileChannel open = channel;
                    try {
                        access.on(open);
                        return;
                    } catch (ClosedByInterruptException e) {
                        interrupted = Thread.interrupted();
                        reopen(open);
                    } catch (java.nio.channels.ClosedChannelException e) {
                        reopen(open); // the interrupt of another thread closed it
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private synchronized void reopen(FileChannel broken) throws IOException {
            if (closed) {
                throw new IOException(path + " has been closed");
            }
            if (channel == broken) {
                channel = FileChannel.open(path, READ, WRITE);
            }
        }
    }
}
