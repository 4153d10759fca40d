package io.replicatedlog.primary;

import static io.replicatedlog.membership.Health.HEALTHY;
import static io.replicatedlog.membership.Health.UNHEALTHY;
import static io.replicatedlog.primary.SampleNodes.secondary;
import static io.replicatedlog.primary.SamplePrimary.FIRST;
import static io.replicatedlog.primary.SamplePrimary.LOG_ID;
import static io.replicatedlog.primary.SamplePrimary.NODE;
import static io.replicatedlog.primary.SamplePrimary.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.membership.Heartbeats;
import io.replicatedlog.membership.NodeIds;
import io.replicatedlog.membership.QuorumWatch;
import io.replicatedlog.node.LogLines;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.ReadIndex;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import io.replicatedlog.tracing.Tracing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A primary with two secondaries, whose answers and health the test gives. */
class ReplicationTest {

    private static final UUID NEXT_LOG = new UUID(2, 2);

    private static final long LONG_MS = 10_000;

    /** The next one is sent as soon as the one before is answered. */
    private static final int HEARTBEAT_MS = 0;

    private final SamplePrimary node = new SamplePrimary(new InMemoryLog(1_000_000));
    private final ManualExecutor executor = new ManualExecutor();
    private final ReadOnlyMode readOnlyMode = new ReadOnlyMode();
    private final List<String> events = new ArrayList<>();

    /** The heartbeats that are not answered yet. */
    private final Map<Member, CompletableFuture<Optional<String>>> asked = new HashMap<>();

    private final Heartbeats heartbeats =
            new Heartbeats(member -> () -> ask(member), HEARTBEAT_MS, node.time, this::onHeartbeat);
    private final FakePeer one = new FakePeer(new UUID(9, 1));
    private final FakePeer two = new FakePeer(new UUID(9, 2));
    private final List<LogLines> hidden = List.of(
            new LogLines(Replication.class),
            new LogLines(Sender.class),
            new LogLines(QuorumWatch.class),
            new LogLines(Heartbeats.class));
    private final Replication replication = new Replication(
            node.primary,
            this::sender,
            new Replication.Node(
                    new Member(SamplePrimary.URL),
                    heartbeats,
                    new QuorumWatch(OptionalInt.empty(), readOnlyMode),
                    readOnlyMode,
                    node.time,
                    () -> events.add("moved"),
                    reign -> events.add("established " + reign.epoch()),
                    this::onFenced));

    private CompletableFuture<Optional<String>> ask(Member member) {
        CompletableFuture<Optional<String>> answer = new CompletableFuture<>();
        asked.put(member, answer);
        return answer;
    }

    private void onHeartbeat(Heartbeat heartbeat) {
        events.add(heartbeat.after() + " " + heartbeat.member().url().getHost() + ", established "
                + node.primary.isEstablished());
        replication.onHeartbeat(heartbeat);
    }

    private void onFenced(Reign over, ReplicationRefusedException by) {
        events.add("fenced " + over.epoch() + " by " + by.epoch() + ", reign "
                + node.primary.reign().isPresent());
    }

    private Sender sender(Member member, Sender.Listener listener) {
        return new Sender(
                member,
                member.equals(secondary(1)) ? one : two,
                node.primary,
                new Lane(new Lane.Limits(100, 100_000, 1_000, 6_000), new Backoff(50, 2_000), new Random(1)),
                0,
                1_000,
                new Sender.Services(
                        executor,
                        node.time,
                        node.time,
                        new NodeIds(new Member(SamplePrimary.URL), NODE),
                        Tracing.none(),
                        listener),
                Sender.Meters.NONE);
    }

    @AfterEach
    void close() {
        hidden.forEach(LogLines::close);
    }

    @Test
    void shouldTakeAppendsOnceEnoughSecondariesFollowAndAreHealthy() {
        begin(1);
        answerHeartbeat(1);
        assertThat(replication.status(secondary(1)).orElseThrow().health()).isEqualTo(HEALTHY);
        assertThat(readOnlyMode.reason()).as("healthy, and does not follow yet").isPresent();
        assertThat(replication.healthyFollowers()).isZero();

        answer(one, 0);

        assertThat(node.primary.isEstablished()).isTrue();
        assertThat(node.identity.load().isComplete()).isTrue();
        assertThat(replication.healthyFollowers()).isEqualTo(1);
        assertThat(readOnlyMode.reason()).isEmpty();
    }

    @Test
    void shouldBeEstablishedBeforeTheMemberIsCalledAlive() {
        begin(1);
        events.clear();

        answer(one, 0);

        assertThat(events)
                .as("what it has acknowledged may be read, then what is committed by that")
                .containsExactly("moved", "moved", "established 1", "HEALTHY secondary1, established true");
        assertThat(readOnlyMode.reason()).isEmpty();
    }

    @Test
    void shouldNotBeEstablishedByASecondaryThatMayLackSomething() {
        begin(1);
        answerHeartbeat(1);

        one.answerIncomplete(0, 77);
        executor.run();

        assertThat(node.primary.isEstablished()).isFalse();
        assertThat(replication.healthyFollowers()).isZero();
        assertThat(readOnlyMode.reason())
                .hasValueSatisfying(
                        why -> assertThat(why).contains("recovering").contains("no quorum"));
    }

