package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.secondary;
import static io.replicatedlog.primary.SamplePrimary.FIRST;
import static io.replicatedlog.primary.SamplePrimary.LOG_ID;
import static io.replicatedlog.primary.SamplePrimary.MEMBERS;
import static io.replicatedlog.primary.SamplePrimary.NODE;
import static io.replicatedlog.primary.SamplePrimary.SECOND;
import static io.replicatedlog.primary.SamplePrimary.URL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.log.SimulatedDisk;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.primary.AppendRefusedException.Reason;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.IdentityFile;
import io.replicatedlog.storage.IdentityStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How a reign begins, is established and ends, and what the node remembers of it. */
class PrimaryLogReignTest {

    private static final Reign SEVENTH = new Reign(LOG_ID, 7);
    private static final UUID ANOTHER = new UUID(9, 9);

    private final IdentityStore identity = IdentityStore.inMemory(NODE);
    private final SamplePrimary node = new SamplePrimary(new InMemoryLog(10_000), identity);
    private final PrimaryLog primary = node.primary;

    @Test
    void shouldTakeNothingBeforeEnoughSecondariesFollowTheReign() {
        node.leads(FIRST);
        node.begins(SEVENTH, 1);

        AppendRefusedException refused =
                catchThrowableOfType(AppendRefusedException.class, () -> node.append("early", 1));
        assertThat(refused.reason()).isEqualTo(Reason.READ_ONLY);
        node.acknowledge(1, FIRST, 0);
        assertThat(primary.canBeEstablished()).as("an answer to another reign").isFalse();
        assertThat(primary.establish()).isFalse();
        node.acknowledge(1, SEVENTH, 0);
        assertThat(primary.isEstablished()).as("not before it is remembered").isFalse();
        assertThat(primary.establish()).isTrue();
        assertThat(primary.isEstablished()).isTrue();
        assertThat(primary.establish()).as("only once").isFalse();
        assertThat(node.append("in time", 1)).isDone();
    }

    @Test
    void shouldNotBeEstablishedBeforeSecondariesHaveMatchedTheLogUpToWhereItBegan() {
        node.leads(FIRST);
        node.append("a", 1);
        node.append("b", 1);
        node.begins(SECOND, 1);

        node.acknowledge(1, SECOND, 1);
        node.acknowledge(2, SECOND, 0);
        assertThat(primary.isFollowedBy(secondary(1))).isTrue();
        assertThat(primary.canBeEstablished())
                .as("they follow, and lack entries")
                .isFalse();
        assertThat(primary.establish()).isFalse();

        node.acknowledge(1, SECOND, 2);
        assertThat(primary.establish()).isTrue();
        assertThat(node.committed.get()).isEqualTo(2);
    }

    @Test
    void shouldKnowItsMembersDuringAReignAlone() {
        assertThat(primary.members()).isEmpty();

        node.begins(FIRST, 2);
        assertThat(primary.members()).contains(MEMBERS);
        assertThat(identity.load().members()).contains(MEMBERS);

        primary.end("over");
        assertThat(primary.members()).isEmpty();
        assertThat(identity.load().members()).as("the next start knows them").contains(MEMBERS);
    }

    @Test
    void shouldCountTheMembersOfThePresentReign() {
        node.leads(FIRST);
        Members two = SampleNodes.members(2);
        primary.begin(new Mandate(SECOND, two, 0, false));
        primary.establish();

        CompletableFuture<Outcome> all = node.append("a", 2);
        node.acknowledge(1, SECOND, 1);

        assertThat(all).isCompletedWithValue(new Outcome(0, 2, 2, true));
        assertThat(node.pending.held().nodes()).isEqualTo(2);
    }

    @Test
    void shouldRememberThatItHoldsEverythingOnlyOnceTheReignIsEstablished() {
        node.begins(SEVENTH, 2);

        assertThat(identity.load())
                .isEqualTo(new Identity(
                        NODE,
                        Optional.of(new Promise(7, NODE)),
                        Optional.of(SEVENTH),
                        Optional.of(URL),
                        0,
                        7,
                        false,
                        Optional.of(MEMBERS)));
        node.acknowledge(1, SEVENTH, 0);
        node.acknowledge(1, SEVENTH, 0);
        primary.establish();
        assertThat(identity.load().isComplete()).as("one secondary counts once").isFalse();
        node.acknowledge(2, SEVENTH, 0);
        primary.establish();

        assertThat(identity.load().isComplete()).isTrue();
        assertThat(identity.load().leads()).isTrue();
    }

