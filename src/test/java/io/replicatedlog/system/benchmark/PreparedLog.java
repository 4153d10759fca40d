package io.replicatedlog.system.benchmark;

import io.replicatedlog.log.DirectoryDisk;
import io.replicatedlog.log.Disk;
import io.replicatedlog.log.Entry;
import io.replicatedlog.log.SampleRecords;
import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.IdentityFile;
import io.replicatedlog.system.fixture.LibertyNode;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Writes the files of a node as if it had run for long: a log of so many entries, all committed. */
final class PreparedLog {

    private static final Reign REIGN = new Reign(new UUID(1, 1), 1);
    private static final int AT_ONCE = 1_000;

    private PreparedLog() {}

    /** @param primary where its only member is reached */
    static void write(LibertyNode node, URI primary, long entries, int messageBytes) throws IOException {
        String message = "x".repeat(messageBytes);
        try (Disk disk = new DirectoryDisk(node.data());
                SegmentedLog log = new SegmentedLog(disk, new SegmentedLog.Limits(128 * 1024 * 1024, 0))) {
            IdentityFile.open(disk, true, new UUID(2, 2))
                    .update(begun -> begun.reigning(REIGN, primary, Members.of(List.of(primary)))
                            .complete()
                            .committed(entries));
            while (log.end() < entries) {
                List<Entry> some = new ArrayList<>();
                for (long offset = log.end(); some.size() < AT_ONCE && offset < entries; offset++) {
                    some.add(new Entry(offset, 1, 1_700_000_000_000L, "", message));
                }
                log.append(SampleRecords.records(some));
            }
        }
    }
}
