package io.replicatedlog.leadership;

import static io.replicatedlog.leadership.SampleMembers.LOG;
import static io.replicatedlog.leadership.SampleMembers.OTHER_LOG;
import static io.replicatedlog.leadership.SampleMembers.holds;
import static io.replicatedlog.leadership.SampleMembers.holdsOf;
import static io.replicatedlog.leadership.SampleMembers.knowsNothing;
import static io.replicatedlog.leadership.SampleMembers.member;
import static io.replicatedlog.leadership.SampleMembers.node;
import static io.replicatedlog.leadership.SampleNode.LAST_EPOCH;
import static io.replicatedlog.leadership.SampleNode.TIMEOUT_MS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicatedlog.leadership.Leadership.Role;
import io.replicatedlog.leadership.SampleNode.Configured;
import io.replicatedlog.node.LogLines;
import io.replicatedlog.node.ReadOnlyMode.Cause;
import io.replicatedlog.primary.AppendRefusedException;
import io.replicatedlog.primary.OutcomeUnknownException;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.Question;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.StorageChange;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From a secondary that hears nothing of its primary to a primary, and back. */
class LeadershipTest {

    private SampleNode node = new SampleNode(Configured.PLAIN).holding("a", "b");

    private final LogLines lines = new LogLines(Leadership.class);

    @AfterEach
    void stopListening() {
        lines.close();
    }

    // --- waiting for the time-out, and asking

    @Test
    void shouldAskOnlyOnceItHasHeardNothingForTheElectionTimeOut() {
        node.started();

        node.passes(2 * TIMEOUT_MS - 1);
        assertThat(node.questions()).as("a primary has to notice it first").isZero();
        node.passes(TIMEOUT_MS + 1);

        assertThat(node.second.questions())
                .containsExactly(new Question(node(1), member(1).url(), Optional.of(LOG), LAST_EPOCH, 2));
        assertThat(node.third.questions()).hasSize(1);
        assertThat(node.role()).isEqualTo(Role.SECONDARY);
    }

    @Test
    void shouldAskAtOnceWhereItIsConfiguredToBeginTheLog() {
        node = new SampleNode(Configured.FIRST).holding("a", "b").started();

        node.passes(TIMEOUT_MS / 4);

        assertThat(node.questions()).isEqualTo(1);
        assertThat(node.epochs()).as("it asks first, like the others").isEmpty();
    }

    @Test
    void shouldNotAskWhileItHearsItsPrimary() {
        node.started();

        for (int batches = 0; batches < 20; batches++) {
            node.passes(TIMEOUT_MS / 2);
            node.follows(2, LAST_EPOCH);
        }

        assertThat(node.questions()).isZero();
        node.passes(2 * TIMEOUT_MS);
        assertThat(node.questions()).as("once it hears nothing").isEqualTo(1);
    }

    @Test
    void shouldWaitAnewAfterItHasPromised() {
        node.started();
        node.passes(TIMEOUT_MS - 1);

        node.promises(2, 7);

        node.passes(TIMEOUT_MS - 1);
        assertThat(node.questions()).as("the candidate has its time").isZero();
        node.passes(TIMEOUT_MS + 2);
        assertThat(node.questions()).isEqualTo(1);
    }

    @Test
    void shouldStoreNothingAndSpendNoEpochByAsking() {
        node.started();
        Identity before = node.remembers();

        for (int times = 0; times < 10; times++) {
            node.asks();
            node.second.wouldNotPromise(Reason.LED, 7);
            node.passes(TIMEOUT_MS);
        }

        assertThat(node.epochs()).isEmpty();
        assertThat(node.remembers()).isEqualTo(before);
        assertThat(node.readOnlyMode.reason().orElseThrow())
                .contains("recovering: no primary is heard, and this node would be promised an epoch by []; not by"
                        + " {http://node2:8080=it refuses: LED}; without an answer: 1");
    }

    @Test
    void shouldSayOnceInTheLogFileWhatItWaitsFor() {
        node.started();

        for (int times = 0; times < 10; times++) {
            node.asks();
            node.second.wouldNotPromise(Reason.LED, 7);
            node.passes(TIMEOUT_MS);
        }

        assertThat(lines.all())
                .filteredOn(line -> line.contains("no primary is heard"))
                .filteredOn(line -> line.contains("LED"))
                .hasSize(1);
    }

