package io.replicatedlog.simulation;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import java.util.ArrayList;
import java.util.List;

/** The messages that a node shows. Decodes only the records that were not the same when it was asked before. */
final class ShownLog {

    private Records seen = Records.empty(0);
    private final List<String> messages = new ArrayList<>();

    /** @param end of what is shown */
    List<String> messages(Log log, long end) {
        Records now = end == 0 ? Records.empty(0) : log.read(0, (int) end, Integer.MAX_VALUE);
        int differs = seen.bytes().mismatch(now.bytes());
        boolean isLonger = differs < 0 || differs >= seen.sizeInBytes();
        if (!isLonger) {
            messages.clear();
        }
        now.from(messages.size()).forEach(entry -> messages.add(entry.message()));
        seen = now;
        return List.copyOf(messages);
    }
}
