package io.replicatedlog.system.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.system.fixture.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A file system in memory for one node, which can be filled up. Not thread-safe. */
final class NodeDisk implements AutoCloseable {

    private static final String SIZE = "size=16g";
    private static final int MOST_SPARE_BYTES = 10_000_000;

    private final Path mountPoint;

    private NodeDisk(Path mountPoint) {
        this.mountPoint = mountPoint;
    }

    /** Empty where nothing can be mounted. */
    static Optional<NodeDisk> mount(Path mountPoint) {
        try {
            Files.createDirectories(mountPoint);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        boolean isMounted =
                Command.succeeds("mount", "-t", "tmpfs", "-o", SIZE, "replicated-log-test", mountPoint.toString());
        return isMounted ? Optional.of(new NodeDisk(mountPoint)) : Optional.empty();
    }

    Map<String, String> environment() {
        return Map.of("REPLICATEDLOG_DATA_DIRECTORY", mountPoint.resolve("data").toString());
    }

    /** Leaves next to nothing. */
    void fill() {
        try {
            FileStore store = Files.getFileStore(mountPoint);
            long spare = store.getBlockSize();
            boolean isFull;
            do { // The node writes meanwhile, and what is in use cannot be taken away.
                spare *= 2;
                isFull = resize("size=" + (store.getTotalSpace() - store.getUnallocatedSpace() + spare));
            } while (!isFull && spare < MOST_SPARE_BYTES);
            assertThat(isFull).as("the disk is full").isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void heal() {
        assertThat(resize(SIZE)).as("there is room again").isTrue();
    }

    private boolean resize(String size) {
        return Command.succeeds("mount", "-o", "remount," + size, mountPoint.toString());
    }

    @Override
    public void close() {
        Command.run("umount", "--lazy", mountPoint.toString());
    }
}