    @Test
    void shouldNotCountASecondaryThatRefusedToFollow() {
        node.begins(FIRST, 1);
        node.acknowledge(1, FIRST, 0);
        assertThat(primary.isFollowedBy(secondary(1))).isTrue();
        primary.refused(secondary(1), FIRST);

        assertThat(primary.isFollowedBy(secondary(1))).isFalse();
        assertThat(primary.canBeEstablished()).isFalse();
        assertThat(primary.establish()).isFalse();
    }

    @Test
    void shouldCountNoFollowerOfTheReignBefore() {
        node.begins(FIRST, 1);
        node.acknowledge(1, FIRST, 0);
        node.begins(SECOND, 1);

        assertThat(primary.canBeEstablished()).isFalse();
    }

    @Test
    void shouldNotCallItselfCompleteIfTheStorageLostSomethingMeanwhile() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        SegmentedLog log = new SegmentedLog(disk, new SegmentedLog.Limits(10_000, 0));
        SamplePrimary durable = new SamplePrimary(log, IdentityFile.open(disk, true, NODE));
        durable.begins(FIRST, 1);
        disk.failForces();
        log.append(1, 0, new byte[0], List.of(new byte[1]));
        assertThatThrownBy(log::force).isInstanceOf(StorageException.class);
        disk.heal();
        log.reopen();
        durable.identity.update(Identity::incomplete);
        durable.acknowledge(1, FIRST, 0);

        assertThat(durable.primary.establish()).isFalse();

