package io.replicatedlog.storage;

import io.replicatedlog.log.Disk;
import io.replicatedlog.log.DiskFile;
import io.replicatedlog.node.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A disk that knows how long it has kept its callers waiting. A disk that fails says so; one that hangs only lets the
 * threads that asked wait. Thread-safe, and never blocks by itself.
 */
final class WatchedDisk implements Disk {

    private final Disk disk;
    private final Clock clock;
    private final Set<Wait> waits = ConcurrentHashMap.newKeySet();

    /** Compared by identity: any number may be alike. */
    private static final class Wait {
        private final long sinceMs;

        private Wait(long sinceMs) {
            this.sinceMs = sinceMs;
        }
    }

    private interface Call<T> {
        T run() throws IOException;
    }

    private interface Action {
        void run() throws IOException;
    }

    WatchedDisk(Disk disk, Clock clock) {
        this.disk = disk;
        this.clock = clock;
    }

    /** For how long the oldest call that has not come back has been under way, in milliseconds; 0 if there is none. */
    long waitingMs() {
        long now = clock.nowMs();
        return waits.stream().mapToLong(wait -> now - wait.sinceMs).max().orElse(0);
    }

    private <T> T watch(Call<T> call) throws IOException {
        Wait wait = new Wait(clock.nowMs());
        waits.add(wait);
        try {
            return call.run();
        } finally {
            waits.remove(wait);
        }
    }

    private void watch(Action action) throws IOException {
        watch(() -> {
            action.run();
            return null;
        });
    }

    @Override
    public List<String> list() throws IOException {
        return watch(disk::list);
    }

    @Override
    public DiskFile open(String name) throws IOException {
        DiskFile file = watch(() -> disk.open(name));
        return new WatchedFile(file);
    }

    @Override
    public Optional<byte[]> read(String name) throws IOException {
        return watch(() -> disk.read(name));
    }

    @Override
    public void replace(String name, byte[] content) throws IOException {
        watch(() -> disk.replace(name, content));
    }

    @Override
    public void delete(String name) throws IOException {
        watch(() -> disk.delete(name));
    }

    @Override
    public void force() throws IOException {
        watch(disk::force);
    }

    @Override
    public long usableBytes() throws IOException {
        return watch(disk::usableBytes);
    }

    @Override
    public String locate(String name) {
        return disk.locate(name);
    }

    @Override
    public void close() throws IOException {
        disk.close();
    }

    private final class WatchedFile implements DiskFile {
        private final DiskFile file;

        private WatchedFile(DiskFile file) {
            this.file = file;
        }

        @Override
        public long size() throws IOException {
            return watch(file::size);
        }

        @Override
        public void read(long position, ByteBuffer into) throws IOException {
            watch(() -> file.read(position, into));
        }

        @Override
        public void write(long position, ByteBuffer from) throws IOException {
            watch(() -> file.write(position, from));
        }

        @Override
        public void truncate(long size) throws IOException {
            watch(() -> file.truncate(size));
        }

        @Override
        public void force() throws IOException {
            watch(file::force);
        }

        @Override
        public void close() throws IOException {
            watch(file::close);
        }
    }
}
