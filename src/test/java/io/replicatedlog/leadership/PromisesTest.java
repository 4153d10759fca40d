package io.replicatedlog.leadership;

import static io.replicatedlog.leadership.SampleMembers.LOG;
import static io.replicatedlog.leadership.SampleMembers.OTHER_LOG;
import static io.replicatedlog.leadership.SampleMembers.commits;
import static io.replicatedlog.leadership.SampleMembers.follows;
import static io.replicatedlog.leadership.SampleMembers.holds;
import static io.replicatedlog.leadership.SampleMembers.holdsOf;
import static io.replicatedlog.leadership.SampleMembers.isIncomplete;
import static io.replicatedlog.leadership.SampleMembers.knowsNothing;
import static io.replicatedlog.leadership.SampleMembers.member;
import static io.replicatedlog.leadership.SampleMembers.members;
import static io.replicatedlog.leadership.SampleMembers.node;
import static io.replicatedlog.leadership.SampleMembers.remembers;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.leadership.Promises.Lead;
import io.replicatedlog.leadership.Promises.Wait;
import io.replicatedlog.primary.Mandate;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which promises are enough for the first of the members to lead, and over which log. */
class PromisesTest {

    private static final UUID FRESH = new UUID(3, 3);
    private static final long EPOCH = 9;

    private boolean mayBegin = true;
    private boolean isFixed;
    private OptionalInt sufficient = OptionalInt.empty();

    // --- over a log that is known

    /**
     * A row of the table by which a candidate leads.
     *
     * @param nodes how many members there are
     * @param given what those said that promised
     * @param missing how many promises more it waits for; 0 if it leads
     * @param source the number of the member whose log it leads with; 1 for its own
     */
    record Row(String what, int nodes, Position own, List<Position> given, int missing, int source) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Row> table() {
        return Stream.of(
                // enough or too few
                waits("alone of three", 3, holds(1, 5, 10), 1),
                leads("a majority of three", 3, holds(1, 5, 10), 1, holds(2, 5, 9)),
                waits("alone of five", 5, holds(1, 5, 10), 2),
                waits("two of five", 5, holds(1, 5, 10), 1, holds(3, 5, 9)),
                leads("three of five", 5, holds(1, 5, 10), 1, holds(3, 5, 9), holds(5, 5, 10)),
                waits("half of four", 4, holds(1, 5, 10), 1, holds(2, 5, 10)),
                leads("three of four", 4, holds(1, 5, 10), 1, holds(2, 5, 10), holds(4, 5, 10)),
                waits("one of two", 2, holds(1, 5, 10), 1),
                leads("both of two", 2, holds(1, 5, 10), 1, holds(2, 5, 10)),
                leads("the only one", 1, holds(1, 5, 10), 1),
                // who counts
                waits("an incomplete member", 3, holds(1, 5, 10), 1, isIncomplete(2, 5, 10)),
                waits("an incomplete member that holds more", 3, holds(1, 5, 10), 1, isIncomplete(2, 7, 20)),
                leads("its log is not taken over", 3, holds(1, 5, 10), 1, isIncomplete(2, 7, 20), holds(3, 5, 9)),
                waits("a member of another log", 3, holds(1, 5, 10), 1, holdsOf(OTHER_LOG, 2, 7, 20)),
                leads("a member that has just been founded", 3, holds(1, 5, 10), 1, knowsNothing(2)),
                waits("a storage that nobody listed", 3, holds(1, 5, 10), 1, by(node(7), 2, knowsNothing(2))),
                waits("not itself, incomplete, of three", 3, isIncomplete(1, 5, 10), 1, holds(2, 5, 9)),
                leads("both others", 3, isIncomplete(1, 5, 10), 3, holds(2, 5, 8), holds(3, 5, 9)),
                waits("not itself, of four", 4, isIncomplete(1, 5, 10), 1, holds(2, 5, 9)),
                leads("two others of four", 4, isIncomplete(1, 5, 9), 4, holds(2, 5, 7), holds(4, 6, 1)),
                leads("the other of two", 2, isIncomplete(1, 5, 10), 2, holds(2, 5, 9)),
                waits("not itself, new", 3, knowsNothing(1), 1, holds(2, 5, 9)),
                leads("both others, itself new", 3, knowsNothing(1), 2, holds(2, 5, 9), holds(3, 5, 8)),
                waits(
                        "three incomplete ones",
                        3,
                        isIncomplete(1, 5, 10),
                        2,
                        isIncomplete(2, 5, 10),
                        isIncomplete(3, 5, 10)),
                // which log goes furthest
                leads("the longer of one reign", 3, holds(1, 5, 10), 2, holds(2, 5, 11)),
                leads("its own of two that are equal", 3, holds(1, 5, 10), 1, holds(2, 5, 10)),
                leads("that of the later reign, though shorter", 3, holds(1, 5, 10), 2, holds(2, 6, 7)),
                leads("its own of the later reign, though shorter", 3, holds(1, 6, 7), 1, holds(2, 5, 10)),
                leads(
                        "not one of a later reign that was never matched",
                        3,
                        holds(1, 5, 10),
                        1,
                        follows(8, holds(2, 5, 9))),
                leads(
                        "the furthest of several",
                        5,
                        holds(1, 5, 10),
                        4,
                        holds(2, 6, 7),
                        holds(3, 5, 20),
                        holds(4, 6, 8)));
    }

