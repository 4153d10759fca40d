package io.replicatedlog.membership;

import static io.replicatedlog.membership.Health.HEALTHY;
import static io.replicatedlog.membership.Health.SUSPECTED;
import static io.replicatedlog.membership.Health.UNHEALTHY;
import static java.util.logging.Level.INFO;
import static java.util.logging.Level.SEVERE;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.node.LogLines;
import io.replicatedlog.node.ManualTime;
import io.replicatedlog.protocol.Member;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two members whose answers the test gives. */
class HeartbeatsTest {

    private static final Member ONE = new Member(URI.create("http://one:8080"));
    private static final Member TWO = new Member(URI.create("http://two:8080"));
    private static final List<Member> BOTH = List.of(ONE, TWO);
    private static final int PERIOD_MS = 1_000;
    private static final Optional<String> MISS = Optional.of("no answer in time");

    private final ManualTime time = new ManualTime();
    private final LogLines lines = new LogLines(Heartbeats.class);
    private final Map<Member, Integer> asked = new HashMap<>();
    private final Map<Member, CompletionStage<Optional<String>>> answers = new HashMap<>();
    private final List<Heartbeat> heard = new ArrayList<>();
    private final Heartbeats heartbeats = new Heartbeats(member -> () -> ask(member), PERIOD_MS, time, heard::add);

    @AfterEach
    void close() {
        lines.close();
    }

    private CompletionStage<Optional<String>> ask(Member member) {
        asked.merge(member, 1, Integer::sum);
        return answers.getOrDefault(member, CompletableFuture.completedFuture(Optional.empty()));
    }

    @Test
    void shouldAskNobodyBeforeItBegins() {
        time.advance(10 * PERIOD_MS);

        assertThat(asked).isEmpty();
        assertThat(heartbeats.health(ONE)).isEqualTo(SUSPECTED);
    }

    @Test
    void shouldAskEachMemberAtOnceAndThenOncePerPeriod() {
        heartbeats.watch(BOTH);
        time.advance(0);
        assertThat(asked).containsOnly(Map.entry(ONE, 1), Map.entry(TWO, 1));
        assertThat(heard)
                .containsExactly(new Heartbeat(ONE, SUSPECTED, HEALTHY), new Heartbeat(TWO, SUSPECTED, HEALTHY));

        time.advance(PERIOD_MS - 1);
        assertThat(asked).containsEntry(ONE, 1);
        time.advance(1);
        assertThat(asked).containsOnly(Map.entry(ONE, 2), Map.entry(TWO, 2));
        assertThat(heard).hasSize(4).endsWith(new Heartbeat(TWO, HEALTHY, HEALTHY));
    }

    @Test
    void shouldCallAMemberUnhealthyAfterThreeMissesAndTellOfEach() {
        answers.put(ONE, CompletableFuture.completedFuture(MISS));
        heartbeats.watch(BOTH);
        time.advance(2 * PERIOD_MS);

        assertThat(heartbeats.health(ONE)).isEqualTo(UNHEALTHY);
        assertThat(heartbeats.health(TWO)).isEqualTo(HEALTHY);
        assertThat(heard.stream().filter(heartbeat -> heartbeat.member().equals(ONE)))
                .containsExactly(
                        new Heartbeat(ONE, SUSPECTED, SUSPECTED),
                        new Heartbeat(ONE, SUSPECTED, SUSPECTED),
                        new Heartbeat(ONE, SUSPECTED, UNHEALTHY));
        answers.remove(ONE);
        time.advance(PERIOD_MS);
        assertThat(heartbeats.health(ONE)).isEqualTo(HEALTHY);
    }

    /** At most one is under way to a member; the other member is not delayed. */
    @Test
    void shouldWaitForAnAnswerThatHangsAndGoOnWithTheOthers() {
        CompletableFuture<Optional<String>> hanging = new CompletableFuture<>();
        answers.put(ONE, hanging);
        heartbeats.watch(BOTH);
        time.advance(5 * PERIOD_MS);
        assertThat(asked).containsOnly(Map.entry(ONE, 1), Map.entry(TWO, 6));
        assertThat(heartbeats.health(ONE)).isEqualTo(SUSPECTED);

        answers.remove(ONE);
        hanging.complete(MISS);
        time.advance(PERIOD_MS - 1);
        assertThat(asked).containsEntry(ONE, 1);
        time.advance(1);

        assertThat(asked).containsEntry(ONE, 2);
        assertThat(heartbeats.health(ONE)).isEqualTo(HEALTHY);
    }