    @Test
    void shouldNotStandWhereAPrimaryWasHeardWhileItAsked() {
        node.started();
        node.asks();

        node.follows(3, 7);
        node.second.wouldPromise(node.position());
        node.passes(TIMEOUT_MS / 2);

        assertThat(node.epochs()).isEmpty();
        assertThat(node.remembers().promise()).contains(new Promise(7, node(3)));
    }

    @Test
    void shouldNeverStandByItselfWhereOnlyAnOperatorSaysWhoLeads() {
        node = new SampleNode(Configured.MANUAL).holding("a").started();

        node.passes(20 * TIMEOUT_MS);

        assertThat(node.questions()).isZero();
        assertThat(node.role()).isEqualTo(Role.SECONDARY);
    }

    @Test
    void shouldNeverStandWhereItDoesNotBelong() {
        node = new SampleNode(Configured.STRANGER).holding("a").started();

        node.passes(20 * TIMEOUT_MS);

        assertThat(node.questions()).isZero();
    }

    // --- standing

    @Test
    void shouldStandOnceAMajorityWouldPromise() {
        node.started();
        node.asks();
        assertThat(node.epochs()).isEmpty();

        node.second.wouldPromise(node.position());
        node.passes(0);

        assertThat(node.role()).isEqualTo(Role.CANDIDATE);
        assertThat(node.remembers().promise()).contains(new Promise(LAST_EPOCH + 1, node(1)));
        assertThat(node.epochs()).containsExactly(LAST_EPOCH + 1);
        assertThat(node.third.requests()).hasSize(1);
        assertThat(node.readOnlyMode.isFor(Cause.RECOVERY)).isTrue();
    }

    @Test
    void shouldStandInAnEpochAboveAllThatItHasHeardOf() {
        node.started();
        node.asks();

        node.third.wouldNotPromise(Reason.FURTHER, 8);
        node.second.wouldPromise(node.position());
        node.passes(0);

        assertThat(node.epochs()).containsExactly(9L);
    }

    /** An operator may let it overlook the highest epoch: the clock has gone on since. */
    @Test
    void shouldStandInAnEpochThatIsNotBelowTheWallClock() {
        node.started();
        node.asks();
        node.time.setWallClock(70_000);

        node.second.wouldPromise(node.position());
        node.passes(0);

        assertThat(node.epochs()).containsExactly(70_000L);
    }

    @Test
    void shouldStandInAHigherEpochOnceOneWasPromisedToAnother() {
        node.started();
        node.stands();

        node.third.hasPromised(40);
        assertThat(node.role()).isEqualTo(Role.SECONDARY);
        assertThat(node.readOnlyMode.reason().orElseThrow())
                .contains("epoch 6 was not won: http://node3:8080 has promised epoch 40");
        node.isPromisedAnEpoch();

        assertThat(node.epochs()).containsExactly(LAST_EPOCH + 1, 41L);
    }

    @Test
    void shouldGiveUpAfterTwoTimeOutsAndAskAgain() {
        node.started();
        node.stands();

        node.passes(3 * TIMEOUT_MS);
        node.passes(2 * TIMEOUT_MS);

        assertThat(node.role()).isEqualTo(Role.SECONDARY);
        assertThat(node.questions()).isGreaterThan(1);
        node.second.promises(node.position());
        node.passes(0);
        assertThat(node.primaryLog.reign()).as("what comes late").isEmpty();
    }

