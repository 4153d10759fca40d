package io.replicatedlog.leadership;

import static io.replicatedlog.leadership.SampleMembers.LOG;
import static io.replicatedlog.leadership.SampleMembers.commits;
import static io.replicatedlog.leadership.SampleMembers.holds;
import static io.replicatedlog.leadership.SampleMembers.isIncomplete;
import static io.replicatedlog.leadership.SampleMembers.knowsNothing;
import static io.replicatedlog.leadership.SampleMembers.member;
import static io.replicatedlog.leadership.SampleMembers.members;
import static io.replicatedlog.leadership.SampleMembers.node;
import static io.replicatedlog.leadership.SampleMembers.remembers;
import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.log.SampleRecords.together;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.node.LogLines;
import io.replicatedlog.node.ManualTime;
import io.replicatedlog.protocol.CallSize;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.NotAcknowledgedException;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.secondary.Replica;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One attempt of the first of three members to lead: from its promise to itself to its mandate, or to its end. */
class CandidacyTest {

    private static final long EPOCH = 9;
    private static final UUID FRESH = new UUID(3, 3);

    private final ManualTime time = new ManualTime();
    private final Log log = new InMemoryLog(Long.MAX_VALUE);
    private final IdentityStore identity = IdentityStore.inMemory(node(1));
    private final Replica replica = new Replica(
            log,
            identity,
            new CommittedOffset(0),
            () -> {},
            Replica.Listener.NONE,
            new Random(1),
            new Replica.HeldBackBounds(10, 10_000));
    private final Log seconds = logOf(5, "a", "b", "c");
    private final FakeMember second = new FakeMember(2, seconds);
    private final FakeMember third = new FakeMember(3, logOf(5, "a"));
    private final List<String> waits = new ArrayList<>();
    private final List<Promises.Lead> wins = new ArrayList<>();
    private final List<String> losses = new ArrayList<>();
    private final List<Long> learned = new ArrayList<>();
    private OptionalInt sufficient = OptionalInt.empty();
    private Candidacy candidacy;

    private final LogLines lines = new LogLines(Candidacy.class);

    @AfterEach
    void stopListening() {
        lines.close();
    }

    // --- asking

    @Test
    void shouldAskEveryOtherMemberForTheEpochThatItHasPromisedItself() {
        stands(holds(1, 5, 2), "a", "b");

        PromiseRequest request =
                new PromiseRequest(new Promise(EPOCH, node(1)), member(1).url(), Optional.of(LOG));
        assertThat(second.requests()).containsExactly(request);
        assertThat(third.requests()).containsExactly(request);
        assertThat(waits).last().asString().contains("waits for 1 more of the members to promise epoch 9");
    }

    /** A member that holds entries of another log gives no promise to a candidate that names its own. */
    @Test
    void shouldNameNoLogWhereItHoldsNothingAndMayHaveLostAll() {
        stands(isIncomplete(1, 5, 0));

        assertThat(second.requests()).extracting(PromiseRequest::logId).containsExactly(Optional.empty());
    }

    @Test
    void shouldAskAgainThoseThatFailedAndNoneThatIsBeingAskedOrHasPromised() {
        stands(isIncomplete(1, 5, 1), "a");
        second.doesNotPromise(new NotAcknowledgedException("status 503", false));

        goOn();
        assertThat(second.requests()).hasSize(2);
        assertThat(third.requests()).as("is being asked").hasSize(1);
        assertThat(waits).last().asString().contains("http://node2:8080 (status 503)");
        second.promises(holds(2, 5, 1));
        goOn();

        assertThat(second.requests()).as("has promised").hasSize(2);
    }

    // --- winning

    @Test
    void shouldWinAtOnceWhereItsOwnLogGoesFurthest() {
        stands(holds(1, 5, 2), "a", "b");

        third.promises(holds(3, 5, 1));
        goOn();

        assertThat(wins).hasSize(1);
        assertThat(wins.get(0).mandate().reign()).isEqualTo(new Reign(LOG, EPOCH));
        assertThat(third.pages()).isEmpty();
        assertThat(messages(log)).containsExactly("a", "b");
        assertThat(candidacy.isDecided()).isTrue();
    }

