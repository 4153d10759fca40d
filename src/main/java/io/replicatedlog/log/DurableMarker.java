package io.replicatedlog.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * A note, beside the segments, of how far the log was forced. It is written after each force and not forced itself: it
 * may be behind and is never ahead. That tells, after a crash, the torn end of a write that nobody was told of from
 * damage to what was acknowledged.
 *
 * <p>Not thread-safe: guarded by the {@link SegmentedLog} that owns it.
 */
final class DurableMarker implements Closeable {

    static final String NAME = "durable";

    private static final int MAGIC = 0x524C4431;

    /** Within one sector, and so written as a whole. */
    private static final int BYTES = 16;

    private final DiskFile file;

    DurableMarker(Disk disk) throws IOException {
        this.file = disk.open(NAME);
    }

    /** What was noted; empty if nothing was, or the note cannot be read. */
    OptionalLong read() throws IOException {
        if (file.size() < BYTES) {
            return OptionalLong.empty();
        }
        ByteBuffer note = ByteBuffer.allocate(BYTES);
        file.read(0, note);
        long durable = note.getLong(4);
        return note.flip().equals(encode(durable)) ? OptionalLong.of(durable) : OptionalLong.empty();
    }

    void write(long durable) throws IOException {
        file.write(0, encode(durable));
    }

    void force() throws IOException {
        file.force();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private static ByteBuffer encode(long durable) {
        ByteBuffer note = ByteBuffer.allocate(BYTES).putInt(MAGIC).putLong(durable);
        CRC32C crc = new CRC32C();
        crc.update(note.array(), 0, note.position());
        return note.putInt((int) crc.getValue()).flip();
    }
}
