package io.replicatedlog.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.Entry;
import io.replicatedlog.log.SampleRecords;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** What the clients of a {@link SimulatedCluster} sent, and what they were told. */
final class SimulatedAppends {

    private int sent;
    private final Set<String> refused = new HashSet<>();
    private final Map<String, Long> acknowledged = new HashMap<>();

    /** A message that no other is the same as. */
    String next(Random random) {
        return sent++ + ":" + SampleRecords.text(random).repeat(1 + random.nextInt(10));
    }

    void refused(String message) {
        refused.add(message);
    }

    /** The client was told that the entry is at this offset, and must find it there whatever happens. */
    void acknowledged(String message, long offset) {
        acknowledged.put(message, offset);
    }

    int acknowledged() {
        return acknowledged.size();
    }

    /** The log was replaced by another one. */
    void forget() {
        acknowledged.clear();
    }

    void assertKept(List<Entry> log) {
        Map<String, Long> offsets = new HashMap<>();
        for (Entry entry : log) {
            assertThat(offsets.put(entry.message(), entry.offset()))
                    .as("the message at offset %d stands at another one as well", entry.offset())
                    .isNull();
        }
        assertThat(offsets).as("what was acknowledged").containsAllEntriesOf(acknowledged);
        assertThat(offsets).as("what was refused").doesNotContainKeys(refused.toArray(String[]::new));
    }
}