    private static Row waits(String what, int nodes, Position own, int missing, Position... given) {
        return new Row(what, nodes, own, List.of(given), missing, 0);
    }

    private static Row leads(String what, int nodes, Position own, int source, Position... given) {
        return new Row(what, nodes, own, List.of(given), 0, source);
    }

    private static Position by(UUID node, int number, Position position) {
        assertThat(position.node()).isEqualTo(node(number));
        return new Position(
                node,
                position.promised(),
                position.reign(),
                position.matched(),
                position.end(),
                position.lastEpoch(),
                position.committed(),
                position.isComplete());
    }

    @ParameterizedTest
    @MethodSource("table")
    void shouldDecideAsTheTableSays(Row row) {
        Promises promises = candidate(row.nodes(), row.own());
        for (int i = 0; i < row.given().size(); i++) {
            Position position = row.given().get(i);
            boolean isStranger = position.node().equals(node(7));
            promises.promised(isStranger ? member(2) : member(number(position)), position);
        }

        if (row.missing() > 0) {
            waitsFor(promises, "waits for " + row.missing() + " more of the members to promise epoch " + EPOCH);
        } else {
            assertThat(promises.decide(FRESH)).isEqualTo(expected(row));
        }
    }

    private static Lead expected(Row row) {
        Position taken = Stream.concat(Stream.of(row.own()), row.given().stream())
                .filter(position -> number(position) == row.source())
                .findFirst()
                .orElseThrow();
        boolean isComplete = row.own().isComplete();
        int majority = row.nodes() / 2 + 1;
        return new Lead(
                new Mandate(
                        new Reign(LOG, EPOCH),
                        row.own().reign().isEmpty() ? membersWithoutItself(row.nodes()) : members(row.nodes()),
                        isComplete ? majority - 1 : row.nodes() - majority + 1,
                        false),
                row.source() == 1 ? Optional.empty() : Optional.of(member(row.source())),
                taken,
                isComplete,
                Optional.empty());
    }

    /** A storage that replaces another was no member from the beginning: it has to be refilled before it counts. */
    private static Members membersWithoutItself(int nodes) {
        Map<Member, Optional<UUID>> ids = new LinkedHashMap<>(members(nodes).ids());
        ids.put(member(1), Optional.empty());
        return new Members(EPOCH, ids);
    }

    @Test
    void shouldListNoStorageAsAFounderOfALogThatItMayHaveLost() {
        Promises promises = candidate(5, knowsNothing(1));
        promised(promises, holds(2, 5, 9), holds(3, 5, 9), isIncomplete(4, 5, 2), holds(5, 5, 9));

        Members told = leads(promises).mandate().members();

        assertThat(told.lists(node(2))).isTrue();
        assertThat(told.lists(node(4))).isFalse();
        assertThat(told.lists(node(1))).isFalse();
    }

