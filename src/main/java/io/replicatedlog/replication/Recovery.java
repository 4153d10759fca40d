package io.replicatedlog.replication;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import io.replicatedlog.cluster.Quorum;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * Decides when a primary that starts may go on, and with whose log. Of {@code n} nodes with majority {@code m}:
 *
 * <ul>
 *   <li>A primary whose own storage holds all that was acknowledged waits for {@code m - 1} secondaries: together with
 *       itself a majority. What one of them holds beyond its own log it fetches.
 *   <li>A primary that holds nothing, where all that answer hold nothing, waits for as many, and begins a new log.
 *   <li>A primary that holds nothing, or has lost something, where somebody holds a log, waits for
 *       {@code n - m + 1} <em>secondaries</em>: it does not count itself, and any smaller set may miss an entry that a
 *       majority had acknowledged. It takes over the log that goes furthest.
 * </ul>
 *
 * A secondary that has seen a later epoch than the primary remembers is a proof that the primary's storage is not its
 * last. Where what is there could be overlooked, the second and the third rule also wait until every other secondary has
 * missed its heartbeats.
 *
 * <p>Thread-safe: guarded by its own monitor.
 */
public final class Recovery {

    /** Epochs that are left out where not everybody was asked who could know of one. */
    static final long UNSEEN_EPOCHS = 1_000;

    private final List<URI> secondaries;
    private final OptionalInt sufficient;
    private final boolean reigned;
    private final Position own;

    /** What secondaries said, by their place in the configuration. */
    private final Map<Integer, Position> answers = new TreeMap<>();

    /** Those that heartbeats call unhealthy. */
    private final Set<Integer> unreachable = new TreeSet<>();

    /** What to do now. */
    public sealed interface Decision {}

    /** Not enough is known. @param why what is waited for, and what an operator can do */
    public record Wait(String why) implements Decision {}

    /**
     * Enough is known.
     *
     * @param source the secondary whose log is taken over first, by its place in the configuration; empty if none goes
     *     further than the primary's own
     * @param position how far that log goes; else how far the own one does
     * @param reign to begin then
     * @param holdsAll whether the primary's own storage holds everything that was acknowledged
     * @param risk what may have been lost; empty if nothing that was acknowledged by a majority can be
     */
    public record GoOn(OptionalInt source, Position position, Reign reign, boolean holdsAll, Optional<String> risk)
            implements Decision {}

    /**
     * @param secondaries all that are configured
     * @param sufficient how many answers suffice, if an operator has decided so
     * @param identity what this node remembers
     * @param own how far its log goes
     */
    public Recovery(List<URI> secondaries, OptionalInt sufficient, Identity identity, Position own) {
        this.secondaries = secondaries;
        this.sufficient = sufficient;
        this.reigned = identity.reigned();
        this.own = own;
    }

    /** A secondary says where it stands. */
    public synchronized void answered(int secondary, Position position) {
        answers.put(secondary, position);
        unreachable.remove(secondary);
    }

    /** Heartbeats to a secondary are missed: what it said before counts no more. */
    public synchronized void missed(int secondary, boolean isUnhealthy) {
        answers.remove(secondary);
        if (isUnhealthy) {
            unreachable.add(secondary);
        }
    }

    /** @param fresh the id of the log that begins if there is none */
    public synchronized Decision decide(UUID fresh) {
        Set<UUID> logs = logs();
        if (logs.size() > 1) {
            return new Wait("the secondaries hold different logs (" + describe(answers.keySet())
                    + "); empty those that hold the wrong one, or take them out of SECONDARY_URLS");
        }
        Optional<UUID> log = logs.stream().findFirst();
        Map<Integer, Position> usable = new TreeMap<>(answers);
        usable.values()
                .removeIf(answer ->
                        !answer.isEmpty() && !log.equals(answer.reign().map(Reign::logId)));
        boolean remembers = reigned && usable.values().stream().noneMatch(answer -> hasSeenALaterReign(answer));
        int needed = needed(remembers, log.isEmpty());
        int enough = Math.min(needed, sufficient.orElse(needed));
        boolean mustHearOthers = !remembers || usable.size() < needed;
        if (usable.size() < enough || mustHearOthers && answers.size() + unreachable.size() < secondaries.size()) {
            return new Wait(waiting(usable.keySet(), enough, needed));
        }
        return goOn(log.orElse(fresh), usable, remembers, needed);
    }

