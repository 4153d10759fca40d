package io.replicatedlog.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.leadership.Recovery.Decision;
import io.replicatedlog.leadership.Recovery.GoOn;
import io.replicatedlog.leadership.Recovery.Wait;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.Identity;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Each row of the table by which a primary that starts goes on, and what it says while it waits. */
class RecoveryTableTest {

    private static final UUID LOG = new UUID(1, 1);
    private static final UUID OTHER = new UUID(2, 2);
    private static final UUID FRESH = new UUID(3, 3);
    private static final long NOW_MS = 1_000_000;
    private static final Position NOTHING = new Position(Optional.empty(), 0, 0, false);

    private List<URI> secondaries = urls(2);

    @Test
    void shouldGoOnWithItsOwnLogOnceAMajorityAnswers() {
        secondaries = urls(4);
        Recovery recovery = remembers(held(5, 10, 5));

        waits(recovery, "2 more of the secondaries");
        recovery.answered(3, held(5, 9, 5));
        waits(recovery, "1 more of the secondaries");
        recovery.answered(1, held(4, 3, 4));

        assertThat(recovery.decide(FRESH, NOW_MS))
                .isEqualTo(
                        new GoOn(OptionalInt.empty(), held(5, 10, 5), new Reign(LOG, NOW_MS), true, Optional.empty()));
    }

    @Test
    void shouldBeginAnEpochAboveAllThatAreKnownThoughItsClockIsBehind() {
        Recovery recovery = remembers(held(NOW_MS + 5, 10, 5));

        recovery.answered(1, held(5, 10, 5));

        assertThat(goOn(recovery).reign()).isEqualTo(new Reign(LOG, NOW_MS + 6));
    }

    @Test
    void shouldFetchWhatASecondaryHoldsBeyondItsOwnLog() {
        Recovery recovery = remembers(held(5, 10, 5));

        recovery.answered(1, held(5, 12, 5));

        assertThat(recovery.decide(FRESH, NOW_MS))
                .isEqualTo(new GoOn(OptionalInt.of(1), held(5, 12, 5), new Reign(LOG, NOW_MS), true, Optional.empty()));
    }

    @Test
    void shouldGoOnWithALogThatItHasBegunAndThatIsStillEmpty() {
        Recovery recovery = remembers(held(5, 0, 0));

        recovery.answered(0, NOTHING);

        assertThat(goOn(recovery).reign()).isEqualTo(new Reign(LOG, NOW_MS));
    }

    @Test
    void shouldBeginANewLogWhenAMajorityHoldsNothingAndTheOthersAreNotReachable() {
        secondaries = urls(4);
        Recovery recovery = holdsNothing();

        recovery.answered(0, NOTHING);
        recovery.answered(1, NOTHING);
        waits(recovery, "an answer, or three missed heartbeats, of http://secondary3:8080, http://secondary4:8080");
        recovery.missed(2, true);
        recovery.missed(3, false);
        waits(recovery, "http://secondary3:8080 (not reachable), http://secondary4:8080");
        recovery.missed(3, true);

        assertThat(recovery.decide(FRESH, NOW_MS))
                .isEqualTo(new GoOn(OptionalInt.empty(), NOTHING, new Reign(FRESH, NOW_MS), false, Optional.empty()));
    }

    @Test
    void shouldTakeOverTheFurthestLogWhenItHoldsNothing() {
        secondaries = urls(4);
        Recovery recovery = holdsNothing();

        recovery.answered(0, held(5, 20, 4));
        recovery.answered(1, held(6, 11, 5));
        recovery.missed(3, true);
        waits(recovery, "1 more of the secondaries http://secondary3:8080, http://secondary4:8080 (not reachable)");
        recovery.answered(2, held(5, 12, 5));

        assertThat(recovery.decide(FRESH, NOW_MS))
                .isEqualTo(
                        new GoOn(OptionalInt.of(2), held(5, 12, 5), new Reign(LOG, NOW_MS), false, Optional.empty()));
    }

    @Test
    void shouldWaitForASecondaryThatHasNeitherAnsweredNorMissedItsHeartbeats() {
        secondaries = urls(4);
        Recovery recovery = holdsNothing();

        recovery.answered(0, held(5, 9, 5));
        recovery.answered(1, held(5, 9, 5));
        recovery.answered(2, held(5, 9, 5));
        waits(recovery, "an answer, or three missed heartbeats, of http://secondary4:8080");
        recovery.answered(3, held(5, 10, 5));

        assertThat(goOn(recovery).source()).hasValue(3);
    }

    @Test
    void shouldNotCountASecondaryThatMayHaveLostWhatItAcknowledged() {
        secondaries = urls(4);
        Recovery recovery = holdsNothing();

        recovery.answered(0, held(5, 9, 5));
        recovery.answered(1, NOTHING);
        recovery.answered(2, new Position(Optional.of(new Reign(LOG, 5)), 3, 5, false));
        recovery.missed(3, true);
        waits(recovery, "1 more of the secondaries http://secondary4:8080 (not reachable)");
        recovery.answered(3, held(5, 10, 5));

        assertThat(goOn(recovery).source()).as("everybody was heard").hasValue(3);
        assertThat(goOn(recovery).reign()).isEqualTo(new Reign(LOG, NOW_MS));
    }