    @Test
    void shouldCountAProbeThatThrowsOrFailsAsAMissAndGoOn() {
        List<CompletionStage<Optional<String>>> failing = new ArrayList<>();
        failing.add(CompletableFuture.failedFuture(new IllegalStateException("the client broke")));
        Heartbeats fragile = new Heartbeats(
                member -> () -> {
                    if (failing.isEmpty()) {
                        throw new AssertionError("an error, too");
                    }
                    return failing.remove(0);
                },
                PERIOD_MS,
                time,
                heard::add);
        fragile.watch(List.of(ONE));
        time.advance(2 * PERIOD_MS);

        assertThat(fragile.health(ONE)).isEqualTo(UNHEALTHY);
        assertThat(heard).hasSize(3);
    }

    @Test
    void shouldGoOnAfterAListenerThatThrows() {
        Heartbeats told = new Heartbeats(member -> () -> ask(member), PERIOD_MS, time, heartbeat -> {
            throw new IllegalStateException("the listener broke");
        });
        told.watch(List.of(ONE));
        time.advance(3 * PERIOD_MS);

        assertThat(asked).containsEntry(ONE, 4);
        assertThat(told.health(ONE)).isEqualTo(HEALTHY);
        assertThat(lines.at(SEVERE)).hasSize(4);
    }

    @Test
    void shouldTakeAnAcknowledgementForASignOfLife() {
        heartbeats.watch(BOTH);
        heartbeats.alive(ONE);
        assertThat(heard).containsExactly(new Heartbeat(ONE, SUSPECTED, HEALTHY));

        heartbeats.alive(ONE);

        assertThat(heard).as("no news").hasSize(1);
        assertThat(heartbeats.health(TWO)).isEqualTo(SUSPECTED);
    }

    @Test
    void shouldLogChangesAndNothingElse() {
        heartbeats.watch(BOTH);
        time.advance(20 * PERIOD_MS);

        assertThat(lines.at(INFO)).hasSize(2);
    }

    @Test
    void shouldTakeNoSignOfLifeOfANodeThatIsNotWatched() {
        heartbeats.watch(List.of(TWO));

        heartbeats.alive(ONE);

        assertThat(heard).isEmpty();
        assertThat(heartbeats.health(ONE)).isEqualTo(SUSPECTED);
    }

    @Test
    void shouldAskNobodyOnceNobodyIsWatched() {
        heartbeats.watch(BOTH);
        time.advance(0);
        heartbeats.watch(List.of());
        time.advance(10 * PERIOD_MS);

        assertThat(asked).containsOnly(Map.entry(ONE, 1), Map.entry(TWO, 1));
        assertThat(time.scheduled()).isZero();
        assertThat(heartbeats.health(ONE)).isEqualTo(SUSPECTED);
    }

    @Test
    void shouldKnowWhatItKnewOfAMemberThatIsStillWatchedAndAskItNoMoreOften() {
        heartbeats.watch(BOTH);
        time.advance(0);

        heartbeats.watch(List.of(ONE));
        assertThat(heartbeats.health(ONE)).isEqualTo(HEALTHY);
        assertThat(heartbeats.health(TWO)).isEqualTo(SUSPECTED);
        time.advance(3 * PERIOD_MS);

        assertThat(asked).containsOnly(Map.entry(ONE, 4), Map.entry(TWO, 1));
    }

    @Test
    void shouldBeginAnewWithAMemberThatIsWatchedAgain() {
        heartbeats.watch(BOTH);
        time.advance(0);
        heartbeats.watch(List.of());

        heartbeats.watch(List.of(ONE));
        assertThat(heartbeats.health(ONE)).isEqualTo(SUSPECTED);
        time.advance(2 * PERIOD_MS);

        assertThat(asked).as("once at once, and once per period").containsEntry(ONE, 4);
        assertThat(heartbeats.health(ONE)).isEqualTo(HEALTHY);
    }

    /** It says nothing of the node that this one has become since. */
    @Test
    void shouldIgnoreAnAnswerThatComesAfterTheMemberWasLetGo() {
        CompletableFuture<Optional<String>> hanging = new CompletableFuture<>();
        answers.put(ONE, hanging);
        heartbeats.watch(List.of(ONE));
        time.advance(0);
        heartbeats.watch(List.of());

        hanging.complete(Optional.empty());
        time.advance(10 * PERIOD_MS);

        assertThat(heard).isEmpty();
        assertThat(asked).containsOnly(Map.entry(ONE, 1));
        assertThat(time.scheduled()).isZero();
    }
}
