package io.replicatedlog.reading;

import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.log.SampleRecords.together;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ShownTest {

    private final Log log = new InMemoryLog(Long.MAX_VALUE);
    private final CommittedOffset committed = new CommittedOffset(0);
    private final Shown shown = new Shown(log, committed);

    /** It holds two entries, and two of the three of an append. */
    @BeforeEach
    void fill() {
        append(log, 1, "a");
        append(log, 1, "b");
        log.append(records(together(2, 1, "c", "d", "e").subList(0, 2)));
    }

    @Test
    void shouldShowNoPartOfAnAppend() {
        assertThat(shown.end(Level.LOCAL)).isEqualTo(2);

        log.append(records(together(2, 1, "c", "d", "e").subList(2, 3)));

        assertThat(shown.end(Level.LOCAL)).isEqualTo(5);
    }

    @Test
    void shouldShowWhatIsCommittedAtThatLevel() {
        assertThat(shown.end(Level.COMMITTED)).isZero();

        committed.raise(1);

        assertThat(shown.end(Level.COMMITTED)).isEqualTo(1);
    }

    /** As after a loss: more was known to be committed than is here. */
    @Test
    void shouldShowWhatIsThereOfWhatIsCommitted() {
        committed.raise(5);

        assertThat(shown.end(Level.COMMITTED)).isEqualTo(2);
    }
}