        assertThat(durable.primary.isEstablished()).isFalse();
        assertThat(durable.identity.load().isComplete()).isFalse();
        durable.begins(SECOND, 0);
        assertThat(durable.primary.establish()).as("the next reign").isTrue();
    }

    @Test
    void shouldNotBeEstablishedIfThatCannotBeRemembered() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        SamplePrimary durable = new SamplePrimary(new InMemoryLog(10_000), IdentityFile.open(disk, true, NODE));
        durable.begins(FIRST, 0);
        disk.failAfter(0);

        assertThatThrownBy(durable.primary::establish).isInstanceOf(StorageException.class);

        assertThat(durable.primary.isEstablished()).isFalse();
        disk.heal();
        assertThat(durable.primary.establish()).isTrue();
    }

    /** The node promised a higher epoch, and follows it: what it remembers is of another reign by then. */
    @Test
    void shouldNotEstablishAReignOnceTheNodeFollowsAnother() {
        node.begins(FIRST, 0);
        identity.update(before -> before.following(SEVENTH, Optional.of(ANOTHER), Optional.of(URL), Optional.empty()));

        assertThat(primary.establish()).isFalse();

        assertThat(identity.load().isComplete()).isFalse();
        assertThat(identity.load().reign()).contains(SEVENTH);
    }

    @Test
    void shouldTellWhoeverWaitsBeforeTheEndOfTheReignReturns() {
        node.leads(FIRST);
        CompletableFuture<Outcome> waiter = node.append("a", 2);

        assertThat(primary.end(FIRST, "Another primary has begun epoch 2 of this log"))
                .isTrue();

        assertThat(waiter).isCompletedExceptionally();
        assertThatThrownBy(waiter::join)
                .hasCauseInstanceOf(OutcomeUnknownException.class)
                .hasMessageContaining("Another primary");
        assertThat(primary.reign()).isEmpty();
        assertThat(primary.isEstablished()).isFalse();
        assertThat(node.read(new Lane.Call(0, 10, 1_000))).isNull();
        assertThat(catchThrowableOfType(AppendRefusedException.class, () -> node.append("late", 1))
                        .reason())
                .isEqualTo(Reason.READ_ONLY);
        assertThat(primary.end(FIRST, "again")).isFalse();
    }

    @Test
    void shouldEndOnlyTheReignThatIsNamed() {
        node.leads(FIRST).leads(SECOND);
        CompletableFuture<Outcome> waiter = node.append("a", 2);

        assertThat(primary.end(FIRST, "It is over already")).isFalse();

        assertThat(waiter).isNotDone();
        assertThat(primary.reign()).contains(SECOND);
    }

    /** Whoever holds the lock under which epochs change must not run what clients do with their answers. */
    @Test
    void shouldEndAReignOfALowerEpochAndLeaveTheAnswersToTheCaller() {
        node.leads(SECOND);
        CompletableFuture<Outcome> waiter = node.append("a", 2);
        assertThat(primary.endBelow(2, "not lower")).isEmpty();
        assertThat(primary.reign()).contains(SECOND);

        Optional<Runnable> answers = primary.endBelow(3, "Another node was promised epoch 3");

        assertThat(primary.reign()).isEmpty();
        assertThat(waiter).isNotDone();
        answers.orElseThrow().run();
        assertThatThrownBy(waiter::join)
                .hasCauseInstanceOf(OutcomeUnknownException.class)
                .hasMessageContaining("epoch 3");
        assertThat(primary.endBelow(9, "there is none")).isEmpty();
    }

    @Test
    void shouldNotReignTwiceInOneEpoch() {
        node.leads(SECOND);

        assertThatThrownBy(() -> node.begins(SECOND, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> node.begins(FIRST, 0)).isInstanceOf(IllegalStateException.class);

        assertThat(primary.reign()).isEmpty();
        assertThat(identity.load().reign()).contains(SECOND);
    }

    @Test
    void shouldNotBeginAReignOfAnEpochThatIsOver() {
        identity.update(before -> before.promised(new Promise(7, ANOTHER)));

        assertThatThrownBy(() -> node.begins(new Reign(LOG_ID, 6), 0)).isInstanceOf(IllegalStateException.class);

        assertThat(primary.reign()).isEmpty();
        assertThat(identity.load().promise()).contains(new Promise(7, ANOTHER));
        node.begins(new Reign(LOG_ID, 8), 0);
        assertThat(primary.reign()).contains(new Reign(LOG_ID, 8));
    }

    @Test
    void shouldNotBeginAReignInAnEpochThatWasPromisedToAnother() {
        identity.update(before -> before.promised(new Promise(7, ANOTHER)));

        assertThatThrownBy(() -> node.begins(SEVENTH, 0)).isInstanceOf(IllegalStateException.class);

        assertThat(primary.reign()).isEmpty();
        assertThat(identity.load().promise()).contains(new Promise(7, ANOTHER));
    }

    @Test
    void shouldBeginTheReignThatItPromisedToItself() {
        identity.update(before -> before.promised(new Promise(7, NODE)));

        node.begins(SEVENTH, 0);

        assertThat(primary.reign()).contains(SEVENTH);
    }

    @Test
    void shouldCountASecondaryForLessWhoseLogDiffers() {
        node.leads(FIRST);
        node.append("a", 1);
        node.append("b", 1);
        node.acknowledge(1, FIRST, 2);
        CompletableFuture<Outcome> three = node.append("c", 2);

        primary.differs(secondary(1), new Reign(LOG_ID, 9), 0);
        assertThat(primary.held(secondary(1))).as("of another reign").isEqualTo(2);
        primary.differs(secondary(1), FIRST, 5);
        assertThat(primary.held(secondary(1))).as("it says nothing new").isEqualTo(2);
        primary.differs(secondary(1), FIRST, 1);
        assertThat(primary.held(secondary(1))).isEqualTo(1);
        assertThat(node.read(new Lane.Call(1, 10, 1_000)).acknowledged()).isEqualTo(1);
        assertThat(three).isNotDone();
        assertThat(node.committed.get()).as("it never falls").isEqualTo(2);
    }

    @Test
    void shouldHoldNothingOfTheReignBeforeAgainstTheNext() {
        node.leads(FIRST);
        node.append("a", 1);
        node.acknowledge(1, FIRST, 1);
        CompletableFuture<Outcome> waiter = node.append("b", 3);

        node.leads(SECOND);

        assertThatThrownBy(waiter::join).hasCauseInstanceOf(OutcomeUnknownException.class);

        assertThat(primary.held(secondary(1)))
                .as("acknowledged in another reign")
                .isZero();
        assertThat(node.read(new Lane.Call(0, 10, 1_000)).acknowledged()).isZero();
    }
}
