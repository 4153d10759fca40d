package io.replicatedlog.log;

import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
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

        assertThatThrownBy(() -> new DirectoryDisk(file)).isInstanceOf(IOException.class);
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