    @Test
    void shouldReignOnceAMajorityHasPromisedAndLeadOnceAMajorityFollows() {
        node.started();
        node.isPromisedAnEpoch();
        Reign reign = new Reign(LOG, LAST_EPOCH + 1);

        assertThat(node.primaryLog.reign()).contains(reign);
        assertThat(node.role()).isEqualTo(Role.PRIMARY);
        assertThat(node.remembers().reign()).contains(reign);
        assertThat(node.remembers().matched()).isEqualTo(reign.epoch());
        assertThat(node.second.batches()).last().satisfies(batch -> {
            assertThat(batch.reign()).isEqualTo(reign);
            assertThat(batch.start()).isEqualTo(2);
        });
        assertThatThrownBy(() -> node.appends("too early", 1)).isInstanceOf(AppendRefusedException.class);
        node.second.acknowledges(2);
        node.passes(0);

        assertThat(node.readOnlyMode.reason()).isEmpty();
        assertThat(node.committed.get()).as("what it began with is committed").isEqualTo(2);
        CompletableFuture<Outcome> appended = node.appends("c", 2);
        node.passes(TIMEOUT_MS / 4);
        node.second.acknowledges(3);
        assertThat(appended.join().satisfied()).isTrue();
    }

    @Test
    void shouldBeginANewLogOnceEveryMemberKnowsOfNone() {
        node = new SampleNode(Configured.FIRST).started();
        node.passes(TIMEOUT_MS / 4);

        node.second.wouldPromise(knowsNothing(2));
        node.third.wouldPromise(knowsNothing(3));
        node.passes(0);
        node.second.promises(knowsNothing(2));
        node.third.promises(knowsNothing(3));
        node.passes(0);

        assertThat(node.primaryLog.reign()).contains(new Reign(SampleNode.FRESH, 1));
        assertThat(node.remembers().members().orElseThrow().lists(node(3))).isTrue();
    }

    /** Or secondaries would ask for promises. */
    @Test
    void shouldLetItselfBeHeardSeveralTimesInATimeOut() {
        node.started();
        node.reigns();

        int sent = node.second.batches().size();
        for (int times = 0; times < 8; times++) {
            node.passes(TIMEOUT_MS / 8);
            if (node.second.isBeingSent()) {
                node.second.acknowledges(2);
            }
        }

        assertThat(node.second.batches().size() - sent).isGreaterThanOrEqualTo(4);
    }

    @Test
    void shouldSayWhatMayBeLostWhereAnOperatorLetsItLead() {
        node = new SampleNode(Configured.PLAIN.allows(0)).holding("a").started();

        node.passes(6 * TIMEOUT_MS);

        assertThat(node.role()).isEqualTo(Role.PRIMARY);
        assertThat(node.readOnlyMode.isFor(Cause.RECOVERY)).isFalse();
        assertThat(node.leadership.risk().orElseThrow()).contains("is lost to the log: http://node2:8080");
        assertThat(lines.at(Level.WARNING)).anyMatch(line -> line.startsWith("Goes on as the configuration demands"));
    }

    @Test
    void shouldTellWhoLeads() {
        node.started();
        assertThat(node.leadership.primary()).isEmpty();

        node.follows(2, LAST_EPOCH);
        node.follows(2, LAST_EPOCH);
        assertThat(node.leadership.primary()).contains(member(2));
        node.passes(TIMEOUT_MS);
        assertThat(node.leadership.primary()).as("it is heard no more").isEmpty();
        node.promises(3, 7);
        node.follows(3, 7);
        node.passes(TIMEOUT_MS);
        node.reigns();

        assertThat(node.leadership.primary()).contains(member(1));
        assertThat(node.led)
                .startsWith(Optional.of(member(2)), Optional.empty(), Optional.of(member(3)))
                .endsWith(Optional.of(member(1)));
    }

    @Test
    void shouldSayHowLongTheLogWasWithoutAPrimary() {
        node.started();
        node.follows(2, LAST_EPOCH);
        long heardMs = node.time.nowMs();

        node.reigns();

        long gapMs = node.time.nowMs() - heardMs;
        assertThat(gapMs).isGreaterThanOrEqualTo(TIMEOUT_MS);
        assertThat(node.leadership.succession().lastGapMs()).hasValue(gapMs);
        assertThat(node.elections).containsExactly(true);
        assertThat(lines.all())
                .anyMatch(line -> line.matches(".*Nobody leads: http://node2:8080 was heard last \\d+ ms ago"))
                .anyMatch(line -> line.contains("promised by [http://node2:8080]"))
                .anyMatch(line -> line.contains(gapMs + " ms after another primary was heard last"));
    }

