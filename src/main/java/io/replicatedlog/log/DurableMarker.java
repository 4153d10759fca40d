package io.replicatedlog.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A note, beside the segments, of how far the log is forced. It is written after each force, and itself forced only now
 * and then: it may be behind the truth and is never ahead. After a crash it tells the torn end of a write that was never
 * acknowledged from damage to acknowledged entries.
 *
 * <p>Not thread-safe, except for {@link #force}: guarded by the {@link SegmentedLog} that owns it. The file, big-endian:
 *
 * <pre>
 *  0  int32   magic "RLD2"
 *  4  int64   durable offset
 * 12  int32   flags: 1 lossy, 2 full
 * 16  int32   CRC-32C of all before
 * </pre>
 */
final class DurableMarker implements Closeable {

    static final String NAME = "durable";

    private static final int MAGIC = 0x524C4432;
    private static final int LOSSY = 1;
    private static final int FULL = 2;

    /** Less than a sector, and so written atomically. */
    private static final int BYTES = 20;

    private final DiskFile file;

    /**
     * What the marker says.
     *
     * @param durable everything below is forced
     * @param isLossy whether entries that had been forced are gone, and nobody has accepted that yet
     * @param isFull whether appends were refused for lack of room
     */
    record Note(long durable, boolean isLossy, boolean isFull) {}

    DurableMarker(Disk disk) throws IOException {
        this.file = disk.open(NAME);
    }

    /** The last note; empty if there is none, or it is damaged. */
    Optional<Note> read() throws IOException {
        if (file.size() < BYTES) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        file.read(0, bytes);
        int flags = bytes.getInt(12);
        Note note = new Note(bytes.getLong(4), (flags & LOSSY) != 0, (flags & FULL) != 0);
        return bytes.flip().equals(encode(note)) ? Optional.of(note) : Optional.empty();
    }

    void write(Note note) throws IOException {
        file.write(0, encode(note));
    }

    void force() throws IOException {
        file.force();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private static ByteBuffer encode(Note note) {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES)
                .putInt(MAGIC)
                .putLong(note.durable())
                .putInt((note.isLossy() ? LOSSY : 0) | (note.isFull() ? FULL : 0));
        CRC32C crc = new CRC32C();
        crc.update(bytes.array(), 0, bytes.position());
        return bytes.putInt((int) crc.getValue()).flip();
    }
}
