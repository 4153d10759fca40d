package io.replicatedlog.leadership;

import static io.replicatedlog.leadership.RecoveryCase.by;
import static io.replicatedlog.leadership.RecoveryCase.member;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.leadership.Recovery.Decision;
import io.replicatedlog.leadership.Recovery.GoOn;
import io.replicatedlog.leadership.Recovery.Wait;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.Identity;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each row of the table by which a primary that starts goes on, and what it says while it waits. */
class RecoveryTableTest {

    private static final UUID LOG = new UUID(1, 1);
    private static final UUID OTHER = new UUID(2, 2);
    private static final UUID FRESH = new UUID(3, 3);
    private static final long NOW_MS = 1_000_000;
    private static final UUID OWN = new UUID(9, 9);
    private static final Position NOTHING = new Position(OWN, 0, Optional.empty(), 0, 0, 0, false);

    private List<Member> secondaries = members(2);

    @Test
    void shouldGoOnWithItsOwnLogOnceAMajorityAnswers() {
        secondaries = members(4);
        Recovery recovery = remembers(held(5, 10, 5));

        waits(recovery, "2 more of the secondaries");
        answered(recovery, 3, held(5, 9, 5));
        waits(recovery, "1 more of the secondaries");
        answered(recovery, 1, held(4, 3, 4));

        assertThat(recovery.decide(FRESH))
                .isEqualTo(new GoOn(
                        Optional.empty(),
                        held(5, 10, 5),
                        new Reign(LOG, NOW_MS),
                        followers(true),
                        true,
                        Optional.empty()));
    }

    @Test
    void shouldBeginAnEpochAboveAllThatAreKnownThoughItsClockIsBehind() {
        Recovery recovery = remembers(held(NOW_MS + 5, 10, 5));

        answered(recovery, 1, held(5, 10, 5));

        assertThat(goOn(recovery).reign()).isEqualTo(new Reign(LOG, NOW_MS + 6));
    }

    @Test
    void shouldFetchWhatASecondaryHoldsBeyondItsOwnLog() {
        Recovery recovery = remembers(held(5, 10, 5));

        answered(recovery, 1, held(5, 12, 5));

        assertThat(recovery.decide(FRESH))
                .isEqualTo(new GoOn(
                        Optional.of(member(1)),
                        by(1, held(5, 12, 5)),
                        new Reign(LOG, NOW_MS),
                        followers(true),
                        true,
                        Optional.empty()));
    }

    @Test
    void shouldGoOnWithALogThatItHasBegunAndThatIsStillEmpty() {
        Recovery recovery = remembers(held(5, 0, 0));

        answered(recovery, 0, NOTHING);

        assertThat(goOn(recovery).reign()).isEqualTo(new Reign(LOG, NOW_MS));
    }

    @Test
    void shouldBeginANewLogWhenAMajorityHoldsNothingAndTheOthersAreNotReachable() {
        secondaries = members(4);
        Recovery recovery = holdsNothing();

        answered(recovery, 0, NOTHING);
        answered(recovery, 1, NOTHING);
        waits(recovery, "an answer, or three missed heartbeats, of http://secondary3:8080, http://secondary4:8080");
        recovery.missed(member(2), true);
        recovery.missed(member(3), false);
        waits(recovery, "http://secondary3:8080 (not reachable), http://secondary4:8080");
        recovery.missed(member(3), true);

        assertThat(recovery.decide(FRESH))
                .isEqualTo(new GoOn(Optional.empty(), NOTHING, new Reign(FRESH, NOW_MS), 2, false, Optional.empty()));
    }

    @Test
    void shouldTakeOverTheFurthestLogWhenItHoldsNothing() {
        secondaries = members(4);
        Recovery recovery = holdsNothing();

        answered(recovery, 0, held(5, 20, 4));
        answered(recovery, 1, held(6, 11, 5));
        recovery.missed(member(3), true);
        waits(recovery, "1 more of the secondaries http://secondary3:8080, http://secondary4:8080 (not reachable)");
        answered(recovery, 2, held(5, 12, 5));

        assertThat(recovery.decide(FRESH))
                .isEqualTo(new GoOn(
                        Optional.of(member(2)),
                        by(2, held(5, 12, 5)),
                        new Reign(LOG, NOW_MS),
                        followers(false),
                        false,
                        Optional.empty()));
    }