    @Test
    void shouldTakeAPrimaryThatIsHeardAgainForTheOneThatLeads() {
        node.started();
        node.follows(2, LAST_EPOCH);
        node.passes(TIMEOUT_MS + TIMEOUT_MS / 8);
        assertThat(node.leadership.succession().current())
                .as("it is heard no more")
                .isEmpty();

        node.follows(2, LAST_EPOCH);

        assertThat(node.leadership.succession().current().orElseThrow().primary())
                .contains(member(2));
        assertThat(node.leadership.succession().changes()).hasSize(3);
    }

    @Test
    void shouldLetAnotherNodeLeadOnceItIsNotWell() {
        node.started();
        node.reigns();

        node.illness = Optional.of("the disk hangs");
        node.passes(TIMEOUT_MS);

        assertThat(node.role()).isEqualTo(Role.SECONDARY);
        assertThat(node.readOnlyMode.reason().orElseThrow()).contains("this node leads no more: the disk hangs");
        int asked = node.questions();
        node.passes(10 * TIMEOUT_MS);
        assertThat(node.questions()).as("it does not stand meanwhile").isEqualTo(asked);
    }

    @Test
    void shouldLeadOnAlthoughItIsNotWellWhereNoOtherNodeDoesByItself() {
        node = new SampleNode(Configured.MANUAL_FIRST).holding("a", "b").started();
        node.reigns();

        node.illness = Optional.of("the disk hangs");
        node.passes(10 * TIMEOUT_MS);

        assertThat(node.role()).isEqualTo(Role.PRIMARY);
    }

    @Test
    void shouldSayOnceThatItIsConfiguredWithOthersThanTheMembersOfTheLog() {
        node.started();
        node.follows(2, LAST_EPOCH);
        assertThat(lines.all()).noneMatch(line -> line.contains("The members of the log are"));

        node.remembersMembers(2);
        node.follows(2, LAST_EPOCH + 1);
        node.follows(2, LAST_EPOCH + 2);

        assertThat(lines.all())
                .filteredOn(line -> line.contains("The members of the log are"))
                .singleElement()
                .asString()
                .contains("this node is configured with", "Configure the same nodes everywhere");
    }

    @Test
    void shouldCountAnElectionThatItHasLost() {
        node.started();
        node.stands();

        node.second.hasPromised(1_000_000);
        node.passes(0);

        assertThat(node.elections).containsExactly(false);
        assertThat(node.leadership.succession().lastGapMs()).isEmpty();
    }

    // --- a process that is told to end

    @Test
    void shouldHandOverWhenItIsToldToStopAndBeDoneOnceItsReignIsOver() {
        node.started();
        node.reigns();
        node.appends("not yet held by the other", 1);
        CompletableFuture<Boolean> handedOver = node.stops();
        node.passes(TIMEOUT_MS / 4); // the entry is on its way
        assertThat(node.second.handedOver()).isEmpty();

        node.second.acknowledges(node.log.end());
        node.passes(10);

        assertThat(node.second.handedOver())
                .containsExactly(node.remembers().reign().orElseThrow());
        assertThat(handedOver).isNotDone();
        node.promises(2, 20);
        node.passes(10);
        assertThat(handedOver).isCompletedWithValue(true);
    }

    @Test
    void shouldHaveNothingToHandOverWhereItDoesNotLead() {
        node.started();

        assertThat(node.stops()).isCompletedWithValue(true);
    }

    // --- stepping down

    @Test
    void shouldEndItsReignBeforeItAnswersThePromiseOfAHigherEpoch() {
        node.started();
        node.reigns();
        CompletableFuture<Outcome> waiting = node.appends("in doubt", 2);

        Position answered = node.promises(3, 20);

        assertThat(answered.promised()).isEqualTo(20);
        assertThat(node.primaryLog.reign()).isEmpty();
        assertThat(node.role()).isEqualTo(Role.SECONDARY);
        assertThatThrownBy(() -> node.appends("too late", 1)).isInstanceOf(AppendRefusedException.class);
        node.passes(0);
        assertThat(waiting).isCompletedExceptionally();
        assertThatThrownBy(waiting::join).hasCauseInstanceOf(OutcomeUnknownException.class);
        assertThat(node.readOnlyMode.reason().orElseThrow())
                .contains("this node leads no more: Another node was promised epoch 20");
        assertThat(lines.at(Level.WARNING)).anyMatch(line -> line.startsWith("Leads no more: "));
    }

