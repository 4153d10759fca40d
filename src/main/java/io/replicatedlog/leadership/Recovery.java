package io.replicatedlog.leadership;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import io.replicatedlog.membership.Quorum;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.Identity;
import java.net.URI;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Decides when a primary that starts may go on, and with whose log. Of {@code n} nodes with majority {@code m}:
 *
 * <ul>
 *   <li>A primary whose own storage holds all that was acknowledged waits for {@code m - 1} secondaries: together with
 *       itself a majority. What one of them holds beyond its own log it fetches.
 *   <li>A primary that holds nothing, where nobody who answers knows of a log, waits for as many, and begins a new one.
 *   <li>A primary that holds nothing, or has lost something, where somebody knows of a log, waits for
 *       {@code n - m + 1} <em>secondaries</em>: it does not count itself, and any smaller set may miss an entry that a
 *       majority had acknowledged. For the same reason only those count that are of this log and sure to hold all that
 *       they have acknowledged; or else all must answer. It takes over the log that goes furthest.
 * </ul>
 *
 * A secondary that has seen a later epoch than the primary remembers is a proof that the primary's storage is not its
 * last. Where what is there could be overlooked, the second and the third rule also wait until every other secondary
 * has missed its heartbeats; or, where an operator says how many answers suffice, has been asked in vain as often.
 *
 * <p>Thread-safe: guarded by its own monitor.
 */
public final class Recovery {

    /** A single call may be lost. As many as there are heartbeats to be missed. */
    private static final int ASKED_IN_VAIN = 3;

    private static final int MAX_REASON_LENGTH = 200;

    private final List<URI> secondaries;
    private final OptionalInt sufficient;
    private final boolean reigned;
    private final Position own;

    /** What secondaries said, by their place in the configuration. */
    private final Map<Integer, Position> answers = new TreeMap<>();

    /** Those that heartbeats call unhealthy. */
    private final Set<Integer> unreachable = new TreeSet<>();

    /** Those that were asked last and did not say where they stand. */
    private final Map<Integer, Silence> silences = new TreeMap<>();

    /** @param times that it was asked, in a row */
    private record Silence(String why, int times) {}

    /** What to do now. */
    public sealed interface Decision {}