    @Test
    void shouldNotCountASecondaryThatAnswersHeartbeatsAndRefusesCalls() {
        begin(0);
        answerHeartbeat(1);
        answer(one, 0);
        assertThat(readOnlyMode.reason()).isEmpty();
        node.append("a", 1);
        replication.wake();
        executor.run();

        one.fail(new ReplicationRefusedException(
                Reason.FOREIGN_LOG, "it follows another log", Optional.of(new Reign(NEXT_LOG, 9)), 9, 4));

        assertThat(replication.healthyFollowers()).isZero();
        assertThat(readOnlyMode.reason())
                .hasValueSatisfying(why -> assertThat(why).contains("no quorum"));
        assertThat(node.primary.reign()).as("its own reign goes on").contains(FIRST);
    }

    @Test
    void shouldNotCountASecondaryThatFollowsAndIsNotHealthy() {
        begin(0);
        answerHeartbeat(1);
        answer(one, 0);

        missHeartbeat(1);

        assertThat(readOnlyMode.reason()).isPresent();
        missHeartbeat(1);
        missHeartbeat(1);
        assertThat(replication.status(secondary(1)).orElseThrow().health()).isEqualTo(UNHEALTHY);
        answerHeartbeat(1);
        assertThat(readOnlyMode.reason()).isEmpty();
    }

    @Test
    void shouldLetClientsThatWaitGoOnWaitingWithoutAQuorum() {
        begin(0);
        answerHeartbeat(1);
        answer(one, 0);
        CompletableFuture<Outcome> waiter = node.append("a", 2);
        missHeartbeat(1);
        assertThat(readOnlyMode.reason()).isPresent();
        assertThat(waiter).isNotDone();

        replication.wake();
        executor.run();
        answer(one, 1);

        assertThat(waiter).isCompletedWithValue(new Outcome(0, 2, 2, true));
    }

    @Test
    void shouldTakeNothingAndHaveNoFollowersOnceItSaysThatItWasFenced() {
        begin(0);
        answerHeartbeat(1);
        answerHeartbeat(2);
        answer(one, 0);
        CompletableFuture<Outcome> waiter = node.append("a", 2);
        events.clear();

        two.fail(new ReplicationRefusedException(
                Reason.FENCED, "epoch 1 is over", Optional.of(new Reign(LOG_ID, 3)), 3, 0));

        assertThatThrownBy(waiter::join).hasCauseInstanceOf(OutcomeUnknownException.class);
        assertThat(events).containsExactly("fenced 1 by 3, reign false");
        assertThat(replication.healthyFollowers()).isZero();
        assertThatThrownBy(() -> node.append("late", 1)).isInstanceOf(AppendRefusedException.class);
    }

    @Test
    void shouldCallAndPollNobodyOnceTheReignHasEnded() {
        begin(0);
        answerHeartbeat(1);
        answer(one, 0);
        CompletableFuture<Outcome> waiter = node.append("a", 3);
        int calls = one.calls() + two.calls();
        asked.clear();

        node.primary.end("The storage of the primary failed while this append waited");
        replication.ended();
        node.time.advance(LONG_MS);
        replication.wake();
        executor.run();

        assertThatThrownBy(waiter::join).hasMessageContaining("storage");
        assertThat(asked).isEmpty();
        assertThat(one.calls() + two.calls()).isEqualTo(calls);
        assertThat(replication.healthyFollowers()).isZero();
        assertThat(replication.status(secondary(1))).as("it leads no more").isEmpty();
    }

    @Test
    void shouldPollTheSecondariesOfTheReign() {
        node.time.advance(LONG_MS);
        assertThat(asked).as("nobody before it leads").isEmpty();

        begin(0);
        node.time.advance(0);

        assertThat(asked).containsOnlyKeys(secondary(1), secondary(2));
    }

    @Test
    void shouldLetGoOfASecondaryThatDoesNotBelongToTheNextReign() {
        begin(0);
        answer(one, 0);
        answer(two, 0);
        answerHeartbeat(1);
        answerHeartbeat(2);
        asked.remove(secondary(2));
        int calls = two.calls();

        replication.begin(new Mandate(SECOND, SampleNodes.members(2), 0, false));
        executor.run();
        node.append("a", 1);
        replication.wake();
        executor.run();
        node.time.advance(LONG_MS);

        assertThat(replication.status())
                .extracting(Replication.SecondaryStatus::member)
                .containsExactly(secondary(1));
        assertThat(replication.status(secondary(2))).isEmpty();
        assertThat(one.last().reign()).isEqualTo(SECOND);
        assertThat(two.calls()).isEqualTo(calls);
        assertThat(asked).containsOnlyKeys(secondary(1));
    }