    @Test
    void shouldEndItsReignBeforeItTakesABatchOfAHigherEpoch() {
        node.started();
        node.reigns();
        CompletableFuture<Outcome> waiting = node.appends("in doubt", 2);

        node.follows(3, 20);

        assertThat(node.primaryLog.reign()).isEmpty();
        assertThat(node.remembers().primary()).contains(member(3).url());
        assertThat(node.readOnlyMode.reason().orElseThrow()).contains("this node is a secondary of http://node3:8080");
        node.passes(0);
        assertThat(waiting).isCompletedExceptionally();
    }

    @Test
    void shouldKeepItsReignWhereALowerEpochIsRefused() {
        node.started();
        node.reigns();

        assertThatThrownBy(() -> node.promises(3, LAST_EPOCH)).isInstanceOf(ReplicationRefusedException.class);
        assertThatThrownBy(() -> node.follows(2, LAST_EPOCH)).isInstanceOf(ReplicationRefusedException.class);

        assertThat(node.role()).isEqualTo(Role.PRIMARY);
        assertThat(node.readOnlyMode.reason()).isEmpty();
    }

    @Test
    void shouldEndItsReignOnceAMemberFollowsAHigherEpochAndStandAboveIt() {
        node.started();
        node.isPromisedAnEpoch();

        node.second.fences(30);
        node.passes(0);

        assertThat(node.role()).isEqualTo(Role.SECONDARY);
        assertThat(node.readOnlyMode.reason().orElseThrow()).contains("another node was promised epoch 30");
        node.isPromisedAnEpoch();
        assertThat(node.epochs()).containsExactly(LAST_EPOCH + 1, 31L);
    }

    @Test
    void shouldNotWinAnEpochAfterItHasPromisedAHigherOne() {
        node.started();
        node.stands();

        node.promises(3, 20);
        node.second.promises(node.position());
        node.passes(0);

        assertThat(node.role()).isEqualTo(Role.SECONDARY);
        assertThat(node.primaryLog.reign()).isEmpty();
        assertThat(node.remembers().promise()).contains(new Promise(20, node(3)));
    }

    @Test
    void shouldNotWinAnEpochAfterItFollowsAHigherOne() {
        node.started();
        node.stands();

        node.follows(3, 20);
        node.second.promises(node.position());
        node.passes(0);

        assertThat(node.role()).isEqualTo(Role.SECONDARY);
        assertThat(node.primaryLog.reign()).isEmpty();
    }

    // --- the storage

    @Test
    void shouldEndItsReignWhenItsStorageFailsAndStandInAnotherEpochOnceItWorks() {
        node.started();
        node.reigns();
        CompletableFuture<Outcome> waiting = node.appends("in doubt", 2);

        node.illness = Optional.of("the disk is broken");
        node.leadership.onStorageChange(new StorageChange(true));
        node.passes(0);

        assertThat(node.primaryLog.reign()).isEmpty();
        assertThatThrownBy(waiting::join).hasCauseInstanceOf(OutcomeUnknownException.class);
        assertThat(node.readOnlyMode.reason().orElseThrow())
                .contains("this node leads no more: its storage has failed");
        int before = node.questions();
        node.passes(10 * TIMEOUT_MS);
        assertThat(node.questions()).as("while it fails").isEqualTo(before);

        node.illness = Optional.empty();
        node.leadership.onStorageChange(new StorageChange(false));
        node.reigns();
        assertThat(node.role()).isEqualTo(Role.PRIMARY);
        assertThat(node.epochs()).as("no epoch is used twice").containsExactly(LAST_EPOCH + 1, LAST_EPOCH + 2);
    }

    @Test
    void shouldGiveUpAnEpochWhenItsStorageFails() {
        node.started();
        node.stands();

        node.leadership.onStorageChange(new StorageChange(true));
        node.second.promises(node.position());
        node.passes(0);

        assertThat(node.role()).isEqualTo(Role.SECONDARY);
        assertThat(node.primaryLog.reign()).isEmpty();
    }

    // --- one primary for ever

