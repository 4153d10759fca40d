package io.replicatedlog.log;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;

/**
 * A disk in memory that keeps only what was forced. {@link #crash} decides by chance about everything else: each sector
 * of each write by itself, and each file that was made or deleted. It can be told to fail, and to have little room.
 *
 * <p>Not a model of a friendly file system: nothing is written in order unless a force says so. Thread-safe.
 */
public final class SimulatedDisk implements Disk {

    private static final int SECTOR_BYTES = 512;

    private final long capacity;

    /** What processes see. */
    private TreeMap<String, Content> files = new TreeMap<>();

    /** Which files there are after a crash, whatever happens. */
    private TreeMap<String, Content> forced = new TreeMap<>();

    /** Calls that change something, until one fails; negative for never. */
    private long untilFailure = -1;

    private boolean forcesFail;
    private boolean nextWriteIsTorn;
    private boolean truncationsFail;
    private boolean replacingNeedsRoom;
    private boolean opensFail;

    /** Held by a test while forces must not come back. */
    private final Semaphore forcesMayPass = new Semaphore(1);

    private long reservedByOthers;
    private long forces;

    /** One file: what is seen, what is on the disk, and which sectors the next force writes there. */
    private static final class Content {
        private byte[] seen = new byte[0];
        private byte[] onDisk = new byte[0];
        private final BitSet dirty = new BitSet();

        private void write(byte[] next, int from, int to) {
            seen = next;
            dirty.set(from / SECTOR_BYTES, (to + SECTOR_BYTES - 1) / SECTOR_BYTES);
        }

        private void force() {
            byte[] next = Arrays.copyOf(onDisk, seen.length);
            dirty.stream().forEach(sector -> copySector(sector, seen, next));
            onDisk = next;
            dirty.clear();
        }
    }

    public SimulatedDisk() {
        this(Long.MAX_VALUE / 2);
    }

    public SimulatedDisk(long capacity) {
        this.capacity = capacity;
    }

    /** The machine stops: what was not forced is kept or lost, sector by sector. Nobody may use files that were open. */
    public synchronized void crash(Random random) {
        TreeMap<String, Content> left = new TreeMap<>();
        for (String name : union()) {
            Content now = files.get(name);
            Content before = forced.get(name);
            Content content = now == before || random.nextBoolean() ? now : before;
            if (content != null) {
                left.put(name, content);
            }
        }
        left.values().forEach(content -> tear(content, random));
        files = left;
        forced = new TreeMap<>(left);
        heal();
    }

    /** The process stops, the machine goes on: everything that was written is still there. */
    public synchronized void heal() {
        untilFailure = -1;
        forcesFail = false;
        nextWriteIsTorn = false;
        truncationsFail = false;
        opensFail = false;
    }

    /** No file can be opened from now on. */
    public synchronized void failOpens() {
        opensFail = true;
    }

    /** The call after so many others that change something fails, and every one after it. */
    public synchronized void failAfter(long calls) {
        untilFailure = calls;
    }

    /** Every force fails from now on, and the system forgets what it did not write: it calls it written. */
    public synchronized void failForces() {
        forcesFail = true;
    }

    /** The next write stores half of its bytes and fails; if so told, what it stored cannot be cut off. */
    public synchronized void tearNextWrite(boolean truncationsFail) {
        this.nextWriteIsTorn = true;
        this.truncationsFail = truncationsFail;
    }

    /** From now on a small file is not replaced, either, without room for it. */
    public synchronized void needRoomToReplace() {
        replacingNeedsRoom = true;
    }

    /** No force comes back until {@link #releaseForces}; everything else goes on. */
    public void holdForces() {
        forcesMayPass.acquireUninterruptibly();
    }

    public void releaseForces() {
        forcesMayPass.release();
    }

    /** Whether a force waits for {@link #releaseForces}. */
    public boolean isForceHeld() {
        return forcesMayPass.hasQueuedThreads();
    }

    /** Somebody else takes this much of the room. */
    public synchronized void reserve(long bytes) {
        reservedByOthers = bytes;
    }

    /** How many files were forced so far. */
    public synchronized long forces() {
        return forces;
    }

    /** The content as a process sees it. */
    public synchronized byte[] content(String name) {
        return files.get(name).seen.clone();
    }

    /** Another process writes a file. */
    public synchronized void put(String name, byte[] content) {
        Content file = new Content();
        file.write(content.clone(), 0, content.length);
        file.force();
        files.put(name, file);
        forced.put(name, file);
    }

    /** The same files on a disk of its own, as processes see them. */
    public synchronized SimulatedDisk copy() {
        SimulatedDisk copy = new SimulatedDisk(capacity);
        files.forEach((name, content) -> copy.put(name, content.seen));
        return copy;
    }

    @Override
    public synchronized List<String> list() {
        return List.copyOf(files.keySet());
    }