    @Test
    void shouldNotWaitForAMuteSecondaryWhereNothingCanBeOverlooked() {
        secondaries = members(4);
        Recovery recovery = holdsNothing();

        answered(recovery, 0, held(5, 9, 5));
        answered(recovery, 1, held(5, 9, 5));
        recovery.missed(member(3), "it answered with status 401");
        waits(recovery, "1 more of the secondaries");
        answered(recovery, 2, held(5, 10, 5));

        assertThat(goOn(recovery).source()).contains(member(2));
    }

    @Test
    void shouldNeedSoManyFollowersThatNoOlderPrimaryKeepsEnough() {
        Recovery recovery = holdsNothing();

        answered(recovery, 0, held(5, 9, 5));
        answered(recovery, 1, held(5, 9, 5));

        assertThat(goOn(recovery).followersNeeded()).isEqualTo(2);
        Recovery remembers = remembers(held(5, 9, 5));
        answered(remembers, 0, held(5, 9, 5));
        assertThat(goOn(remembers).followersNeeded()).isEqualTo(1);
    }

    @Test
    void shouldNotCountItselfOnceASecondaryKnowsMoreToBeCommittedThanItHolds() {
        Recovery recovery = remembers(held(5, 8, 5));
        Position knows = new Position(OWN, 5, Optional.of(new Reign(LOG, 5)), 9, 5, 9, true);

        answered(recovery, 0, knows);
        waits(recovery, "1 more of the secondaries");
        assertThat(recovery.doubt().orElseThrow())
                .isEqualTo("http://secondary1:8080 knows everything below 9 to be committed, and this node holds 8"
                        + " entries");
        answered(recovery, 1, held(5, 7, 5));

        assertThat(goOn(recovery).holdsAll()).isFalse();
        assertThat(goOn(recovery).source()).contains(member(0));
    }

    @Test
    void shouldNotTakeItsOwnReignThatWasNeverEstablishedForThatOfAnother() {
        Identity begun =
                new Identity(OWN, Optional.empty(), Optional.of(new Reign(LOG, 7)), Optional.empty(), 0, 5, true);
        Position own = position(new Reign(LOG, 7), 8, 5, true);
        Recovery recovery = new Recovery(secondaries, OptionalInt.empty(), begun, own, NOW_MS);

        answered(recovery, 0, position(new Reign(LOG, 7), 8, 5, true));

        assertThat(goOn(recovery).holdsAll()).isTrue();
    }

    @Test
    void shouldCountOneNodeUnderTwoUrlsOnce() {
        Recovery recovery = holdsNothing();

        recovery.promised(member(0), by(0, held(5, 9, 5)));
        recovery.promised(member(1), by(0, held(5, 9, 5)));

        waits(recovery, "http://secondary2:8080 (does not say: it is the same node as http://secondary1:8080");
    }

    @Test
    void shouldNotCountASecondaryThatMayHaveLostWhatItAcknowledged() {
        secondaries = members(4);
        Recovery recovery = holdsNothing();

        answered(recovery, 0, held(5, 9, 5));
        answered(recovery, 1, NOTHING);
        answered(recovery, 2, position(new Reign(LOG, 5), 3, 5, false));
        recovery.missed(member(3), true);
        waits(recovery, "1 more of the secondaries http://secondary4:8080 (not reachable)");
        answered(recovery, 3, held(5, 10, 5));

        assertThat(goOn(recovery).source()).as("everybody was heard").contains(member(3));
        assertThat(goOn(recovery).reign()).isEqualTo(new Reign(LOG, NOW_MS));
    }