    @Test
    void shouldStandAtOnceAndForEverWhereNoOtherNodeCanLead() {
        node = new SampleNode(Configured.FIXED).holding("a").started();

        node.passes(100 * TIMEOUT_MS);

        assertThat(node.questions()).as("nobody else may").isZero();
        assertThat(node.role()).isEqualTo(Role.CANDIDATE);
        assertThat(node.epochs()).containsExactly(LAST_EPOCH + 1);
        node.second.promises(node.position());
        node.passes(0);
        node.second.acknowledges(1);
        node.passes(0);
        assertThat(node.readOnlyMode.reason()).isEmpty();
    }

    @Test
    void shouldNeverStandAsASecondaryWhereNoOtherNodeCanLead() {
        node = new SampleNode(Configured.FIXED_SECONDARY).holding("a").started();

        node.passes(100 * TIMEOUT_MS);

        assertThat(node.questions()).isZero();
        assertThat(node.epochs()).isEmpty();
    }

    // --- what it answers to others that ask

    @Test
    void shouldSayThatItWouldPromiseOnceItHasHeardNothingForTheTimeOut() {
        node.started();
        node.follows(2, LAST_EPOCH);
        Identity before = node.remembers();

        assertThat(asked(holds(3, LAST_EPOCH, 2))).contains(Reason.LED);
        node.passes(TIMEOUT_MS);

        assertThat(asked(holds(3, LAST_EPOCH, 2))).isEmpty();
        assertThat(node.remembers()).as("nothing is stored").isEqualTo(before);
    }

    @Test
    void shouldSayNoToACandidateWhoseLogIsNotAsFar() {
        node.started();
        node.passes(TIMEOUT_MS);

        assertThat(asked(holds(3, LAST_EPOCH, 1))).contains(Reason.FURTHER);
        assertThat(asked(holds(3, LAST_EPOCH - 1, 9))).contains(Reason.FURTHER);
        assertThat(asked(holds(3, LAST_EPOCH + 1, 1))).isEmpty();
        node.identity.update(Identity::incomplete);
        assertThat(asked(holds(3, LAST_EPOCH, 1)))
                .as("it counts for nothing, and cannot lead itself")
                .isEmpty();
    }

    @Test
    void shouldSayNoToACandidateOfAnotherLog() {
        node.started();
        node.passes(TIMEOUT_MS);

        assertThat(asked(holdsOf(OTHER_LOG, 3, LAST_EPOCH + 1, 9))).contains(Reason.FOREIGN_LOG);
    }

    @Test
    void shouldSayNoToACandidateThatIsNoMember() {
        node.started();
        node.passes(TIMEOUT_MS);
        Question question = new Question(node(7), member(7).url(), Optional.of(LOG), LAST_EPOCH, 9);

        assertThat(catchThrowableOfType(ReplicationRefusedException.class, () -> node.leadership.asked(question))
                        .reason())
                .isEqualTo(Reason.NOT_A_MEMBER);
    }

    @Test
    void shouldSayNoAsAPrimaryOnlyWhileAMajorityFollowsIt() {
        node.started();
        node.reigns();
        assertThat(asked(holds(3, LAST_EPOCH + 1, 2))).contains(Reason.LED);

        node.readOnlyMode.enter(Cause.QUORUM, "no quorum");

        assertThat(asked(holds(3, LAST_EPOCH + 1, 2))).isEmpty();
    }

    @Test
    void shouldSayWhereItStandsWhereItKnowsOfNoLog() {
        node = new SampleNode(Configured.PLAIN).started();

        Position answer = node.leadership.asked(new Question(node(3), member(3).url(), Optional.empty(), 0, 0));

        assertThat(answer).isEqualTo(knowsNothing(1));
    }

    /** @return why it would not promise; empty if it would */
    private Optional<Reason> asked(Position candidate) {
        Question question = new Question(
                candidate.node(),
                member(3).url(),
                candidate.reign().map(Reign::logId),
                candidate.matched(),
                candidate.end());
        ReplicationRefusedException refused =
                catchThrowableOfType(ReplicationRefusedException.class, () -> node.leadership.asked(question));
        return Optional.ofNullable(refused).map(ReplicationRefusedException::reason);
    }
}
