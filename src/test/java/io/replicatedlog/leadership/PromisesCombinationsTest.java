package io.replicatedlog.leadership;

import static io.replicatedlog.leadership.SampleMembers.LOG;
import static io.replicatedlog.leadership.SampleMembers.OTHER_LOG;
import static io.replicatedlog.leadership.SampleMembers.holds;
import static io.replicatedlog.leadership.SampleMembers.holdsOf;
import static io.replicatedlog.leadership.SampleMembers.isIncomplete;
import static io.replicatedlog.leadership.SampleMembers.knowsNothing;
import static io.replicatedlog.leadership.SampleMembers.member;
import static io.replicatedlog.leadership.SampleMembers.members;
import static io.replicatedlog.leadership.SampleMembers.remembers;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.leadership.Promises.Decision;
import io.replicatedlog.leadership.Promises.Lead;
import io.replicatedlog.leadership.Promises.Wait;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.protocol.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every combination of what a candidate finds in its own storage with what each other member answers. */
class PromisesCombinationsTest {

    private static final UUID FRESH = new UUID(3, 3);
    private static final long EPOCH = 9;

    /** What a member answers. */
    enum Answer {
        NONE(number -> null),
        KNOWS_NOTHING(SampleMembers::knowsNothing),
        FULL(number -> holds(number, 5, 10)),
        LONGER_OF_AN_EARLIER_REIGN(number -> holds(number, 4, 20)),
        SHORTER(number -> holds(number, 5, 3)),
        INCOMPLETE(number -> isIncomplete(number, 5, 12)),
        FOREIGN(number -> holdsOf(OTHER_LOG, number, 7, 30));

        final IntFunction<Position> position;

        Answer(IntFunction<Position> position) {
            this.position = position;
        }
    }

    private static final List<Position> OWN =
            List.of(holds(1, 5, 8), holds(1, 4, 15), isIncomplete(1, 5, 11), knowsNothing(1));

    /** What one candidate is told. */
    record Case(Position own, List<Answer> answers, OptionalInt sufficient) {

        int nodes() {
            return answers.size() + 1;
        }

        Decision decide() {
            Promises promises = new Promises(
                    new Electorate(member(1), members(nodes()), true, false, sufficient),
                    remembers(own, 2, nodes(), EPOCH),
                    own,
                    EPOCH);
            for (int i = 0; i < answers.size(); i++) {
                if (answers.get(i) != Answer.NONE) {
                    promises.promised(member(i + 2), answers.get(i).position.apply(i + 2));
                }
            }
            promises.late();
            return promises.decide(FRESH);
        }

        /** Those that are sure to hold all of the log that they ever acknowledged; the candidate is among them if it is. */
        List<Position> complete() {
            List<Position> complete = new ArrayList<>(own.isComplete() ? List.of(own) : List.of());
            for (int i = 0; i < answers.size(); i++) {
                Answer answer = answers.get(i);
                if (answer != Answer.NONE && answer != Answer.INCOMPLETE && answer != Answer.FOREIGN) {
                    complete.add(answer.position.apply(i + 2));
                }
            }
            return complete;
        }

        Case with(OptionalInt other) {
            return new Case(own, answers, other);
        }

        Case without(Answer counted) {
            return new Case(
                    own,
                    answers.stream()
                            .map(one -> one == counted ? Answer.NONE : one)
                            .toList(),
                    sufficient);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5})
    void shouldLeadALogThatIsKnownOnlyWithMembersThatMeetEveryMajority(int nodes) {
        eachLead(nodes, (one, lead) -> {
            if (lead.risk().isEmpty() && lead.mandate().reign().logId().equals(LOG)) {
                assertThat(one.complete().size()).isGreaterThanOrEqualTo(enough(nodes, lead.isComplete()));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5})
    void shouldLeadWithTheFurthestOfTheCompleteLogs(int nodes) {
        eachLead(nodes, (one, lead) -> {
            if (lead.risk().isEmpty() && lead.mandate().reign().logId().equals(LOG)) {
                assertThat(one.complete())
                        .contains(lead.position())
                        .noneMatch(complete -> complete.isFurtherThan(lead.position()));
                assertThat(lead.source().isEmpty()).isEqualTo(lead.position().equals(one.own()));
            }
        });
    }

    /** Any older reign has a majority of complete members too: one of them is among those that must follow this one first. */
    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5})
    void shouldLeaveNoOlderReignAMajority(int nodes) {
        eachLead(nodes, (one, lead) -> {
            if (lead.risk().isEmpty()) {
                int following = lead.mandate().followersNeeded() + (lead.isComplete() ? 1 : 0);
                assertThat(following).isGreaterThanOrEqualTo(enough(nodes, lead.isComplete()));
            }
        });
    }

    /** Without the candidate, which is in no majority of complete members then, one less of an even number meets them all. */
    private static int enough(int nodes, boolean isComplete) {
        return isComplete ? Quorum.majority(nodes) : nodes - Quorum.majority(nodes) + 1;
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5})
    void shouldDecideAsIfThoseThatAreNotCompleteHadNotAnswered(int nodes) {
        each(nodes, one -> {
            Case without = one.without(Answer.INCOMPLETE);
            if (one.sufficient().isEmpty() && one.own().reign().isPresent()) {
                assertThat(one.decide().getClass()).isEqualTo(without.decide().getClass());
                if (one.decide() instanceof Lead lead) {
                    assertThat(lead).isEqualTo(without.decide());
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5})
    void shouldBeginALogOnlyIfNobodyKnowsOfOne(int nodes) {
        eachLead(nodes, (one, lead) -> {
            if (lead.mandate().reign().logId().equals(FRESH)) {
                assertThat(one.own().reign()).isEmpty();
                assertThat(one.answers()).allMatch(answer -> answer == Answer.KNOWS_NOTHING || answer == Answer.NONE);
                assertThat(lead.risk().isPresent()).isEqualTo(one.answers().contains(Answer.NONE));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5})
    void shouldSayARiskIfAndOnlyIfItWouldWaitWithoutTheOperatorsDecision(int nodes) {
        eachLead(
                nodes,
                (one, lead) -> assertThat(lead.risk().isPresent())
                        .isEqualTo(one.with(OptionalInt.empty()).decide() instanceof Wait));
    }

    private static void eachLead(int nodes, BiConsumer<Case, Lead> check) {
        each(nodes, one -> {
            if (one.decide() instanceof Lead lead) {
                check.accept(one, lead);
            }
        });
    }

    private static void each(int nodes, Consumer<Case> check) {
        int leads = 0;
        for (Position own : OWN) {
            for (List<Answer> answers : combinations(nodes - 1)) {
                for (int sufficient = -1; sufficient < nodes; sufficient++) {
                    Case one =
                            new Case(own, answers, sufficient < 0 ? OptionalInt.empty() : OptionalInt.of(sufficient));
                    leads += one.decide() instanceof Lead ? 1 : 0;
                    try {
                        check.accept(one);
                    } catch (AssertionError e) {
                        throw new AssertionError(one + ": " + e.getMessage(), e);
                    }
                }
            }
        }
        assertThat(leads).as("cases in which it leads").isGreaterThan(100);
    }

    private static List<List<Answer>> combinations(int others) {
        List<List<Answer>> all = List.of(List.of());
        for (int i = 0; i < others; i++) {
            all = all.stream()
                    .flatMap(some -> Stream.of(Answer.values())
                            .map(next -> Stream.concat(some.stream(), Stream.of(next))
                                    .toList()))
                    .toList();
        }
        return all;
    }
}
