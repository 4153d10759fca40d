package io.replicatedlog.log;

/** The messages for an operator about stored entries that are not what was written. */
final class Damage {

    private Damage() {}

    static StorageException of(Disk disk, String what) {
        return StorageException.damaged(what + ". Nothing was changed. Move " + disk.locate("") + " away and start the"
                + " node: it gets the log from the other nodes. Restore a copy only if no other node holds the log");
    }

    static StorageException of(Disk disk, DamagedRecordException damaged) {
        return of(
                disk,
                disk.locate(Segment.name(damaged.segment())) + " is damaged at offset " + damaged.offset() + ", byte "
                        + damaged.position() + ": " + damaged.getMessage());
    }
}
