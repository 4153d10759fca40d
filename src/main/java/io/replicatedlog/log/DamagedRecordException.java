package io.replicatedlog.log;

/** A record in a segment is not what was written. Names the record; the message says what is wrong with it. */
final class DamagedRecordException extends Exception {
    private static final long serialVersionUID = 1L;

    private final long segment;
    private final long offset;
    private final long position;

    /**
     * @param segment the first offset of the segment
     * @param offset of the record
     * @param position of the record in the segment's file, in bytes
     */
    DamagedRecordException(long segment, long offset, long position, String what) {
        super(what);
        this.segment = segment;
        this.offset = offset;
        this.position = position;
    }

    long segment() {
        return segment;
    }

    long offset() {
        return offset;
    }

    long position() {
        return position;
    }
}
