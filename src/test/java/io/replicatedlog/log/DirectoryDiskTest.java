package io.replicatedlog.log;

import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryDiskTest {

    private static final SegmentedLog.Limits LIMITS = new SegmentedLog.Limits(1_000, 0);

    @TempDir
    private Path parent;

    @Test
    void shouldMakeItsDirectoryAndKeepOthersOut() throws IOException {
        Path directory = parent.resolve("a/b");
        try (Disk disk = new DirectoryDisk(directory)) {
            assertThat(disk.locate("f")).isEqualTo(directory.resolve("f").toString());
            assertThatThrownBy(() -> new DirectoryDisk(directory))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another process uses")
                    .hasMessageContaining("a/b");
        }
        new DirectoryDisk(directory).close();
    }

    @Test
    void shouldSayWhatItCannotWriteTo() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "x");

        assertThatThrownBy(() -> new DirectoryDisk(file))
                .isInstanceOf(IOException.class)
                .hasMessage("not a directory: " + file);
        assertThatThrownBy(() -> new DirectoryDisk(file.resolve("below")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a directory: ");
    }

    @Test
    void shouldSayThatItMayNotWrite() throws IOException {
        Path directory = Files.createDirectory(parent.resolve("closed"));
        assumeTrue(directory.toFile().setWritable(false) && !Files.isWritable(directory), "root may write everywhere");

        assertThatThrownBy(() -> new DirectoryDisk(directory))
                .hasMessage("permission denied: " + directory.resolve("lock"));
    }

    @Test
    void shouldSayWhatIsWrongAndWhere() {
        Path path = Path.of("/data/lock");
        assertThat(List.of(
                        new AccessDeniedException("/data"),
                        new NoSuchFileException("/data"),
                        new NotDirectoryException("/data"),
                        new FileAlreadyExistsException("/data"),
                        new FileSystemException("/data", null, "Read-only file system"),
                        new FileSystemException("/data", null, "Not a directory"),
                        new FileSystemException("/data", null, "No space left on device"),
                        new IOException("No space left on device"),
                        new IOException("Disk quota exceeded"),
                        new IOException("Input/output error"),
                        new IOException("Read-only file system"),
                        new IOException(),
                        new EOFException("/data/lock ends before 7")))
                .extracting(failure -> FileErrors.explain(path, failure).getMessage())
                .containsExactly(
                        "permission denied: /data",
                        "no such file or directory: /data",
                        "not a directory: /data",
                        "not a directory: /data",
                        "read-only file system: /data",
                        "not a directory: /data",
                        "no space left on device: /data",
                        "no space left on device: /data/lock",
                        "no space left on device: /data/lock",
                        "Input/output error: /data/lock",
                        "read-only file system: /data/lock",
                        "IOException: /data/lock",
                        "/data/lock ends before 7");
        assertThat(FileErrors.explain(path, new IOException("No space left on device")))
                .isInstanceOf(NoSpaceException.class);
    }

    @Test
    void shouldLeaveNothingOfAReplacementThatFailed() throws IOException {
        try (Disk disk = new DirectoryDisk(parent)) {
            Files.createDirectories(parent.resolve("f/full"));

            assertThatThrownBy(() -> disk.replace("f", new byte[] {1})).isInstanceOf(IOException.class);

            assertThat(disk.list()).containsExactlyInAnyOrder("f", "lock");
        }
    }

    @Test
    void shouldReplaceASmallFileAsAWhole() throws IOException {
        try (Disk disk = new DirectoryDisk(parent)) {
            assertThat(disk.read("f")).isEmpty();
            disk.replace("f", new byte[] {1, 2, 3});
            disk.replace("f", new byte[] {4});

            assertThat(disk.read("f")).hasValue(new byte[] {4});
            assertThat(disk.list()).containsExactlyInAnyOrder("f", "lock");
            disk.delete("f");
            disk.delete("f");
            assertThat(disk.read("f")).isEmpty();
        }
    }

    @Test
    void shouldReadAndWriteByPosition() throws IOException {
        try (Disk disk = new DirectoryDisk(parent);
                DiskFile file = disk.open("f")) {
            byte[] large = new byte[1_000_000];
            large[999_999] = 7;
            file.write(3, ByteBuffer.wrap(large));
            ByteBuffer read = ByteBuffer.allocate(1_000_000);
            file.read(3, read);

            assertThat(read.array()).isEqualTo(large);
            assertThatThrownBy(() -> file.read(4, read.clear())).isInstanceOf(EOFException.class);
            file.truncate(10);
            assertThat(file.size()).isEqualTo(10);
            assertThat(disk.usableBytes()).isPositive();
        }
    }

    @Test
    void shouldNotLoseItsFilesWhenAReaderIsInterrupted() throws Exception {
        try (SegmentedLog log = new SegmentedLog(new DirectoryDisk(parent), LIMITS)) {
            append(log, 1, "a");
            AtomicBoolean stillInterrupted = new AtomicBoolean();
            Thread reader = new Thread(() -> {
                Thread.currentThread().interrupt();
                messages(log);
                stillInterrupted.set(Thread.currentThread().isInterrupted());
            });
            reader.start();
            reader.join(10_000);

            assertThat(stillInterrupted).isTrue();
            append(log, 1, "b");
            assertThat(log.force()).isEqualTo(2);
            assertThat(messages(log)).containsExactly("a", "b");
        }
    }
}