    /** Its storage is a copy of an earlier one: only others can know. */
    @Test
    void shouldNotCountItselfOnceAMemberKnowsMoreToBeCommittedInItsOwnReignThanItHolds() {
        Promises promises = wasPrimary(3, holds(1, 5, 8));

        promised(promises, commits(9, holds(2, 5, 9)));

        assertThat(promises.doubt())
                .contains("http://node2:8080 knows everything below 9 to be committed in this node's own log " + LOG
                        + ", epoch 5, and this node holds 8 entries");
        waitsFor(promises, "waits for 1 more of the members");
        promised(promises, holds(3, 5, 7));
        Lead lead = leads(promises);
        assertThat(lead.isComplete()).isFalse();
        assertThat(lead.source()).contains(member(2));
        assertThat(lead.mandate().followersNeeded()).isEqualTo(2);
    }

    @Test
    void shouldNotDoubtItselfWhereItWasNotThePrimaryOrTheReignIsAnother() {
        Promises followed = candidate(3, holds(1, 5, 8));
        promised(followed, commits(9, holds(2, 5, 9)));
        Promises led = wasPrimary(3, holds(1, 5, 8));
        promised(led, commits(9, holds(2, 6, 9)));
        Promises behind = wasPrimary(3, holds(1, 5, 8));
        promised(behind, commits(8, holds(2, 5, 9)));

        for (Promises promises : List.of(followed, led, behind)) {
            assertThat(promises.doubt()).isEmpty();
            assertThat(leads(promises).isComplete()).isTrue();
        }
    }

    @Test
    void shouldNeedOneLessWhereNoOtherNodeCanLead() {
        isFixed = true;
        Promises promises = candidate(4, knowsNothing(1));

        promised(promises, holds(2, 5, 9));
        waitsFor(promises, "waits for 1 more of the members");
        promised(promises, holds(3, 5, 8));

        Lead lead = leads(promises);
        assertThat(lead.mandate().followersNeeded()).isEqualTo(2);
        assertThat(lead.mandate().isTrusted()).as("no other reign is possible").isTrue();
    }

    // --- over a new log

    @Test
    void shouldBeginALogOnlyOnceEveryOtherMemberHasSaidThatItKnowsOfNone() {
        Promises promises = candidate(3, knowsNothing(1));

        waitsFor(
                promises,
                "a new log begins once every member has said that it knows of none: waits for http://node2:8080,"
                        + " http://node3:8080");
        promised(promises, knowsNothing(3));
        waitsFor(promises, "knows of none: waits for http://node2:8080.");
        promised(promises, knowsNothing(2));

        assertThat(promises.decide(FRESH))
                .isEqualTo(new Lead(
                        new Mandate(
                                new Reign(FRESH, EPOCH),
                                new Members(EPOCH, members(3).ids()),
                                1,
                                false),
                        Optional.empty(),
                        knowsNothing(1),
                        true,
                        Optional.empty()));
    }

    @Test
    void shouldBeginNoneOnceAMemberKnowsOfOne() {
        Promises promises = candidate(3, knowsNothing(1));

        promised(promises, knowsNothing(2));
        promised(promises, isIncomplete(3, 5, 0));

        waitsFor(promises, "more of the members to promise epoch");
    }

    @Test
    void shouldBeginNoneWhereAnotherNodeIsConfiguredTo() {
        mayBegin = false;
        Promises promises = candidate(3, knowsNothing(1));

        promised(promises, knowsNothing(2));
        promised(promises, knowsNothing(3));

        waitsFor(promises, "another node is configured to begin one");
    }

    @Test
    void shouldBeginOneAloneWhereThereIsNobodyElse() {
        Lead lead = leads(candidate(1, knowsNothing(1)));

        assertThat(lead.mandate().reign()).isEqualTo(new Reign(FRESH, EPOCH));
        assertThat(lead.mandate().followersNeeded()).isZero();
        assertThat(lead.risk()).isEmpty();
    }

    // --- several logs

    @Test
    void shouldWaitWhileTheMembersHoldDifferentLogs() {
        Promises promises = candidate(3, knowsNothing(1));

        promised(promises, holds(2, 5, 9));
        promised(promises, holdsOf(OTHER_LOG, 3, 1, 3));

        waitsFor(
                promises,
                "different logs (http://node2:8080 (holds 9 entries of log " + LOG
                        + "), http://node3:8080 (holds 3 entries of log " + OTHER_LOG
                        + ")); empty those that hold the wrong one");
    }