    @Test
    void shouldStartEveryLaneAgainWithANewLog() {
        begin(0);
        answer(one, 0);
        answer(two, 0);
        node.append("a", 1);
        events.clear();

        Reign next = replication.reset(NEXT_LOG, SamplePrimary.MEMBERS);
        executor.run();

        assertThat(next).isEqualTo(new Reign(NEXT_LOG, 2));
        assertThat(events).as("readers find nothing where they were").containsExactly("moved");
        assertThat(List.of(one.last().reign(), two.last().reign())).containsExactly(next, next);
        assertThat(List.of(one.last().end(), two.last().end())).containsExactly(0L, 0L);
        assertThat(replication.healthyFollowers()).isZero();
    }

    @Test
    void shouldShowWhatItKnowsOfEachSecondary() {
        begin(0);
        node.append("a", 1);
        node.append("b", 1);
        answerHeartbeat(1);
        answer(one, 1);

        assertThat(replication.status())
                .extracting(Replication.SecondaryStatus::member)
                .containsExactly(secondary(1), secondary(2));
        Replication.SecondaryStatus status = replication.status(secondary(1)).orElseThrow();
        assertThat(status.health()).isEqualTo(HEALTHY);
        assertThat(status.acknowledged()).isEqualTo(1);
        assertThat(status.lag()).isEqualTo(1);
        assertThat(status.lane().state()).isEqualTo(Lane.State.SENDING);
        assertThat(replication.status(secondary(2)).orElseThrow().lag()).isEqualTo(2);
    }

    /** To it a primary that stops hands over. */
    @Test
    void shouldKnowTheHealthyFollowerThatHoldsMost() {
        begin(0);
        assertThat(replication.furthestFollower()).as("nobody follows yet").isEmpty();
        node.append("a", 1);
        node.append("b", 1);
        answerHeartbeat(1);
        answerHeartbeat(2);
        answer(one, 1);
        answer(two, 2);
        assertThat(replication.furthestFollower()).contains(secondary(2));

        missHeartbeat(2);
        assertThat(replication.furthestFollower()).as("the other is not well").contains(secondary(1));
        node.primary.refused(secondary(1), FIRST);
        assertThat(replication.furthestFollower()).isEmpty();
    }

    @Test
    void shouldCallEverySecondaryAtOnceForALinearizableReadAndThenBeSilent() {
        begin(0);
        answer(one, 0);
        answer(two, 0);
        int calls = one.calls() + two.calls();

        CompletableFuture<ReadIndex> read = read();
        assertThat(List.of(one.isUnderWay(), two.isUnderWay())).containsExactly(true, true);
        answer(one, 0);
        assertThat(read).as("two of three").isCompletedWithValue(new ReadIndex(FIRST, 0));
        answer(two, 0);
        replication.wake();
        executor.run();

        assertThat(one.calls() + two.calls()).as("one call to each").isEqualTo(calls + 2);
    }

    @Test
    void shouldBeginTheNextRoundAsTheOneBeforeEnds() {
        begin(0);
        answer(one, 0);
        answer(two, 0);
        CompletableFuture<ReadIndex> first = read();
        CompletableFuture<ReadIndex> second = read();
        CompletableFuture<ReadIndex> third = read();
        int calls = one.calls() + two.calls();
        answer(two, 0);
        assertThat(first).isCompleted();
        assertThat(second).isNotDone();
        assertThat(two.isUnderWay()).as("the secondary that ended the round").isTrue();

        answer(one, 0);
        assertThat(one.isUnderWay())
                .as("the other one, whose call belonged to the round before")
                .isTrue();
        assertThat(second).isNotDone();
        answer(two, 0);

        assertThat(second).isCompleted();
        assertThat(third).isCompleted();
        assertThat(one.calls() + two.calls()).isEqualTo(calls + 2);
    }

    private CompletableFuture<ReadIndex> read() {
        CompletableFuture<ReadIndex> read = node.primary.readIndex(LONG_MS).toCompletableFuture();
        replication.wake();
        executor.run();
        return read;
    }

    @Test
    void shouldNoteWhatIsCommittedNowAndThen() {
        begin(0);
        node.append("a", 1);
        answerHeartbeat(1);
        answer(one, 1);
        assertThat(node.committed.get()).isEqualTo(1);
        node.time.advance(9_999);
        answerHeartbeat(1);
        assertThat(node.identity.load().committed()).isZero();

        node.time.advance(1);
        answerHeartbeat(1);

        assertThat(node.identity.load().committed()).isEqualTo(1);
    }

    @Test
    void shouldNoteWhatIsCommittedWhenItStops() {
        begin(0);
        node.append("a", 1);
        answer(one, 1);

        replication.stop();

        assertThat(node.identity.load().committed()).isEqualTo(1);
    }

    private void begin(int followersNeeded) {
        replication.begin(new Mandate(FIRST, SamplePrimary.MEMBERS, followersNeeded, false));
        executor.run();
    }

    private void answer(FakePeer peer, long end) {
        peer.answer(end);
        executor.run();
        node.answers.run();
    }

    private void answerHeartbeat(int number) {
        endHeartbeat(number, Optional.empty());
    }

    private void missHeartbeat(int number) {
        endHeartbeat(number, Optional.of("no answer in time"));
    }

    private void endHeartbeat(int number, Optional<String> miss) {
        node.time.advance(0);
        asked.get(secondary(number)).complete(miss);
        executor.run();
    }
}