    @Test
    void shouldKnowALogThatIsFollowedAndStillEmpty() {
        Recovery recovery = holdsNothing();

        answered(recovery, 0, held(5, 0, 0));
        recovery.missed(member(1), true);
        waits(recovery, "1 more of the secondaries http://secondary2:8080 (not reachable)");
        answered(recovery, 1, NOTHING);

        assertThat(goOn(recovery).reign()).isEqualTo(new Reign(LOG, NOW_MS));
    }

    @Test
    void shouldGoOnWithTheLogThatWasFollowedLastWhereNobodyHoldsAny() {
        Recovery recovery = holdsNothing();

        answered(recovery, 0, held(5, 0, 0));
        answered(recovery, 1, position(new Reign(OTHER, 7), 0, 0, true));

        assertThat(goOn(recovery).reign()).isEqualTo(new Reign(OTHER, NOW_MS));
    }

    @Test
    void shouldNotCountItselfOnceItHasLostSomething() {
        Recovery recovery = hasLost(held(5, 8, 5));

        answered(recovery, 0, held(5, 7, 5));
        recovery.missed(member(1), true);
        waits(recovery, "1 more of the secondaries http://secondary2:8080 (not reachable)");
        answered(recovery, 1, held(5, 6, 5));

        assertThat(recovery.decide(FRESH))
                .isEqualTo(new GoOn(
                        Optional.empty(),
                        held(5, 8, 5),
                        new Reign(LOG, NOW_MS),
                        followers(false),
                        false,
                        Optional.empty()));
    }

    @Test
    void shouldNotCountItselfOnceASecondaryHasSeenALaterReign() {
        Recovery recovery = remembers(held(5, 8, 5));

        answered(recovery, 0, held(6, 7, 5));
        waits(recovery, "1 more of the secondaries");
        answered(recovery, 1, held(5, 9, 5));

        assertThat(recovery.decide(FRESH))
                .isEqualTo(new GoOn(
                        Optional.of(member(1)),
                        by(1, held(5, 9, 5)),
                        new Reign(LOG, NOW_MS),
                        followers(false),
                        false,
                        Optional.empty()));
    }

    @Test
    void shouldWaitWhileTheSecondariesHoldDifferentLogs() {
        Recovery recovery = holdsNothing();

        answered(recovery, 0, held(5, 9, 5));
        answered(recovery, 1, position(new Reign(OTHER, 1), 3, 1, true));

        waits(
                recovery,
                "different logs (http://secondary1:8080 (holds 9 entries of log " + LOG
                        + "), http://secondary2:8080 (holds 3 entries of log " + OTHER + "))");
    }

    @Test
    void shouldNotCountASecondaryThatHoldsAnotherLogThanItsOwn() {
        Recovery recovery = remembers(held(5, 9, 5));

        answered(recovery, 0, position(new Reign(OTHER, 9), 30, 9, true));

        assertThat(waits(
                        recovery, "waits for 1 more of the secondaries http://secondary2:8080 to say where they stand"))
                .endsWith(". Of another log than " + LOG
                        + ", and so not counted: http://secondary1:8080 (holds 30 entries"
                        + " of log " + OTHER
                        + "); empty what is of another log (move its data directory away), or take it"
                        + " out of SECONDARY_URLS");
    }

    @Test
    void shouldSayWhatToDoWhereNobodyIsLeftWhoCouldSayMore() {
        secondaries = members(1);
        Recovery recovery = remembers(held(5, 9, 5));

        answered(recovery, 0, position(new Reign(OTHER, 9), 7, 9, true));

        assertThat(waits(recovery, "waits for 1 more of the secondaries. Of another log than " + LOG))
                .contains("http://secondary1:8080 (holds 7 entries of log " + OTHER + "); empty")
                .doesNotContain("where they stand");
    }