    /**
     * Not enough is known.
     *
     * @param why what is waited for, and what an operator can do
     * @param gist the same without what a secondary gives as its reason, which may be another with each answer
     */
    public record Wait(String why, String gist) implements Decision {}

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
        silences.remove(secondary);
    }

    /** Heartbeats to a secondary are missed: what it said before counts no more. */
    public synchronized void missed(int secondary, boolean isUnhealthy) {
        answers.remove(secondary);
        if (isUnhealthy) {
            unreachable.add(secondary);
            silences.remove(secondary);
        }
    }

    /**
     * A secondary that answers heartbeats was asked, and did not say where it stands: what it said before counts no
     * more.
     *
     * @param why shown to operators, cut where it is long
     */
    public synchronized void missed(int secondary, String why) {
        answers.remove(secondary);
        String reason = why.length() > MAX_REASON_LENGTH ? why.substring(0, MAX_REASON_LENGTH - 1) + "…" : why;
        silences.merge(secondary, new Silence(reason, 1), (known, now) -> new Silence(now.why(), known.times() + 1));
    }

    /**
     * What follows from the answers so far.
     *
     * @param log the one to go on with; empty if nobody knows of any
     * @param usable the answers of those that hold nothing of another log
     * @param remembers whether this node is sure to hold everything that was acknowledged
     * @param missing how many answers more it takes for nothing to be overlooked; at most 0 if that is so already
     */
    private record Heard(Optional<UUID> log, Map<Integer, Position> usable, boolean remembers, int missing) {

        boolean isSafe() {
            return missing <= 0;
        }
    }

    /**
     * @param fresh the id of the log that begins if there is none
     * @param nowMs milliseconds since 1970: the next epoch, unless one that is known is as high. So no epoch is used
     *     twice, even where the node has forgotten those that it used, or remembers an old state of them
     */
    public synchronized Decision decide(UUID fresh, long nowMs) {
        Set<UUID> logs = logs();
        if (logs.size() > 1) {
            return waiting("the secondaries hold different logs (" + describe(answers.keySet())
                    + "); empty those that hold the wrong one (move their data directories away), or take them out of"
                    + " SECONDARY_URLS");
        }
        Heard heard = heard(logs.stream().findFirst());
        int allowed = sufficient.orElse(Integer.MAX_VALUE) - heard.usable().size();
        int missing = Math.min(heard.missing(), allowed);
        boolean mustHearOthers = !heard.remembers() || !heard.isSafe();
        if (missing > 0 || mustHearOthers && !wasEverybodyHeard()) {
            return waiting(waitsFor(missing) + wayOut(heard) + foreign(heard));
        }
        return goOn(heard, fresh, nowMs);
    }

    /** How many secondaries must follow the next reign before it takes entries, unless an operator wants fewer. */
    public int followersNeeded() {
        int others = majority() - 1;
        return Math.min(others, sufficient.orElse(others));
    }

    /**
     * The logs that somebody holds; only the primary's own, if it holds one or has begun one. If nobody holds any, the
     * one that was followed last.
     */
    private Set<UUID> logs() {
        if (own.reign().isPresent() && (reigned || !own.isEmpty())) {
            return Set.of(own.reign().get().logId());
        }
        Set<UUID> held = answers.values().stream()
                .filter(answer -> !answer.isEmpty())
                .flatMap(answer -> answer.reign().stream())
                .map(Reign::logId)
                .collect(toSet());
        if (!held.isEmpty()) {
            return held;
        }
        return Stream.concat(Stream.of(own), answers.values().stream())
                .flatMap(known -> known.reign().stream())
                .max(Comparator.comparingLong(Reign::epoch))
                .map(reign -> Set.of(reign.logId()))
                .orElse(Set.of());
    }

    private Heard heard(Optional<UUID> log) {
        Map<Integer, Position> usable = new TreeMap<>(answers);
        usable.values()
                .removeIf(
                        answer -> !answer.isEmpty() && log.filter(answer::isOf).isEmpty());
        boolean remembers = reigned && usable.values().stream().noneMatch(this::hasSeenALaterReign);
        int missing = majority() - 1 - usable.size();
        if (!remembers && log.isPresent()) {
            int nodes = secondaries.size() + 1;
            long counted = usable.values().stream()
                    .filter(answer -> answer.isComplete() && answer.isOf(log.get()))
                    .count();
            missing = (int) Math.min(nodes - majority() + 1 - counted, secondaries.size() - usable.size());
        }
        return new Heard(log, usable, remembers, missing);
    }

    /** Without an operator's word a secondary that is there must say what it holds. */
    private boolean wasEverybodyHeard() {
        return others(answers.keySet()).stream()
                .allMatch(other ->
                        unreachable.contains(other) || sufficient.isPresent() && wasAskedInVain(silences.get(other)));
    }

    private static boolean wasAskedInVain(Silence silence) {
        return silence != null && silence.times() >= ASKED_IN_VAIN;
    }

    private boolean hasSeenALaterReign(Position answer) {
        Reign mine = own.reign().orElseThrow();
        return answer.reign()
                .filter(reign -> reign.logId().equals(mine.logId()) && reign.epoch() > mine.epoch())
                .isPresent();
    }

    private int majority() {
        return Quorum.majority(secondaries.size() + 1);
    }

    private Decision goOn(Heard heard, UUID fresh, long nowMs) {
        Optional<Map.Entry<Integer, Position>> furthest = heard.usable().entrySet().stream()
                .filter(answer -> answer.getValue().isFurtherThan(own))
                .max(Map.Entry.comparingByValue(Position.BY_HISTORY));
        long known = Stream.concat(Stream.of(own), heard.usable().values().stream())
                .mapToLong(Position::epoch)
                .max()
                .orElseThrow();
        return new GoOn(
                furthest.map(answer -> OptionalInt.of(answer.getKey())).orElse(OptionalInt.empty()),
                furthest.map(Map.Entry::getValue).orElse(own),
                new Reign(heard.log().orElse(fresh), Math.max(known + 1, nowMs)),
                heard.remembers(),
                risk(heard));
    }

    private Optional<String> risk(Heard heard) {
        if (!heard.isSafe()) {
            return Optional.of("as the configuration demands, answers that are missing to be sure: "
                    + heard.missing() + "; what only the others hold is lost to the log: "
                    + describe(others(heard.usable().keySet())));
        }
        return secondaries.isEmpty() && own.reign().isPresent() && !reigned
                ? Optional.of("with what is left: entries were lost, and there is no other node that may hold them")
                : Optional.empty();
    }

    private Wait waiting(String why) {
        String gist = why;
        for (Silence silence : silences.values()) {
            gist = gist.replace(": " + silence.why(), "");
        }
        return new Wait(why, gist);
    }

    private String waitsFor(int missing) {
        List<Integer> silent = others(answers.keySet());
        if (missing <= 0) {
            return "waits for an answer, or three missed heartbeats, of " + describe(silent);
        }
        return "waits for " + missing + " more of the secondaries"
                + (silent.isEmpty() ? "" : " " + describe(silent) + " to say where they stand");
    }

    private String wayOut(Heard heard) {
        boolean isSomebodyGone =
                !unreachable.isEmpty() || silences.values().stream().anyMatch(Recovery::wasAskedInVain);
        return !heard.isSafe() && sufficient.isEmpty() && isSomebodyGone
                ? ". If they can never answer: replicatedlog.recovery-answers="
                        + heard.usable().size()
                        + " lets this node start without them, and what only they hold is lost to the log"
                : "";
    }

    private String foreign(Heard heard) {
        Set<Integer> foreign = new TreeSet<>(answers.keySet());
        foreign.removeAll(heard.usable().keySet());
        return foreign.isEmpty()
                ? ""
                : ". Of another log than " + heard.log().orElseThrow() + ", and so not counted: " + describe(foreign)
                        + "; empty what is of another log (move its data directory away), or take it out of"
                        + " SECONDARY_URLS";
    }

    private List<Integer> others(Set<Integer> these) {
        return IntStream.range(0, secondaries.size())
                .filter(secondary -> !these.contains(secondary))
                .boxed()
                .toList();
    }

    private String describe(Collection<Integer> some) {
        return some.stream()
                .map(secondary -> secondaries.get(secondary) + state(secondary))
                .collect(joining(", "));
    }

    private String state(int secondary) {
        Position answer = answers.get(secondary);
        if (answer != null) {
            String log = answer.reign().map(reign -> " of log " + reign.logId()).orElse("");
            return " (holds " + answer.end() + " entries" + log + ")";
        }
        Silence silence = silences.get(secondary);
        if (silence != null) {
            return " (does not say: " + silence.why() + ")";
        }
        return unreachable.contains(secondary) ? " (not reachable)" : "";
    }
}