    /** How many secondaries must follow the next reign before it takes entries, unless an operator wants fewer. */
    public int followersNeeded() {
        int others = majority() - 1;
        return Math.min(others, sufficient.orElse(others));
    }

    /** The logs that somebody holds; only the primary's own, if it holds one or has begun one. */
    private Set<UUID> logs() {
        if (own.reign().isPresent() && (reigned || !own.isEmpty())) {
            return Set.of(own.reign().get().logId());
        }
        return answers.values().stream()
                .filter(answer -> !answer.isEmpty())
                .flatMap(answer -> answer.reign().stream())
                .map(Reign::logId)
                .collect(toSet());
    }

    private boolean hasSeenALaterReign(Position answer) {
        Reign mine = own.reign().orElseThrow();
        return answer.reign()
                .filter(reign -> reign.logId().equals(mine.logId()) && reign.epoch() > mine.epoch())
                .isPresent();
    }

    /** How many secondaries must have answered for nothing to be overlooked. */
    private int needed(boolean remembers, boolean nobodyHoldsALog) {
        int nodes = secondaries.size() + 1;
        return remembers || nobodyHoldsALog ? majority() - 1 : Math.min(nodes - majority() + 1, secondaries.size());
    }

    private int majority() {
        return Quorum.majority(secondaries.size() + 1);
    }

    private Decision goOn(UUID log, Map<Integer, Position> usable, boolean remembers, int needed) {
        Optional<Map.Entry<Integer, Position>> furthest = usable.entrySet().stream()
                .filter(answer -> answer.getValue().isFurtherThan(own))
                .max(Map.Entry.comparingByValue(Position.BY_HISTORY));
        long epoch = Math.max(
                own.epoch(),
                usable.values().stream().mapToLong(Position::epoch).max().orElse(0));
        Optional<String> risk = Optional.empty();
        if (usable.size() < needed) {
            epoch += UNSEEN_EPOCHS;
            risk = Optional.of(
                    "only " + usable.size() + " of the " + needed + " secondaries that are needed were heard;"
                            + " what only the others hold is lost to the log: " + describe(others(usable.keySet())));
        }
        return new GoOn(
                furthest.map(answer -> OptionalInt.of(answer.getKey())).orElse(OptionalInt.empty()),
                furthest.map(Map.Entry::getValue).orElse(own),
                new Reign(log, epoch + 1),
                remembers,
                risk);
    }

    private String waiting(Set<Integer> usable, int enough, int needed) {
        String waitsFor = usable.size() < enough
                ? (enough - usable.size()) + " more of the secondaries " + describe(others(usable))
                        + " to say where they stand"
                : "an answer, or three missed heartbeats, of " + describe(others(answers.keySet()));
        String goOn = usable.size() < needed && sufficient.isEmpty() && !unreachable.isEmpty()
                ? ". If they can never come back: replicatedlog.recovery-answers=" + usable.size()
                        + " lets this node start without them, and what only they hold is lost to the log"
                : "";
        return "waits for " + waitsFor + goOn;
    }

    private List<Integer> others(Set<Integer> these) {
        return IntStream.range(0, secondaries.size())
                .filter(secondary -> !these.contains(secondary))
                .boxed()
                .toList();
    }

    private String describe(Iterable<Integer> some) {
        List<String> described = new ArrayList<>();
        for (int secondary : some) {
            Position answer = answers.get(secondary);
            String state = answer == null
                    ? unreachable.contains(secondary) ? " (not reachable)" : ""
                    : " (holds " + answer.end() + " entries"
                            + answer.reign()
                                    .map(reign -> " of log " + reign.logId())
                                    .orElse("") + ")";
            described.add(secondaries.get(secondary) + state);
        }
        return described.stream().collect(joining(", "));
    }
}