    @Test
    void shouldSayWhichMemberHoldsAnotherLogThanItsOwn() {
        Promises promises = candidate(3, holds(1, 5, 9));

        promised(promises, holdsOf(OTHER_LOG, 2, 9, 30));

        waitsFor(
                promises,
                ". Of another log than " + LOG + ", and so not counted: http://node2:8080 (holds 30 entries of log "
                        + OTHER_LOG + "); empty");
    }

    /** What was followed is known, though nothing of it is there: the log that was begun last. */
    @Test
    void shouldLeadTheLogThatWasFollowedLastWhereNobodyHoldsAny() {
        Promises promises = candidate(3, isIncomplete(1, 5, 0));

        promised(promises, holdsOf(OTHER_LOG, 2, 7, 0));
        waitsFor(promises, "1 more of the members");
        promised(promises, holdsOf(OTHER_LOG, 3, 7, 0));

        assertThat(leads(promises).mandate().reign()).isEqualTo(new Reign(OTHER_LOG, EPOCH));
    }

    // --- aliases

    @Test
    void shouldCountOneNodeUnderTwoUrlsOnce() {
        Promises promises = candidate(5, holds(1, 5, 9));

        promises.promised(member(2), holds(2, 5, 9));
        promises.promised(member(3), holds(2, 5, 9));

        waitsFor(
                promises,
                "waits for 1 more of the members to promise epoch " + EPOCH + ": http://node3:8080 (it is the same node"
                        + " as http://node2:8080, and counts once)");
        promises.promised(member(2), holds(2, 5, 9));
        assertThat(promises.missing()).as("its own promise again").containsExactly(member(3), member(4), member(5));
    }

    @Test
    void shouldNotCountACopyOfItsOwnStorage() {
        Promises promises = candidate(3, holds(1, 5, 9));

        promises.promised(member(2), holds(1, 5, 9));

        waitsFor(promises, "http://node2:8080 (it is this node itself, or has a copy of its data directory");
        assertThat(promises.missing()).contains(member(2));
    }

    // --- what an operator decides

    @Test
    void shouldLeadWithoutAMajorityOnlyIfAnOperatorSaysSoAndTheOthersHadTheirTime() {
        sufficient = OptionalInt.of(1);
        Promises promises = candidate(5, holds(1, 5, 9));

        promised(promises, holds(2, 5, 10));
        promises.refused(member(3), "the connection was refused");
        waitsFor(promises, "waits for 1 more of the members");
        promises.late();

        Lead lead = leads(promises);
        assertThat(lead.source()).contains(member(2));
        assertThat(lead.mandate().followersNeeded()).as("no more than answer").isEqualTo(1);
        assertThat(lead.mandate().isTrusted()).isTrue();
        assertThat(lead.risk())
                .contains("as the configuration demands, without the answers of 1 members that are missing to be sure;"
                        + " what only these hold is lost to the log: http://node3:8080 (the connection was refused),"
                        + " http://node4:8080, http://node5:8080");
    }

    @Test
    void shouldTakeOverWhatAnIncompleteMemberHoldsWhereAnOperatorHasDecided() {
        sufficient = OptionalInt.of(1);
        Promises promises = candidate(3, isIncomplete(1, 5, 3));

        promised(promises, isIncomplete(2, 5, 8));
        promises.late();

        Lead lead = leads(promises);
        assertThat(lead.source()).contains(member(2));
        assertThat(lead.isComplete()).isFalse();
        assertThat(lead.risk()).isPresent();
    }

    @Test
    void shouldNotLeadWithFewerThanTheOperatorSays() {
        sufficient = OptionalInt.of(2);
        Promises promises = candidate(7, holds(1, 5, 9));

        promised(promises, holds(2, 5, 9));
        promises.late();

        waitsFor(promises, "waits for 2 more of the members");
    }

    @Test
    void shouldBeginALogWithoutAllMembersOnlyIfAnOperatorSaysSo() {
        sufficient = OptionalInt.of(0);
        Promises promises = candidate(3, knowsNothing(1));

        waitsFor(promises, "a new log begins once every member");
        promises.late();

        Lead lead = leads(promises);
        assertThat(lead.mandate().reign()).isEqualTo(new Reign(FRESH, EPOCH));
        assertThat(lead.mandate().followersNeeded()).isZero();
        assertThat(lead.risk().orElseThrow()).contains("without the answers of 2 members");
    }