    @Test
    void shouldSayWhyASecondaryThatAnswersHeartbeatsDoesNotSayWhereItStands() {
        String refusal =
                "it answered with status 409: This node is a primary; take it out of SECONDARY_URLS, or start it"
                        + " with APP_MODE=SECONDARY";
        Recovery recovery = remembers(held(5, 9, 5));

        recovery.missed(member(0), refusal);
        waits(recovery, "http://secondary1:8080 (does not say: " + refusal + "), http://secondary2:8080 to say");
        recovery.missed(member(0), "no answer in time");
        assertThat(waits(
                        recovery,
                        "http://secondary1:8080 (does not say: no answer in time), http://secondary2:8080 to"))
                .doesNotContain("409");
        recovery.missed(member(0), false);
        waits(recovery, "http://secondary1:8080 (does not say: no answer in time)");
        recovery.missed(member(0), true);
        waits(recovery, "http://secondary1:8080 (not reachable), http://secondary2:8080 to say");
        recovery.missed(member(0), refusal);
        answered(recovery, 0, position(new Reign(OTHER, 9), 7, 9, true));
        assertThat(waits(recovery, "http://secondary1:8080 (holds 7")).doesNotContain("does not say");
        recovery.missed(member(0), false);
        waits(recovery, "http://secondary1:8080, http://secondary2:8080 to say");
    }

    @Test
    void shouldCutAReasonThatIsLong() {
        Recovery recovery = remembers(held(5, 9, 5));

        recovery.missed(member(0), "x".repeat(200));
        recovery.missed(member(1), "y".repeat(201));

        waits(recovery, "(does not say: " + "x".repeat(200) + "), http");
        waits(recovery, "(does not say: " + "y".repeat(199) + "…) to say");
    }

    @Test
    void shouldWaitForTheSameWhateverReasonASecondaryGives() {
        Recovery recovery = remembers(held(5, 9, 5));

        recovery.missed(member(0), "incident 1");
        Wait before = (Wait) recovery.decide(FRESH);
        recovery.missed(member(0), "incident 2");
        Wait after = (Wait) recovery.decide(FRESH);

        assertThat(after.why()).isNotEqualTo(before.why());
        assertThat(after.gist()).isEqualTo(before.gist()).contains("http://secondary1:8080 (does not say), http");
    }

    @Test
    void shouldGoOnWithoutASecondaryThatRefusesThreeTimesOnlyIfAnOperatorSaysSo() {
        Recovery recovery = holdsNothing();
        Recovery allowed = new Recovery(secondaries, OptionalInt.of(1), identity(NOTHING, 0, false), NOTHING, NOW_MS);

        for (Recovery one : List.of(recovery, allowed)) {
            answered(one, 0, held(5, 9, 5));
            one.missed(member(1), "it answered with status 409");
            one.missed(member(1), "it answered with status 409");
            assertThat(waits(one, "http://secondary2:8080 (does not say: it answered with status 409)"))
                    .doesNotContain("recovery-answers");
            one.missed(member(1), "it answered with status 409");
        }

        waits(recovery, "If they can never answer: replicatedlog.recovery-answers=1 lets this node start without them");
        GoOn decision = goOn(allowed);
        assertThat(decision.source()).contains(member(0));
        assertThat(decision.risk().orElseThrow())
                .endsWith("http://secondary2:8080 (does not say: it answered with status 409)");
    }

    @Test
    void shouldCountAnewHowOftenASecondaryRefusedOnceItHasAnswered() {
        Recovery allowed = new Recovery(secondaries, OptionalInt.of(1), identity(NOTHING, 0, false), NOTHING, NOW_MS);
        answered(allowed, 0, held(5, 9, 5));

        allowed.missed(member(1), "no answer in time");
        allowed.missed(member(1), "no answer in time");
        answered(allowed, 1, held(5, 12, 5));
        allowed.missed(member(1), "no answer in time");
        allowed.missed(member(1), false);

        waits(allowed, "an answer, or three missed heartbeats, of http://secondary2:8080 (does not say: no answer");
    }

    @Test
    void shouldForgetWhatASecondaryHadSaidOnceItMissesAHeartbeat() {
        Recovery recovery = remembers(held(5, 9, 5));

        answered(recovery, 0, held(5, 9, 5));
        recovery.missed(member(0), false);

        waits(recovery, "1 more of the secondaries");
    }

