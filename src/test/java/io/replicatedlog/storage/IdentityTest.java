package io.replicatedlog.storage;

import static io.replicatedlog.log.SampleRecords.append;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.Reign;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a node knows of itself as it promises, follows, leads and is emptied. */
class IdentityTest {

    private static final UUID NODE = new UUID(8, 8);
    private static final UUID ANOTHER = new UUID(7, 7);
    private static final UUID LOG = new UUID(1, 1);
    private static final Reign SECOND = new Reign(LOG, 2);
    private static final Reign THIRD = new Reign(LOG, 3);
    private static final Reign OF_ANOTHER_LOG = new Reign(new UUID(2, 2), 4);
    private static final URI URL = URI.create("http://one:8080");
    private static final URI ELSEWHERE = URI.create("http://two:8080");
    private static final Members WITH_THIS_NODE = members(NODE);
    private static final Members WITHOUT_IT = members(new UUID(6, 6));

    private final Identity begun = Identity.begun(NODE);

    @Test
    void shouldKnowNothingAndNotPassForCompleteWhenItBegins() {
        assertThat(begun.epoch()).isZero();
        assertThat(begun.isComplete()).isFalse();
        assertThat(begun.leads()).isFalse();
        assertThat(begun.members()).isEmpty();
    }

    /** An empty storage is that of a new node, or of one that has lost what it acknowledged. */
    @Test
    void shouldBeCompleteInALogThatItWasAMemberOfFromItsBeginningAndInNoOther() {
        assertThat(follows(begun, SECOND, Optional.of(WITH_THIS_NODE)).isComplete())
                .isTrue();
        assertThat(follows(begun, SECOND, Optional.of(WITHOUT_IT)).isComplete()).isFalse();
        assertThat(follows(begun, SECOND, Optional.empty()).isComplete()).isFalse();
    }

    @Test
    void shouldNotBecomeCompleteByFollowingTheNextReignOfTheSameLog() {
        Identity lost = follows(begun, SECOND, Optional.of(WITH_THIS_NODE)).incomplete();

        assertThat(follows(lost, THIRD, Optional.of(WITH_THIS_NODE)).isComplete())
                .isFalse();
    }

    @Test
    void shouldKeepWhatItKnowsInTheNextReignOfTheSameLog() {
        Identity following = follows(begun, SECOND, Optional.of(WITH_THIS_NODE))
                .matchedReign()
                .committed(5);

        Identity next = follows(following, THIRD, Optional.empty());

        assertThat(next.reign()).contains(THIRD);
        assertThat(next.matched()).as("the log has not been compared yet").isEqualTo(2);
        assertThat(next.committed()).isEqualTo(5);
        assertThat(next.isComplete()).isTrue();
        assertThat(next.members()).contains(WITH_THIS_NODE);
        assertThat(next.matchedReign().matched()).isEqualTo(3);
    }

    @Test
    void shouldKnowNothingOfTheLogBeforeInAnother() {
        Identity following = follows(begun, SECOND, Optional.of(WITH_THIS_NODE))
                .matchedReign()
                .committed(5);

        Identity elsewhere = follows(following, OF_ANOTHER_LOG, Optional.empty());

        assertThat(elsewhere.matched()).isZero();
        assertThat(elsewhere.committed()).isZero();
        assertThat(elsewhere.isComplete()).isFalse();
        assertThat(elsewhere.members()).isEmpty();
        assertThat(elsewhere.isOf(LOG)).isFalse();
    }

    @Test
    void shouldTakeTheEpochThatItFollowsForPromisedToItsPrimary() {
        Identity following = follows(begun.promised(new Promise(1, NODE)), SECOND, Optional.empty());

        assertThat(following.promise()).contains(new Promise(2, ANOTHER));
        assertThat(following.leads()).isFalse();
        assertThat(following.hasPromisedToAnother(2, NODE)).isTrue();
        assertThat(following.hasPromisedToAnother(2, ANOTHER)).isFalse();
        assertThat(following.hasPromisedToAnother(3, NODE)).isFalse();
    }

    @Test
    void shouldKeepAPromiseThatIsHigherThanWhatItFollows() {
        Promise higher = new Promise(9, ANOTHER);

        assertThat(begun.promised(higher)
                        .following(SECOND, Optional.of(ANOTHER), Optional.of(URL), Optional.empty())
                        .promise())
                .contains(higher);
    }

    @Test
    void shouldLeadTheReignThatItPromisedToItselfAndHaveItsOwnLogMatched() {
        Identity reigning = begun.reigning(THIRD, URL, WITHOUT_IT);

        assertThat(reigning.leads()).isTrue();
        assertThat(reigning.promise()).contains(new Promise(3, NODE));
        assertThat(reigning.primary()).contains(URL);
        assertThat(reigning.matched()).isEqualTo(3);
        assertThat(reigning.members()).contains(WITHOUT_IT);
        assertThat(reigning.isComplete()).as("not before it is established").isFalse();
        assertThat(reigning.promised(new Promise(4, ANOTHER)).leads())
                .as("that reign is over")
                .isFalse();
    }

    @Test
    void shouldBeCompleteOnceItWasEmptiedOnPurposeUnderAReign() {
        Identity following = follows(begun, SECOND, Optional.of(WITHOUT_IT)).committed(5);

        Identity emptied = following.emptied(OF_ANOTHER_LOG);

        assertThat(emptied.node()).isEqualTo(NODE);
        assertThat(emptied.reign()).contains(OF_ANOTHER_LOG);
        assertThat(emptied.committed()).isZero();
        assertThat(emptied.matched()).isZero();
        assertThat(emptied.isComplete())
                .as("it has acknowledged nothing of that log")
                .isTrue();
        assertThat(following.emptied(ANOTHER)).as("another storage").isEqualTo(Identity.begun(ANOTHER));
    }

    @Test
    void shouldTakeAnyoneForAMemberUntilItKnowsTheMembers() {
        assertThat(begun.mayBeMember(URI.create("http://three:8080"))).isTrue();

        Identity told = follows(begun, SECOND, Optional.of(WITHOUT_IT));

        assertThat(told.mayBeMember(URL)).isTrue();
        assertThat(told.mayBeMember(ELSEWHERE)).isTrue();
        assertThat(told.mayBeMember(URI.create("http://three:8080"))).isFalse();
    }

    @Test
    void shouldTellHowFarTheLogGoes() {
        Log log = new InMemoryLog(10_000);
        append(log, 1, "a");
        append(log, 2, "b");
        Identity following = follows(begun, SECOND, Optional.of(WITH_THIS_NODE))
                .matchedReign()
                .committed(1)
                .promised(new Promise(9, ANOTHER));

        assertThat(following.position(log)).isEqualTo(new Position(NODE, 9, Optional.of(SECOND), 2, 2, 2, 1, true));
        assertThat(begun.position(new InMemoryLog(10)))
                .isEqualTo(new Position(NODE, 0, Optional.empty(), 0, 0, 0, 0, false));
    }

    private static Identity follows(Identity before, Reign reign, Optional<Members> members) {
        return before.following(reign, Optional.of(ANOTHER), Optional.of(ELSEWHERE), members);
    }

    private static Members members(UUID first) {
        return new Members(
                2,
                Map.of(
                        new Member(URL), Optional.of(first),
                        new Member(ELSEWHERE), Optional.of(ANOTHER)));
    }
}
