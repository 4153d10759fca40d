package io.replicatedlog.replication;

import io.replicatedlog.cluster.Quorum;
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
    static final UUID LOG = new UUID(1, 1);
    private static final UUID OTHER = new UUID(2, 2);
    private static final Position NOTHING = new Position(Optional.empty(), 0, 0);

    /** What a secondary has said. */
    enum Said {
        NOT_HEARD(null),
        UNREACHABLE(null),
        EMPTY(NOTHING),
        FULL(held(LOG, 5, 10, 5)),
        SHORTER(held(LOG, 4, 4, 3)),
        FOREIGN(held(OTHER, 9, 20, 9));

        final Position position;

        Said(Position position) {
            this.position = position;
        }

        boolean mayHold(long offset) {
            return position == null || (this == FULL || this == SHORTER) && offset < position.end();
        }
    }

    /** What the primary's own storage is. */
    enum Own {
        REMEMBERS(held(LOG, 5, 8, 5), true),
        OUTDATED(held(LOG, 4, 4, 3), true),
        NOTHING(RecoveryCase.NOTHING, false),
        LOST(held(LOG, 5, 6, 4), false);

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
        return own == Own.NOTHING && count(Said.FOREIGN) > 0 && count(Said.FULL) + count(Said.SHORTER) > 0;
    }

    Optional<UUID> log() {
        boolean ours = own != Own.NOTHING || count(Said.FULL) + count(Said.SHORTER) > 0;
        return ours ? Optional.of(LOG) : count(Said.FOREIGN) > 0 ? Optional.of(OTHER) : Optional.empty();
    }

    boolean trustsItself() {
        return own == Own.REMEMBERS || own == Own.OUTDATED && count(Said.FULL) == 0;
    }

    List<Position> usable() {
        return said.stream()
                .filter(one -> one.position != null)
                .filter(one -> one != Said.FOREIGN || log().equals(Optional.of(OTHER)))
                .map(one -> one.position)
                .toList();
    }

    int required() {
        int majority = Quorum.majority(nodes());
        return trustsItself() || log().isEmpty() ? majority - 1 : nodes() - majority + 1;
    }

    boolean isShort() {
        return usable().size() < required();
    }

    boolean goesOn() {
        boolean everybodyWasHeard = count(Said.NOT_HEARD) == 0;
        int answers = usable().size();
        boolean enough = answers >= required() && (trustsItself() || everybodyWasHeard);
        boolean allowed = sufficient.isPresent() && answers >= sufficient.getAsInt() && everybodyWasHeard;
        return !areLogsDifferent() && (enough || allowed);
    }

    Position furthest() {
        List<Position> all = new ArrayList<>(usable());
        all.add(own.position);
        return all.stream()
                .max(Comparator.comparingLong(Position::lastEpoch).thenComparingLong(Position::end))
                .orElseThrow();
    }

    Recovery.Decision decide() {
        List<URI> urls =
                IntStream.range(0, said.size()).mapToObj(RecoveryCase::url).toList();
        Identity identity = new Identity(own.position.reign(), Optional.empty(), 0, own.reigned);
        Recovery recovery = new Recovery(urls, sufficient, identity, own.position);
        for (int i = 0; i < said.size(); i++) {
            if (said.get(i) == Said.UNREACHABLE) {
                recovery.missed(i, true);
            } else if (said.get(i) != Said.NOT_HEARD) {
                recovery.answered(i, said.get(i).position);
            }
        }
        return recovery.decide(FRESH);
    }

    static URI url(int secondary) {
        return URI.create("http://secondary" + (secondary + 1) + ":8080");
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
        return new Position(Optional.of(new Reign(log, epoch)), end, lastEpoch);
    }
}
