package io.replicatedlog.log;

import java.io.IOException;

/**
 * The room on the disk, and whether it suffices for appends. Once less than the reserve is left, appends are refused until
 * twice the reserve is free: else a disk at its limit would let every other append through.
 *
 * <p>Not thread-safe: guarded by the monitor of the {@link SegmentedLog} that owns it.
 */
final class Room {

    private final Disk disk;
    private final long reserve;
    private boolean isFull;

    /**
     * What the disk had left when it was last asked, less what was written since; 0 if it must be asked again, at the
     * latest after a force. Asking at each append shows in its cost.
     */
    private long left;

    Room(Disk disk, long reserve) {
        this.disk = disk;
        this.reserve = reserve;
    }

    /**
     * Takes room for an append.
     *
     * @return false if there is too little; nothing is taken then
     */
    boolean take(int bytes) throws IOException {
        long needed = (isFull ? 2 : 1) * reserve + bytes;
        if (left < needed) {
            left = disk.usableBytes();
        }
        if (left < needed) {
            return false;
        }
        isFull = false;
        left -= bytes;
        return true;
    }

    /** Whether something this large can be written beside the reserve. */
    boolean suffices(long bytes) throws IOException {
        return disk.usableBytes() >= reserve + bytes;
    }

    /** Whether so little is left that a write may have failed for that reason. */
    boolean isShort() throws IOException {
        return disk.usableBytes() < Math.max(1, 2 * reserve);
    }

    void askAgain() {
        left = 0;
    }

    boolean isFull() {
        return isFull;
    }

    void setFull(boolean isFull) {
        this.isFull = isFull;
        this.left = 0;
    }

    LogFullException refusal() {
        return new LogFullException("The disk is full: " + describeFree() + " are left in " + disk.locate("")
                + "; make room, and appends are taken again from " + 2 * reserve + " bytes on");
    }

    private String describeFree() {
        try {
            return disk.usableBytes() + " bytes";
        } catch (IOException e) {
            return "too few bytes";
        }
    }
}