    @Test
    void shouldKnowALogThatIsFollowedAndStillEmpty() {
        Recovery recovery = holdsNothing();

        recovery.answered(0, held(5, 0, 0));
        recovery.missed(1, true);
        waits(recovery, "1 more of the secondaries http://secondary2:8080 (not reachable)");
        recovery.answered(1, NOTHING);

        assertThat(goOn(recovery).reign()).isEqualTo(new Reign(LOG, NOW_MS));
    }

    @Test
    void shouldGoOnWithTheLogThatWasFollowedLastWhereNobodyHoldsAny() {
        Recovery recovery = holdsNothing();

        recovery.answered(0, held(5, 0, 0));
        recovery.answered(1, new Position(Optional.of(new Reign(OTHER, 7)), 0, 0, true));

        assertThat(goOn(recovery).reign()).isEqualTo(new Reign(OTHER, NOW_MS));
    }

    @Test
    void shouldNotCountItselfOnceItHasLostSomething() {
        Recovery recovery = hasLost(held(5, 8, 5));

        recovery.answered(0, held(5, 7, 5));
        recovery.missed(1, true);
        waits(recovery, "1 more of the secondaries http://secondary2:8080 (not reachable)");
        recovery.answered(1, held(5, 6, 5));

        assertThat(recovery.decide(FRESH, NOW_MS))
                .isEqualTo(
                        new GoOn(OptionalInt.empty(), held(5, 8, 5), new Reign(LOG, NOW_MS), false, Optional.empty()));
    }

    @Test
    void shouldNotCountItselfOnceASecondaryHasSeenALaterReign() {
        Recovery recovery = remembers(held(5, 8, 5));

        recovery.answered(0, held(6, 7, 5));
        waits(recovery, "1 more of the secondaries");
        recovery.answered(1, held(5, 9, 5));

        assertThat(recovery.decide(FRESH, NOW_MS))
                .isEqualTo(new GoOn(OptionalInt.of(1), held(5, 9, 5), new Reign(LOG, NOW_MS), false, Optional.empty()));
    }

    @Test
    void shouldWaitWhileTheSecondariesHoldDifferentLogs() {
        Recovery recovery = holdsNothing();

        recovery.answered(0, held(5, 9, 5));
        recovery.answered(1, new Position(Optional.of(new Reign(OTHER, 1)), 3, 1, true));

        waits(
                recovery,
                "different logs (http://secondary1:8080 (holds 9 entries of log " + LOG
                        + "), http://secondary2:8080 (holds 3 entries of log " + OTHER + "))");
    }

    @Test
    void shouldNotCountASecondaryThatHoldsAnotherLogThanItsOwn() {
        Recovery recovery = remembers(held(5, 9, 5));

        recovery.answered(0, new Position(Optional.of(new Reign(OTHER, 9)), 30, 9, true));

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
        secondaries = urls(1);
        Recovery recovery = remembers(held(5, 9, 5));

        recovery.answered(0, new Position(Optional.of(new Reign(OTHER, 9)), 7, 9, true));

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

        recovery.missed(0, refusal);
        waits(recovery, "http://secondary1:8080 (does not say: " + refusal + "), http://secondary2:8080 to say");
        recovery.missed(0, "no answer in time");
        assertThat(waits(
                        recovery,
                        "http://secondary1:8080 (does not say: no answer in time), http://secondary2:8080 to"))
                .doesNotContain("409");
        recovery.missed(0, false);
        waits(recovery, "http://secondary1:8080 (does not say: no answer in time)");
        recovery.missed(0, true);
        waits(recovery, "http://secondary1:8080 (not reachable), http://secondary2:8080 to say");
        recovery.missed(0, refusal);
        recovery.answered(0, new Position(Optional.of(new Reign(OTHER, 9)), 7, 9, true));
        assertThat(waits(recovery, "http://secondary1:8080 (holds 7")).doesNotContain("does not say");
        recovery.missed(0, false);
        waits(recovery, "http://secondary1:8080, http://secondary2:8080 to say");
    }

    @Test
    void shouldCutAReasonThatIsLong() {
        Recovery recovery = remembers(held(5, 9, 5));

        recovery.missed(0, "x".repeat(200));
        recovery.missed(1, "y".repeat(201));

        waits(recovery, "(does not say: " + "x".repeat(200) + "), http");
        waits(recovery, "(does not say: " + "y".repeat(199) + "…) to say");
    }