    @Test
    void shouldSayHowAnOperatorCanLetItGoOn() {
        Recovery recovery = holdsNothing();

        answered(recovery, 0, held(5, 9, 5));
        assertThat(waits(recovery, "secondary2")).doesNotContain("recovery-answers");
        recovery.missed(member(1), true);
        waits(recovery, "replicatedlog.recovery-answers=1 lets this node start without them");

        Recovery allowed = new Recovery(secondaries, OptionalInt.of(1), identity(NOTHING, 0, false), NOTHING, NOW_MS);
        answered(allowed, 0, held(5, 9, 5));
        waits(allowed, "an answer, or three missed heartbeats, of http://secondary2:8080");
        allowed.missed(member(1), true);
        GoOn decision = goOn(allowed);
        assertThat(decision.source()).contains(member(0));
        assertThat(decision.reign()).isEqualTo(new Reign(LOG, NOW_MS));
        assertThat(decision.risk())
                .hasValue("as the configuration demands, answers that are missing to be sure: 1; what only the others"
                        + " hold is lost to the log: http://secondary2:8080 (not reachable)");
    }

    @Test
    void shouldNeedNobodyWhereThereIsNobody() {
        secondaries = members(0);

        assertThat(goOn(holdsNothing()).reign()).isEqualTo(new Reign(FRESH, NOW_MS));
        assertThat(goOn(remembers(held(5, 9, 5))).reign()).isEqualTo(new Reign(LOG, NOW_MS));
        assertThat(goOn(hasLost(held(5, 9, 5))).reign()).isEqualTo(new Reign(LOG, NOW_MS));
        assertThat(goOn(remembers(held(5, 9, 5))).risk()).isEmpty();
        assertThat(goOn(holdsNothing()).risk()).isEmpty();
        assertThat(goOn(hasLost(held(5, 9, 5))).risk().orElseThrow()).contains("entries were lost");
    }

    private Recovery remembers(Position own) {
        return new Recovery(
                secondaries,
                OptionalInt.empty(),
                identity(own, own.reign().get().epoch(), true),
                own,
                epoch(own));
    }

    private Recovery hasLost(Position own) {
        return new Recovery(secondaries, OptionalInt.empty(), identity(own, 0, false), own, epoch(own));
    }

    private Recovery holdsNothing() {
        return new Recovery(secondaries, OptionalInt.empty(), identity(NOTHING, 0, false), NOTHING, NOW_MS);
    }

    private static Identity identity(Position own, long reigned, boolean isComplete) {
        return new Identity(OWN, Optional.empty(), own.reign(), Optional.empty(), 0, reigned, isComplete);
    }

    private static long epoch(Position own) {
        return Math.max(own.epoch() + 1, NOW_MS);
    }

    private static void answered(Recovery recovery, int secondary, Position position) {
        recovery.promised(member(secondary), by(secondary, position));
    }

    private int followers(boolean holdsAll) {
        int nodes = secondaries.size() + 1;
        return holdsAll ? Quorum.majority(nodes) - 1 : nodes - Quorum.majority(nodes) + 1;
    }

    private static String waits(Recovery recovery, String why) {
        Decision decision = recovery.decide(FRESH);
        assertThat(decision).isInstanceOf(Wait.class);
        assertThat(((Wait) decision).why()).contains(why);
        return ((Wait) decision).why();
    }

    private static GoOn goOn(Recovery recovery) {
        Decision decision = recovery.decide(FRESH);
        assertThat(decision).isInstanceOf(GoOn.class);
        return (GoOn) decision;
    }

    private static Position held(long epoch, long end, long lastEpoch) {
        return position(new Reign(LOG, epoch), end, lastEpoch, true);
    }

    private static Position position(Reign reign, long end, long lastEpoch, boolean isComplete) {
        return new Position(OWN, 0, Optional.of(reign), end, lastEpoch, 0, isComplete);
    }

    private static List<Member> members(int secondaries) {
        return IntStream.range(0, secondaries).mapToObj(RecoveryCase::member).toList();
    }
}
