package io.replicatedlog.leadership;

import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.list;
import static io.replicatedlog.log.SampleRecords.messages;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.leadership.TakeOver.Source;
import io.replicatedlog.log.Entry;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.secondary.Replica;
import io.replicatedlog.storage.IdentityStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A primary that starts makes its log the same as that of a secondary which holds more. */
class TakeOverTest {

    private static final int ONE_ENTRY = 1;

    private final Log own = new InMemoryLog(Long.MAX_VALUE);
    private final Log other = new InMemoryLog(Long.MAX_VALUE);

    @Test
    void shouldFetchWhatTheOtherHoldsBeyondIt() {
        write(own, 1, "a", "b");
        write(other, 1, "a", "b", "c");
        write(other, 2, "d");
        List<Long> asked = new ArrayList<>();

        TakeOver.run(
                own,
                (from, previousEpoch) -> {
                    asked.add(from);
                    return source(other).read(from, previousEpoch);
                },
                position(other));

        assertThat(list(own)).isEqualTo(list(other));
        assertThat(asked).as("nothing is fetched twice").containsExactly(2L, 3L);
    }

    @Test
    void shouldFetchEverythingIntoAnEmptyLog() {
        write(other, 1, "a", "b");
        write(other, 3, "c");

        takeOver();

        assertThat(list(own)).isEqualTo(list(other));
    }

    @Test
    void shouldCutOffWhatTheOtherDoesNotHold() {
        write(own, 1, "a", "b");
        write(own, 2, "of a reign that nobody followed", "of it as well", "and this");
        write(other, 1, "a", "b");
        write(other, 3, "c");

        takeOver();

        assertThat(messages(own)).containsExactly("a", "b", "c");
    }

    @Test
    void shouldCutOffEverythingWhereNothingIsTheSame() {
        write(own, 1, "x", "y", "z");
        write(other, 2, "a");

        takeOver();

        assertThat(messages(own)).containsExactly("a");
    }

    @Test
    void shouldAskNothingOfAnotherThatHoldsTheSame() {
        write(own, 1, "a");
        write(other, 1, "a");

        TakeOver.run(own, (from, previousEpoch) -> source(null).read(from, previousEpoch), position(other));

        assertThat(messages(own)).containsExactly("a");
    }

    @Test
    void shouldFailAndCutNothingWhenTheOtherHasLostWhatItSaidThatItHolds() {
        write(own, 1, "a", "b", "c");
        write(own, 3, "d");
        write(other, 1, "a", "b", "c");
        write(other, 3, "d", "e");
        Position said = position(other);
        for (long left = own.end(); left >= 0; left--) {
            other.truncate(left);

            assertThatThrownBy(() -> TakeOver.run(own, source(other), said))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("it held 5 entries, and now has none from offset " + left + " on");

            assertThat(messages(own)).as("%d are left", left).containsExactly("a", "b", "c", "d");
        }
    }

    @Test
    void shouldKeepWhatItFetchedBeforeTheOtherLostTheRest() {
        write(other, 1, "a", "b", "c");
        Position said = position(other);
        AtomicInteger calls = new AtomicInteger();

        assertThatThrownBy(() -> TakeOver.run(
                        own,
                        (from, previousEpoch) -> {
                            if (calls.incrementAndGet() == 2) {
                                other.truncate(1);
                            }
                            return source(other).read(from, previousEpoch);
                        },
                        said))
                .isInstanceOf(IllegalStateException.class);

        assertThat(messages(own)).containsExactly("a");
    }

    @Test
    void shouldFailWhenTheOtherRefusesToBeginAtTheBeginning() {
        write(own, 1, "a");
        write(other, 2, "b");

        assertThatThrownBy(() -> TakeOver.run(
                        own,
                        (from, previousEpoch) -> {
                            throw new MismatchException(7, 7);
                        },
                        position(other)))
                .isInstanceOf(IllegalStateException.class);

        assertThat(messages(own)).as("nothing was cut off").containsExactly("a");
    }

    private void takeOver() {
        TakeOver.run(own, source(other), position(other));
    }

    private static Source source(Log log) {
        return source(log, ONE_ENTRY);
    }

    /** As a secondary answers. */
    static Source source(Log log, int maxBytes) {
        Replica replica = new Replica(log, IdentityStore.inMemory(), 1, 1);
        return (from, previousEpoch) -> replica.read(from, previousEpoch, maxBytes);
    }

    static Position position(Log log) {
        List<Entry> entries = list(log);
        return new Position(
                Optional.empty(),
                entries.size(),
                entries.isEmpty() ? 0 : entries.get(entries.size() - 1).epoch(),
                true);
    }

    private static void write(Log log, long epoch, String... messages) {
        for (String message : messages) {
            append(log, epoch, message);
        }
    }
}