    @Test
    void shouldWinOnlyOnceItHasTakenOverTheLogThatGoesFurthest() {
        second.holdsPages();
        stands(holds(1, 5, 1), "a");
        second.promises(holds(2, 5, 3));
        goOn();

        assertThat(second.pages()).containsExactly(1L);
        assertThat(wins).isEmpty();
        second.givesPage();
        goOn();
        assertThat(wins).isEmpty();
        second.givesPage();
        goOn();

        assertThat(messages(log)).containsExactly("a", "b", "c");
        assertThat(wins).extracting(Promises.Lead::source).containsExactly(Optional.of(member(2)));
    }

    @Test
    void shouldCutOffAnAppendThatItHoldsInPartBeforeItWins() {
        identity.update(before -> remembers(holds(1, 5, 1), 2, 3, EPOCH));
        append(log, 5, "a");
        log.append(records(together(1, 5, "b", "c", "d").subList(0, 2)));
        begins();
        third.promises(holds(3, 5, 1));
        goOn();

        assertThat(wins).hasSize(1);
        assertThat(messages(log)).containsExactly("a");
    }

    @Test
    void shouldCutOffAnAppendOfWhichItTookOverAPart() {
        seconds.append(records(together(3, 5, "d", "e", "f").subList(0, 2)));
        stands(holds(1, 5, 1), "a");
        second.promises(holds(2, 5, 5));
        goOn();

        assertThat(wins).hasSize(1);
        assertThat(messages(log)).containsExactly("a", "b", "c");
    }

    @Test
    void shouldWinANewLogOnceEveryMemberKnowsOfNone() {
        stands(knowsNothing(1));

        second.promises(knowsNothing(2));
        third.promises(knowsNothing(3));
        goOn();

        assertThat(wins).extracting(lead -> lead.mandate().reign()).containsExactly(new Reign(FRESH, EPOCH));
    }

    @Test
    void shouldDecideOnce() {
        stands(holds(1, 5, 2), "a", "b");
        third.promises(holds(3, 5, 1));
        goOn();

        second.promises(holds(2, 5, 3));
        candidacy.late();
        goOn();

        assertThat(wins).hasSize(1);
        assertThat(second.pages()).as("the reign may have begun").isEmpty();
    }

    @Test
    void shouldWinWithWhatAnOperatorSaysOnceTheOthersHadTheirTime() {
        sufficient = OptionalInt.of(0);
        stands(holds(1, 5, 1), "a");
        assertThat(wins).isEmpty();

        candidacy.late();
        goOn();

        assertThat(wins).extracting(lead -> lead.risk().isPresent()).containsExactly(true);
    }

    @Test
    void shouldKnowThatItIsIncompleteBeforeItTakesOver() {
        second.holdsPages();
        stands(remembers(holds(1, 5, 1), 1, 3, EPOCH), "a");
        second.promises(commits(3, holds(2, 5, 3)));
        third.promises(holds(3, 5, 1));
        goOn();

        assertThat(second.pages()).hasSize(1);
        assertThat(identity.load().isComplete()).isFalse();
        assertThat(lines.all())
                .anyMatch(line -> line.startsWith("This node's storage is an old copy: http://node2:8080"));
    }

    /** Or every primary of that log would be refused once the take-over is broken off. */
    @Test
    void shouldKnowOfWhichLogTheEntriesAreThatItTakesOver() {
        second.holdsPages();
        stands(knowsNothing(1));
        second.promises(holds(2, 5, 3));
        third.promises(holds(3, 5, 1));
        goOn();

        second.givesPage();
        candidacy.giveUp();
        goOn();

        assertThat(messages(log)).containsExactly("a");
        assertThat(identity.load().isOf(LOG)).isTrue();
        assertThat(identity.load().isComplete()).isFalse();
        assertThat(identity.load().matched()).isZero();
        assertThat(identity.load().promise()).contains(new Promise(EPOCH, node(1)));
    }

    // --- losing

    @Test
    void shouldBeLostOnceAMemberHasPromisedAHigherEpoch() {
        stands(holds(1, 5, 1), "a");

        second.hasPromised(12);
        goOn();

        assertThat(losses).containsExactly("http://node2:8080 has promised epoch 12");
        assertThat(learned).containsExactly(12L);
        third.promises(holds(3, 5, 1));
        goOn();
        assertThat(wins).as("what comes late").isEmpty();
        assertThat(third.requests()).as("nobody is asked any more").hasSize(1);
    }

    @Test
    void shouldBeLostWhereAMemberHasPromisedTheSameEpochToAnother() {
        stands(holds(1, 5, 1), "a");

        second.hasPromised(EPOCH);

        assertThat(learned).containsExactly(EPOCH);
    }