    @Test
    void shouldSayNoRiskWhereTheAnswersWereEnoughAnyway() {
        sufficient = OptionalInt.of(0);
        Promises promises = candidate(3, holds(1, 5, 9));

        promised(promises, holds(2, 5, 9));
        promises.late();

        assertThat(leads(promises).risk()).isEmpty();
        assertThat(leads(promises).mandate().isTrusted()).isFalse();
    }

    @Test
    void shouldGoOnWithWhatIsLeftWhereThereIsNobodyElse() {
        Lead lead = leads(candidate(1, isIncomplete(1, 5, 3)));

        assertThat(lead.risk())
                .contains("with what is left: entries were lost, and there is no other node that may hold them");
        assertThat(lead.source()).isEmpty();
        assertThat(lead.mandate().reign()).isEqualTo(new Reign(LOG, EPOCH));
    }

    @Test
    void shouldSayWhatAnOperatorCanDo() {
        Promises promises = candidate(5, holds(1, 5, 9));
        promised(promises, holds(2, 5, 9));

        String why =
                waitsFor(promises, "If they can never answer: replicatedlog.recovery-answers=1 lets this node lead");

        sufficient = OptionalInt.of(1);
        Promises allowed = candidate(5, holds(1, 5, 9));
        promised(allowed, holds(2, 5, 9));
        assertThat(waitsFor(allowed, "1 more of the members")).doesNotContain("recovery-answers");
        allowed.late();
        assertThat(allowed.decide(FRESH)).as("it does what it says: " + why).isInstanceOf(Lead.class);
    }

    // --- what is said

    @Test
    void shouldSayWhyAMemberGivesNoPromise() {
        Promises promises = candidate(3, holds(1, 5, 9));

        promises.refused(member(2), "no answer in time");
        waitsFor(promises, ": http://node2:8080 (no answer in time), http://node3:8080.");
        promises.refused(member(2), "the connection was refused");
        waitsFor(promises, ": http://node2:8080 (the connection was refused), http://node3:8080.");
        promised(promises, isIncomplete(2, 5, 7));
        waitsFor(
                promises, ": http://node2:8080 (holds 7 entries of log " + LOG + ", not complete), http://node3:8080.");
    }

    @Test
    void shouldCutAReasonThatIsLong() {
        Promises promises = candidate(3, holds(1, 5, 9));

        promises.refused(member(2), "x".repeat(200));
        promises.refused(member(3), "y".repeat(201));

        waitsFor(promises, "(" + "x".repeat(200) + ")");
        waitsFor(promises, "(" + "y".repeat(199) + "…)");
    }

    @Test
    void shouldKeepAPromiseThatWasGivenWhateverTheMemberSaysLater() {
        Promises promises = candidate(3, holds(1, 5, 9));
        promised(promises, holds(2, 5, 9));

        promises.refused(member(2), "no answer in time");

        assertThat(leads(promises).source()).isEmpty();
        assertThat(promises.missing()).containsExactly(member(3));
    }

    // --- the words of the scenarios

    /** It followed the second member last. */
    private Promises candidate(int nodes, Position own) {
        return candidate(nodes, own, 2);
    }

    private Promises wasPrimary(int nodes, Position own) {
        return candidate(nodes, own, 1);
    }

    private Promises candidate(int nodes, Position own, int primary) {
        return new Promises(
                new Electorate(member(1), members(nodes), mayBegin, isFixed, sufficient),
                remembers(own, primary, nodes, EPOCH),
                own,
                EPOCH);
    }

    private static void promised(Promises promises, Position... given) {
        Arrays.stream(given).forEach(position -> promises.promised(member(number(position)), position));
    }

    private static int number(Position position) {
        return (int) position.node().getLeastSignificantBits();
    }

    private static String waitsFor(Promises promises, String why) {
        assertThat(promises.decide(FRESH)).isInstanceOf(Wait.class);
        String said = ((Wait) promises.decide(FRESH)).why();
        assertThat(said).contains(why);
        return said;
    }

    private static Lead leads(Promises promises) {
        assertThat(promises.decide(FRESH)).isInstanceOf(Lead.class);
        return (Lead) promises.decide(FRESH);
    }
}
