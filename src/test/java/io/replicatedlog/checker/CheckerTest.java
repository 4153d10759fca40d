package io.replicatedlog.checker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The checker finds each broken promise, and nothing where none was broken. */
class CheckerTest {

    private static final int MAJORITY = 2;

    private final History history = new History();

    @Test
    void shouldFindNothingWhereEveryPromiseWasKept() {
        acknowledged("a", 3, 0);
        history.begin(1, "in doubt", 2).unknown();
        history.begin(1, "refused", 2).refused();
        history.begin(1, "late", 3).stored(2, 1);
        shows("primary", "a", "in doubt", "late");
        shows("secondary", "a");
        shows("secondary", "a", "in doubt", "late");

        assertThat(violations()).isEmpty();
    }

    @Test
    void shouldAllowThatWhatIsInDoubtIsTakenBackOrNeverThere() {
        acknowledged("a", 2, 0);
        history.begin(1, "in doubt", 2).unknown();
        history.begin(2, "no answer", 2);
        acknowledged("of one", 1, 1);
        shows("secondary", "a", "in doubt");
        shows("secondary", "a");
        shows("primary", "a");

        assertThat(violations()).isEmpty();
    }

    @Test
    void shouldFindAnAcknowledgedEntryThatIsLost() {
        acknowledged("a", 2, 0);
        shows("primary");

        assertThat(violations())
                .singleElement()
                .asString()
                .startsWith("an acknowledged entry is lost: ")
                .contains("a");
    }

    @Test
    void shouldFindALostEntryThatAMajorityHeldWhenItsTimeWasUp() {
        history.begin(1, "late, of two", 3).stored(0, 2);
        history.begin(1, "late, of one", 3).stored(1, 1);
        shows("primary");

        assertThat(violations()).singleElement().asString().contains("late, of two");
    }

    @Test
    void shouldFindAnAppendThatIsThereInPartOrInAnotherOrder() {
        history.together(List.of("not", "there"));
        history.together(List.of("a", "b"));
        for (String message : List.of("not", "there", "a", "b", "c")) {
            history.begin(1, message, 1);
        }
        shows("primary", "c", "a", "b");
        assertThat(violations()).isEmpty();

        for (List<String> broken : List.of(List.of("c", "a"), List.of("b", "a", "c"), List.of("a", "c", "b"))) {
            history.shows("primary", broken);
            assertThat(violations())
                    .as("%s", broken)
                    .singleElement()
                    .asString()
                    .startsWith("an append is there in part");
        }
    }

    @Test
    void shouldFindAnAcknowledgedEntryThatWasTakenBack() {
        acknowledged("a", 2, 0);
        shows("secondary", "a");
        shows("secondary");
        shows("secondary", "a");

        assertThat(violations()).singleElement().asString().startsWith("an acknowledged entry was taken back");
    }

    @Test
    void shouldAllowANodeThatLostItsStorageToShowLess() {
        acknowledged("a", 2, 0);
        shows("secondary", "a");
        history.emptied("secondary");
        shows("secondary");
        shows("secondary", "a");

        assertThat(violations()).isEmpty();
    }

    @Test
    void shouldFindARefusedEntryWhereverItIsShown() {
        history.begin(1, "refused", 1).refused();
        shows("secondary", "refused");
        shows("secondary");

        assertThat(violations()).singleElement().asString().startsWith("a refused entry is there");
    }

    @Test
    void shouldFindAnOffsetThatIsNotTrue() {
        acknowledged("a", 2, 1);
        acknowledged("b", 2, 0);
        history.begin(1, "late", 3).stored(5, 1);
        shows("primary", "a", "b", "late");

        assertThat(violations())
                .filteredOn(violation -> violation.startsWith("an answered offset is not true"))
                .hasSize(3);
    }

    @Test
    void shouldLetARepeatedAppendHaveBeenElsewhereBefore() {
        History.Call call = history.begin(1, "repeated", 2);
        call.repeated();
        shows("secondary", "repeated");
        acknowledged("a", 2, 0);
        call.acknowledged(1);
        shows("secondary", "a", "repeated");
        shows("primary", "a", "repeated");

        assertThat(violations()).isEmpty();
    }

    @Test
    void shouldFindARepeatedAppendThatIsElsewhereInTheEnd() {
        History.Call call = history.begin(1, "repeated", 2);
        call.repeated();
        call.acknowledged(1);
        shows("primary", "repeated");

        assertThat(violations()).singleElement().asString().startsWith("an answered offset is not true");
    }

    @Test
    void shouldFindAMessageThatIsThereTwice() {
        history.begin(1, "in doubt", 2).unknown();
        shows("primary", "in doubt", "in doubt");

        assertThat(violations()).singleElement().asString().startsWith("a message is there twice");
    }

    @Test
    void shouldFindAMessageThatNobodySent() {
        shows("primary", "who?");

        assertThat(violations()).singleElement().asString().startsWith("a message that nobody sent");
    }

    @Test
    void shouldFindLogsThatDiffer() {
        acknowledged("a", 1, 0);
        history.begin(1, "b", 1).unknown();
        shows("primary", "a", "b");
        shows("secondary", "a");

        assertThat(violations()).singleElement().asString().startsWith("logs differ");
    }

    @Test
    void shouldFindThatAClientsOwnOrderIsNotKept() {
        history.begin(1, "first", 2).unknown();
        history.begin(1, "second", 2).unknown();
        shows("primary", "second", "first");

        assertThat(violations()).singleElement().asString().startsWith("the order is not that of time");
    }

    @Test
    void shouldAllowAnyOrderOfWhatWasUnderWayAtTheSameTime() {
        History.Call first = history.begin(1, "first", 2);
        acknowledged("second", 2, 0);
        first.acknowledged(1);
        shows("primary", "second", "first");

        assertThat(violations()).isEmpty();
    }

    @Test
    void shouldAllowAnAppendThatArrivesAfterItsClientHasGivenUp() {
        history.begin(1, "late", 2);
        acknowledged("early", 2, 0);
        shows("primary", "early", "late");

        assertThat(violations()).isEmpty();
    }

    private void acknowledged(String message, int w, long offset) {
        history.begin(0, message, w).acknowledged(offset);
    }

    private void shows(String node, String... log) {
        history.shows(node, Arrays.asList(log));
    }

    private List<String> violations() {
        return Checker.violations(history, MAJORITY, MAJORITY);
    }
}