    /** Of a log that is not this one, or from before: no reason to stop. */
    @Test
    void shouldNotBeLostByARefusalOfALowerEpoch() {
        stands(holds(1, 5, 1), "a");

        second.hasPromised(EPOCH - 1);
        third.promises(holds(3, 5, 1));
        goOn();

        assertThat(losses).isEmpty();
        assertThat(wins).hasSize(1);
    }

    @Test
    void shouldBeLostWhenTheTakeOverFails() {
        second.holdsPages();
        stands(holds(1, 5, 1), "a");
        second.promises(holds(2, 5, 3));
        goOn();

        second.failsPage(new NotAcknowledgedException("status 503", false));
        goOn();

        assertThat(losses).containsExactly("the take-over of http://node2:8080 failed: status 503");
        assertThat(learned).containsExactly(0L);
        assertThat(wins).isEmpty();
    }

    @Test
    void shouldBeLostWhenItHasPromisedAHigherEpochItselfInTheMiddleOfTheTakeOver() {
        second.holdsPages();
        stands(holds(1, 5, 1), "a");
        second.promises(holds(2, 5, 3));
        goOn();
        replica.promise(
                new PromiseRequest(new Promise(EPOCH + 1, node(3)), member(3).url(), Optional.of(LOG)));

        second.givesPage();
        goOn();

        assertThat(messages(log)).as("nothing is written any more").containsExactly("a");
        assertThat(wins).isEmpty();
        assertThat(losses).hasSize(1);
    }

    // --- giving up

    @Test
    void shouldWinNothingByAPromiseThatComesAfterItWasGivenUp() {
        stands(holds(1, 5, 1), "a");

        assertThat(candidacy.giveUp()).isTrue();
        second.promises(holds(2, 5, 3));
        goOn();

        assertThat(wins).isEmpty();
        assertThat(losses).as("whoever gave it up knows").isEmpty();
        assertThat(second.pages()).isEmpty();
        assertThat(candidacy.giveUp()).as("it was over").isFalse();
    }

    @Test
    void shouldWriteNothingOfAPageThatComesAfterItWasGivenUp() {
        second.holdsPages();
        stands(holds(1, 5, 1), "a");
        second.promises(holds(2, 5, 3));
        goOn();

        candidacy.giveUp();
        second.givesPage();
        goOn();

        assertThat(messages(log)).containsExactly("a");
        assertThat(second.pages()).hasSize(1);
        assertThat(wins).isEmpty();
        assertThat(losses).isEmpty();
    }

    @Test
    void shouldAskNobodyOnceItWasGivenUp() {
        stands(holds(1, 5, 1), "a");
        second.doesNotPromise(new NotAcknowledgedException("status 503", false));

        candidacy.giveUp();
        goOn();

        assertThat(second.requests()).hasSize(1);
    }

    private void stands(Position own, String... messages) {
        stands(remembers(own, 2, 3, EPOCH), messages);
    }

    private void stands(Identity own, String... messages) {
        identity.update(before -> own);
        for (String message : messages) {
            append(log, own.matched(), message);
        }
        begins();
    }

    private void begins() {
        Map<Member, FakeMember> others = Map.of(member(2), second, member(3), third);
        candidacy = new Candidacy(
                EPOCH,
                new Electorate(member(1), members(3), true, false, sufficient),
                new Candidacy.Services(
                        log,
                        identity,
                        replica,
                        others::get,
                        new Leadership.Environment(task -> time.after(0, task), time, time, new Random(1), () -> FRESH),
                        new ConcurrentHashMap<Member, CallSize>(),
                        1_000_000),
                listener());
        goOn();
    }

    private Candidacy.Listener listener() {
        return new Candidacy.Listener() {
            @Override
            public void waits(String why) {
                waits.add(why);
            }

            @Override
            public void won(Candidacy won, Promises.Lead decision) {
                assertThat(won).isSameAs(candidacy);
                wins.add(decision);
            }

            @Override
            public void lost(Candidacy lost, String why, long higherEpoch) {
                losses.add(why);
                learned.add(higherEpoch);
            }
        };
    }

    /** What a tick does, and what comes of it. */
    private void goOn() {
        candidacy.ask();
        time.advance(0);
    }

    private static Log logOf(long epoch, String... messages) {
        Log log = new InMemoryLog(Long.MAX_VALUE);
        for (String message : messages) {
            append(log, epoch, message);
        }
        return log;
    }
}
