package io.replicatedlog.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.leadership.Recovery.GoOn;
import io.replicatedlog.leadership.Recovery.Wait;
import io.replicatedlog.leadership.RecoveryCase.Own;
import io.replicatedlog.leadership.RecoveryCase.Said;
import io.replicatedlog.membership.Quorum;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every combination of what a primary finds in its own storage with what each secondary says. */
class RecoveryTest {

    /** Offsets of which the longer logs hold more than the shorter ones. */
    private static final long[] OFFSETS = {3, 7, 9};

    private static final String DOES_NOT_SAY = " (does not say: " + RecoveryCase.REFUSAL + ")";

    @ParameterizedTest
    @ValueSource(ints = {3, 5})
    void shouldWaitOrGoOnAsTheTableSays(int nodes) {
        each(nodes, one -> assertThat(one.decide()).isInstanceOf(one.goesOn() ? GoOn.class : Wait.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 5})
    void shouldTakeOverTheFurthestLogInAnEpochThatIsNew(int nodes) {
        eachThatGoesOn(nodes, (one, decision) -> {
            assertThat(decision.position().end()).isEqualTo(one.furthest().end());
            assertThat(decision.position().lastEpoch()).isEqualTo(one.furthest().lastEpoch());
            assertThat(decision.source().isEmpty()).isEqualTo(one.furthest().equals(one.own().position));
            decision.source()
                    .ifPresent(source -> assertThat(decision.position())
                            .isIn(IntStream.range(0, one.said().size())
                                    .filter(i -> RecoveryCase.member(i).equals(source))
                                    .mapToObj(i -> RecoveryCase.by(i, one.said().get(i).position))
                                    .toList()));
            assertThat(decision.holdsAll()).isEqualTo(one.trustsItself());
            assertThat(decision.reign().epoch())
                    .isGreaterThan(one.own().position.epoch());
            assertThat(one.usable())
                    .allMatch(heard -> heard.epoch() < decision.reign().epoch());
            assertThat(decision.reign().epoch()).isGreaterThanOrEqualTo(RecoveryCase.NOW_MS);
        });
    }

    /** An older primary that holds its reign needs {@code m - 1} followers, of whom at least one must follow this one. */
    @ParameterizedTest
    @ValueSource(ints = {3, 5})
    void shouldLeaveNoOlderPrimaryEnoughFollowers(int nodes) {
        eachThatGoesOn(nodes, (one, decision) -> {
            boolean thereMayBeAnOlder = !one.trustsItself() && one.log().isPresent();
            if (thereMayBeAnOlder && one.sufficient().isEmpty()) {
                assertThat(decision.followersNeeded() + Quorum.majority(nodes) - 1)
                        .isGreaterThan(nodes - 1);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 5})
    void shouldNeverBeginANewLogWhileOneIsKnown(int nodes) {
        eachThatGoesOn(
                nodes,
                (one, decision) ->
                        assertThat(decision.reign().logId()).isEqualTo(one.log().orElse(RecoveryCase.FRESH)));
    }

    /**
     * Whoever was not heard may hold it. Whoever answered, and does not, has never held it; or has lost it, as a
     * minority of the nodes may at one time. Left out is what nobody can know: that the primary's storage is a copy of
     * an earlier one, and that there was a log, where nobody who answers knows of any.
     */
    @ParameterizedTest
    @ValueSource(ints = {3, 5})
    void shouldMissNothingThatAMajorityMayHaveAcknowledged(int nodes) {
        eachThatGoesOn(nodes, (one, decision) -> {
            boolean canTell = one.log().equals(Optional.of(RecoveryCase.LOG))
                    && !(one.own() == Own.OUTDATED && one.trustsItself());
            for (long offset : OFFSETS) {
                long mayHold =
                        one.said().stream().filter(said -> said.mayHold(offset)).count();
                long mayHaveLost = one.said().stream()
                        .filter(said -> said.mayHaveLost(offset))
                        .count();
                boolean primaryRemembers = one.own() == Own.REMEMBERS;
                boolean primaryHeldIt =
                        !primaryRemembers || offset < one.own().position.end();
                int minority = nodes - Quorum.majority(nodes);
                long lost = Math.min(mayHaveLost, primaryRemembers ? minority : minority - 1);
                boolean mayBeAcknowledged = primaryHeldIt && 1 + mayHold + lost >= Quorum.majority(nodes);
                if (canTell && mayBeAcknowledged && decision.risk().isEmpty()) {
                    assertThat(decision.position().end()).isGreaterThan(offset);
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 5})
    void shouldSayTheRiskIfAndOnlyIfAnOperatorLetItGoOnSooner(int nodes) {
        eachThatGoesOn(nodes, (one, decision) -> {
            assertThat(decision.risk().isPresent()).isEqualTo(one.isShort());
            if (one.isShort()) {
                assertThat(one.sufficient()).isPresent();
                assertThat(one.count(Said.NOT_HEARD)).isZero();
                eachOf(
                        one,
                        Said.UNREACHABLE,
                        url -> assertThat(decision.risk().orElseThrow()).contains(url + " (not reachable)"));
                eachOf(
                        one,
                        Said.REFUSES,
                        url -> assertThat(decision.risk().orElseThrow()).contains(url + DOES_NOT_SAY));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 5})
    void shouldSayWhatItWaitsForAndHowToEndIt(int nodes) {
        Pattern setting = Pattern.compile("replicatedlog\\.recovery-answers=(\\d+)");
        each(nodes, one -> {
            if (!(one.decide() instanceof Wait wait)) {
                return;
            }
            if (one.areLogsDifferent()) {
                assertThat(wait.why()).contains("different logs");
                eachOf(one, Said.FOREIGN, url -> assertThat(wait.why()).contains(url + " (holds 20 entries of log "));
                return;
            }
            eachOf(one, Said.NOT_HEARD, url -> assertThat(wait.why()).contains(url));
            eachOf(one, Said.UNREACHABLE, url -> assertThat(wait.why()).contains(url + " (not reachable)"));
            eachOf(one, Said.REFUSES, url -> assertThat(wait.why()).contains(url + DOES_NOT_SAY));
            if (one.log().equals(Optional.of(RecoveryCase.LOG))) {
                eachOf(one, Said.FOREIGN, url -> assertThat(wait.why()).containsPattern(foreign(url)));
            }
            Matcher hint = setting.matcher(wait.why());
            boolean isSomebodyGone = one.count(Said.UNREACHABLE) + one.count(Said.REFUSES) > 0;
            boolean canBeEnded = one.sufficient().isEmpty() && one.isShort() && isSomebodyGone;
            assertThat(hint.find()).isEqualTo(canBeEnded);
            if (canBeEnded && one.count(Said.NOT_HEARD) == 0) {
                OptionalInt asItSays = OptionalInt.of(Integer.parseInt(hint.group(1)));
                assertThat(new RecoveryCase(one.own(), one.said(), asItSays).decide())
                        .isInstanceOf(GoOn.class);
            }
        });
    }

    private static String foreign(String url) {
        return "not counted: .*" + Pattern.quote(url + " (holds 20 entries of log ") + ".*; empty .*SECONDARY_URLS$";
    }

    private static void eachThatGoesOn(int nodes, BiConsumer<RecoveryCase, GoOn> check) {
        each(nodes, one -> {
            if (one.decide() instanceof GoOn decision) {
                check.accept(one, decision);
            }
        });
    }

    private static void each(int nodes, Consumer<RecoveryCase> check) {
        RecoveryCase.all(nodes).forEach(one -> {
            try {
                check.accept(one);
            } catch (AssertionError e) {
                throw new AssertionError(one + ": " + e.getMessage(), e);
            }
        });
    }

    private static void eachOf(RecoveryCase one, Said said, Consumer<String> check) {
        IntStream.range(0, one.said().size())
                .filter(i -> one.said().get(i) == said)
                .forEach(i -> check.accept(RecoveryCase.member(i).toString()));
    }
}