    @Override
    public synchronized DiskFile open(String name) throws IOException {
        if (opensFail) {
            throw new IOException("the simulated disk opens no file");
        }
        if (!files.containsKey(name)) {
            change();
            files.put(name, new Content());
        }
        return new OpenFile(name, files.get(name));
    }

    @Override
    public synchronized Optional<byte[]> read(String name) {
        return Optional.ofNullable(files.get(name)).map(content -> content.seen.clone());
    }

    @Override
    public void replace(String name, byte[] content) throws IOException {
        passForce();
        synchronized (this) {
            change();
            failIfForcesFail();
            if (replacingNeedsRoom && content.length > usableBytes()) {
                throw noSpace(name);
            }
            put(name, content);
            forceNames();
        }
    }

    @Override
    public synchronized void delete(String name) throws IOException {
        change();
        files.remove(name);
    }

    @Override
    public void force() throws IOException {
        passForce();
        forceNames();
    }

    private synchronized void forceNames() throws IOException {
        change();
        failIfForcesFail();
        forced = new TreeMap<>(files);
    }

    private void passForce() {
        forcesMayPass.acquireUninterruptibly();
        forcesMayPass.release();
    }

    private static NoSpaceException noSpace(String name) {
        return new NoSpaceException("no space left on device: disk/" + name, null);
    }

    @Override
    public synchronized long usableBytes() {
        return Math.max(0, capacity - reservedByOthers - used());
    }

    @Override
    public String locate(String name) {
        return "disk/" + name;
    }

    @Override
    public void close() {
        // Nothing is held.
    }

    private long used() {
        return files.values().stream().mapToLong(content -> content.seen.length).sum();
    }

    private List<String> union() {
        List<String> names = new ArrayList<>(files.keySet());
        forced.keySet().stream().filter(name -> !files.containsKey(name)).forEach(names::add);
        return names;
    }

    private void change() throws IOException {
        if (untilFailure == 0) {
            throw new IOException("the simulated disk fails");
        }
        untilFailure = Math.max(-1, untilFailure - 1);
    }

    private void failIfForcesFail() throws IOException {
        if (forcesFail) {
            throw new IOException("the simulated disk fails to force");
        }
    }

    private static void tear(Content content, Random random) {
        int size = random.nextBoolean() ? content.seen.length : content.onDisk.length;
        byte[] left = new byte[size];
        for (int sector = 0; sector * SECTOR_BYTES < size; sector++) {
            copySector(sector, random.nextBoolean() ? content.seen : content.onDisk, left);
        }
        content.seen = left;
        content.onDisk = left.clone();
        content.dirty.clear();
    }

    private static void copySector(int sector, byte[] from, byte[] to) {
        int at = sector * SECTOR_BYTES;
        int length = Math.min(SECTOR_BYTES, Math.min(from.length, to.length) - at);
        if (length > 0) {
            System.arraycopy(from, at, to, at, length);
        }
    }

    private final class OpenFile implements DiskFile {
        private final String name;
        private final Content content;

        private OpenFile(String name, Content content) {
            this.name = name;
            this.content = content;
        }

        @Override
        public long size() {
            synchronized (SimulatedDisk.this) {
                return content.seen.length;
            }
        }

        @Override
        public void read(long position, ByteBuffer into) throws IOException {
            synchronized (SimulatedDisk.this) {
                if (position + into.remaining() > content.seen.length) {
                    throw new EOFException("the simulated file ends");
                }
                into.put(content.seen, (int) position, into.remaining());
            }
        }

        @Override
        public void write(long position, ByteBuffer from) throws IOException {
            synchronized (SimulatedDisk.this) {
                change();
                int end = (int) position + from.remaining();
                long more = Math.max(0, end - content.seen.length);
                if (more > usableBytes()) {
                    throw noSpace(name);
                }
                boolean isTorn = nextWriteIsTorn;
                if (isTorn) {
                    end = (int) position + from.remaining() / 2;
                    from.limit(from.position() + from.remaining() / 2);
                    nextWriteIsTorn = false;
                }
                byte[] written = Arrays.copyOf(content.seen, Math.max(end, content.seen.length));
                from.get(written, (int) position, from.remaining());
                content.write(written, (int) position, end);
                if (isTorn) {
                    throw new IOException("the simulated disk fails in the middle of a write");
                }
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (SimulatedDisk.this) {
                change();
                if (truncationsFail) {
                    throw new IOException("the simulated disk fails to truncate");
                }
                if (size < content.seen.length) {
                    content.seen = Arrays.copyOf(content.seen, (int) size);
                }
            }
        }

        @Override
        public void force() throws IOException {
            passForce();
            synchronized (SimulatedDisk.this) {
                change();
                if (forcesFail) {
                    content.dirty.clear();
                }
                failIfForcesFail();
                content.force();
                forces++;
            }
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }
}