    @Test
    void shouldWaitForTheSameWhateverReasonASecondaryGives() {
        Recovery recovery = remembers(held(5, 9, 5));

        recovery.missed(0, "incident 1");
        Wait before = (Wait) recovery.decide(FRESH, NOW_MS);
        recovery.missed(0, "incident 2");
        Wait after = (Wait) recovery.decide(FRESH, NOW_MS);

        assertThat(after.why()).isNotEqualTo(before.why());
        assertThat(after.gist()).isEqualTo(before.gist()).contains("http://secondary1:8080 (does not say), http");
    }

    @Test
    void shouldGoOnWithoutASecondaryThatRefusesThreeTimesOnlyIfAnOperatorSaysSo() {
        Recovery recovery = holdsNothing();
        Recovery allowed = new Recovery(secondaries, OptionalInt.of(1), Identity.NONE, NOTHING);

        for (Recovery one : List.of(recovery, allowed)) {
            one.answered(0, held(5, 9, 5));
            one.missed(1, "it answered with status 409");
            one.missed(1, "it answered with status 409");
            assertThat(waits(one, "http://secondary2:8080 (does not say: it answered with status 409)"))
                    .doesNotContain("recovery-answers");
            one.missed(1, "it answered with status 409");
        }

        waits(recovery, "If they can never answer: replicatedlog.recovery-answers=1 lets this node start without them");
        GoOn decision = goOn(allowed);
        assertThat(decision.source()).hasValue(0);
        assertThat(decision.risk().orElseThrow())
                .endsWith("http://secondary2:8080 (does not say: it answered with status 409)");
    }

    @Test
    void shouldCountAnewHowOftenASecondaryRefusedOnceItHasAnswered() {
        Recovery allowed = new Recovery(secondaries, OptionalInt.of(1), Identity.NONE, NOTHING);
        allowed.answered(0, held(5, 9, 5));

        allowed.missed(1, "no answer in time");
        allowed.missed(1, "no answer in time");
        allowed.answered(1, held(5, 12, 5));
        allowed.missed(1, "no answer in time");
        allowed.missed(1, false);

        waits(allowed, "an answer, or three missed heartbeats, of http://secondary2:8080 (does not say: no answer");
    }

    @Test
    void shouldForgetWhatASecondaryHadSaidOnceItMissesAHeartbeat() {
        Recovery recovery = remembers(held(5, 9, 5));

        recovery.answered(0, held(5, 9, 5));
        recovery.missed(0, false);

        waits(recovery, "1 more of the secondaries");
    }

    @Test
    void shouldSayHowAnOperatorCanLetItGoOn() {
        Recovery recovery = holdsNothing();

        recovery.answered(0, held(5, 9, 5));
        assertThat(waits(recovery, "secondary2")).doesNotContain("recovery-answers");
        recovery.missed(1, true);
        waits(recovery, "replicatedlog.recovery-answers=1 lets this node start without them");

        Recovery allowed = new Recovery(secondaries, OptionalInt.of(1), Identity.NONE, NOTHING);
        allowed.answered(0, held(5, 9, 5));
        waits(allowed, "an answer, or three missed heartbeats, of http://secondary2:8080");
        allowed.missed(1, true);
        GoOn decision = goOn(allowed);
        assertThat(decision.source()).hasValue(0);
        assertThat(decision.reign()).isEqualTo(new Reign(LOG, NOW_MS));
        assertThat(decision.risk())
                .hasValue("as the configuration demands, answers that are missing to be sure: 1; what only the others"
                        + " hold is lost to the log: http://secondary2:8080 (not reachable)");
    }

    @Test
    void shouldNeedNobodyWhereThereIsNobody() {
        secondaries = urls(0);

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
                new Identity(own.reign(), Optional.empty(), 0, Identity.Holding.EVERYTHING),
                own);
    }

    private Recovery hasLost(Position own) {
        return new Recovery(
                secondaries,
                OptionalInt.empty(),
                new Identity(own.reign(), Optional.empty(), 0, Identity.Holding.PARTIAL),
                own);
    }

    private Recovery holdsNothing() {
        return new Recovery(secondaries, OptionalInt.empty(), Identity.NONE, NOTHING);
    }

    private static String waits(Recovery recovery, String why) {
        Decision decision = recovery.decide(FRESH, NOW_MS);
        assertThat(decision).isInstanceOf(Wait.class);
        assertThat(((Wait) decision).why()).contains(why);
        return ((Wait) decision).why();
    }

    private static GoOn goOn(Recovery recovery) {
        Decision decision = recovery.decide(FRESH, NOW_MS);
        assertThat(decision).isInstanceOf(GoOn.class);
        return (GoOn) decision;
    }

    private static Position held(long epoch, long end, long lastEpoch) {
        return new Position(Optional.of(new Reign(LOG, epoch)), end, lastEpoch, true);
    }

    private static List<URI> urls(int secondaries) {
        List<URI> urls = new ArrayList<>();
        for (int i = 1; i <= secondaries; i++) {
            urls.add(URI.create("http://secondary" + i + ":8080"));
        }
        return urls;
    }
}
