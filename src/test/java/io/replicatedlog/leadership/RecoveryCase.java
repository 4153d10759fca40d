package io.replicatedlog.leadership;

import io.replicatedlog.protocol.Member;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.Identity;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What a primary finds when it starts and what each secondary says, and what follows from it by the table alone. */
record RecoveryCase(Own own, List<Said> said, OptionalInt sufficient) {

    static final UUID FRESH = new UUID(3, 3);
    static final UUID OWN = new UUID(9, 9);
    static final UUID LOG = new UUID(1, 1);
    private static final UUID OTHER = new UUID(2, 2);
    static final long NOW_MS = 1_000_000;
    static final String REFUSAL = "it answered with status 409: This node is a primary";
    private static final Position NOTHING = new Position(OWN, 0, Optional.empty(), 0, 0, 0, false);

    /** What a secondary has said. */
    enum Said {
        NOT_HEARD(null),
        UNREACHABLE(null),
        REFUSES(null),
        EMPTY(NOTHING),
        FOLLOWS(held(LOG, 5, 0, 0)),
        FULL(held(LOG, 5, 10, 5)),
        SHORTER(held(LOG, 4, 4, 3)),
        REFILLED_IN_PART(new Position(OWN, 5, Optional.of(new Reign(LOG, 5)), 5, 3, 0, false)),
        FOREIGN(held(OTHER, 9, 20, 9));

        final Position position;

        Said(Position position) {
            this.position = position;
        }

        boolean mayHold(long offset) {
            return position == null || this != FOREIGN && offset < position.end();
        }

        /** Whether it may have held what it does not hold any more. */
        boolean mayHaveLost(long offset) {
            return (this == EMPTY || this == REFILLED_IN_PART) && !mayHold(offset);
        }

        boolean holdsSomeOfTheLog() {
            return this == FULL || this == SHORTER || this == REFILLED_IN_PART;
        }
    }

    /** What the primary's own storage is. */
    enum Own {
        REMEMBERS(held(LOG, 5, 8, 5), true),
        OUTDATED(held(LOG, 4, 4, 3), true),
        NOTHING(RecoveryCase.NOTHING, false),
        LOST(new Position(OWN, 5, Optional.of(new Reign(LOG, 5)), 6, 4, 0, false), false);

        final Position position;
        final boolean reigned;

        Own(Position position, boolean reigned) {
            this.position = position;
            this.reigned = reigned;
        }
    }

    /** Every combination for so many nodes. */
    static Stream<RecoveryCase> all(int nodes) {
        return Stream.of(Own.values())
                .flatMap(own -> combinations(nodes - 1).stream()
                        .flatMap(said -> IntStream.range(-1, nodes)
                                .mapToObj(number -> number < 0 ? OptionalInt.empty() : OptionalInt.of(number))
                                .map(sufficient -> new RecoveryCase(own, said, sufficient))));
    }

    int nodes() {
        return said.size() + 1;
    }

    int count(Said wanted) {
        return (int) said.stream().filter(wanted::equals).count();
    }

    boolean areLogsDifferent() {
        return own == Own.NOTHING && count(Said.FOREIGN) > 0 && said.stream().anyMatch(Said::holdsSomeOfTheLog);
    }

    Optional<UUID> log() {
        if (own != Own.NOTHING || said.stream().anyMatch(Said::holdsSomeOfTheLog)) {
            return Optional.of(LOG);
        }
        Optional<UUID> followed = count(Said.FOLLOWS) > 0 ? Optional.of(LOG) : Optional.empty();
        return count(Said.FOREIGN) > 0 ? Optional.of(OTHER) : followed;
    }

    boolean trustsItself() {
        return own == Own.REMEMBERS || own == Own.OUTDATED && !hasSomebodySeenALaterReign();
    }

    private boolean hasSomebodySeenALaterReign() {
        return count(Said.FULL) + count(Said.FOLLOWS) + count(Said.REFILLED_IN_PART) > 0;
    }

    List<Position> usable() {
        return said.stream()
                .filter(one -> one.position != null)
                .filter(one -> one != Said.FOREIGN || log().equals(Optional.of(OTHER)))
                .map(one -> one.position)
                .toList();
    }

    /** Whether fewer have answered than it takes to overlook nothing. */
    boolean isShort() {
        int majority = Quorum.majority(nodes());
        if (trustsItself() || log().isEmpty()) {
            return usable().size() < majority - 1;
        }
        long complete = usable().stream()
                .filter(answer ->
                        answer.isComplete() && answer.reign().get().logId().equals(log().get()))
                .count();
        return complete < nodes() - majority + 1 && usable().size() < said.size();
    }

    boolean goesOn() {
        boolean everybodyWasHeard = count(Said.NOT_HEARD) == 0 && (count(Said.REFUSES) == 0 || sufficient.isPresent());
        int answers = usable().size();
        boolean mayOverlookALog = log().isEmpty() && !trustsItself();
        boolean enough = !isShort() && (!mayOverlookALog || everybodyWasHeard);
        boolean allowed = sufficient.isPresent() && answers >= sufficient.getAsInt() && everybodyWasHeard;
        return !areLogsDifferent() && (enough || allowed);
    }

    Position furthest() {
        return Stream.concat(Stream.of(own.position), usable().stream())
                .max(Comparator.comparingLong(Position::lastEpoch).thenComparingLong(Position::end))
                .orElseThrow();
    }

    Recovery.Decision decide() {
        List<Member> members =
                IntStream.range(0, said.size()).mapToObj(RecoveryCase::member).toList();
        long epoch = own.position.reign().map(Reign::epoch).orElse(0L);
        Identity identity = new Identity(
                OWN, Optional.empty(), own.position.reign(), Optional.empty(), 0, own.reigned ? epoch : 0, own.reigned);
        Recovery recovery = new Recovery(members, sufficient, identity, own.position, NOW_MS);
        for (int i = 0; i < said.size(); i++) {
            if (said.get(i) == Said.UNREACHABLE) {
                recovery.missed(member(i), true);
            } else if (said.get(i) == Said.REFUSES) {
                for (int times = 0; times < 3; times++) {
                    recovery.missed(member(i), REFUSAL);
                }
            } else if (said.get(i) != Said.NOT_HEARD) {
                recovery.promised(member(i), by(i, said.get(i).position));
            }
        }
        return recovery.decide(FRESH);
    }

    /** As this secondary tells it. */
    static Position by(int secondary, Position position) {
        return new Position(
                new UUID(8, secondary),
                position.promised(),
                position.reign(),
                position.end(),
                position.lastEpoch(),
                position.committed(),
                position.isComplete());
    }

    static Member member(int secondary) {
        return new Member(URI.create("http://secondary" + (secondary + 1) + ":8080"));
    }

    private static List<List<Said>> combinations(int secondaries) {
        List<List<Said>> all = List.of(List.of());
        for (int i = 0; i < secondaries; i++) {
            all = all.stream()
                    .flatMap(some -> Stream.of(Said.values()).map(next -> with(some, next)))
                    .toList();
        }
        return all;
    }

    private static List<Said> with(List<Said> some, Said next) {
        List<Said> longer = new ArrayList<>(some);
        longer.add(next);
        return longer;
    }

    private static Position held(UUID log, long epoch, long end, long lastEpoch) {
        return new Position(OWN, epoch, Optional.of(new Reign(log, epoch)), end, lastEpoch, 0, true);
    }
}
