package io.replicatedlog.leadership;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import io.replicatedlog.membership.Member;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.Identity;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Decides when a primary may begin its next reign, and over which log, from the promises that it was given in one epoch. Of
 * {@code n} nodes with majority {@code m}:
 *
 * <ul>
 *   <li>A primary whose own storage holds all that was acknowledged needs the promises of {@code m - 1} secondaries: together
 *       with itself a majority. What one of them holds beyond its own log it fetches.
 *   <li>A primary that holds nothing, where no promise tells of a log, needs as many, and begins a new one.
 *   <li>A primary that holds nothing, or has lost something, where a promise tells of a log, needs those of
 *       {@code n - m + 1} <em>secondaries</em>: it does not count itself, and any smaller set may miss an entry that a
 *       majority had acknowledged. For the same reason only those count that are of this log and sure to hold all that
 *       they have acknowledged; or else all must answer. It takes over the log that goes furthest. As many must follow it
 *       before it takes entries: then no older primary can be left with {@code m - 1} of them.
 * </ul>
 *
 * A secondary that has seen a later epoch than the primary remembers, or more committed than the primary holds, is a proof
 * that the primary's storage is an old copy. Where a log could be overlooked, the primary also waits until every other
 * secondary has missed its heartbeats; or, where an operator says how many answers suffice, has been asked in vain as often.
 *
 * <p>Thread-safe: guarded by its own monitor.
 */
public final class Recovery {

    /** A single call may be lost. As many as there are heartbeats to be missed. */
    private static final int ASKED_IN_VAIN = 3;

    private static final int MAX_REASON_LENGTH = 200;

    private final List<Member> secondaries;
    private final OptionalInt sufficient;
    private final Identity identity;
    private final Position own;
    private final long epoch;

    /** The promises, in the order of the configuration. */
    private final SortedMap<Member, Position> answers;

    /** Those that heartbeats call unhealthy. */
    private final Set<Member> unreachable;

    /** Those that gave no promise when they were asked last. */
    private final Map<Member, Silence> silences;

    /** @param times that it was asked, in a row */
    private record Silence(String why, int times) {}

    /** What to do now. */
    public sealed interface Decision {}

    /**
     * Not enough is known.
     *
     * @param why what is waited for, and what an operator can do
     * @param gist the same without the reasons that secondaries give, which may be others with each answer
     */
    public record Wait(String why, String gist) implements Decision {}

    /**
     * Enough is known.
     *
     * @param source the secondary whose log is taken over first; empty if none goes further than the primary's own
     * @param position how far that log goes; else how far the own one does
     * @param reign to begin then
     * @param followersNeeded how many secondaries must follow it before it takes entries
     * @param holdsAll whether the primary's own storage holds everything that was acknowledged
     * @param risk what may have been lost; empty if nothing that was acknowledged by a majority can be
     */
    public record GoOn(
            Optional<Member> source,
            Position position,
            Reign reign,
            int followersNeeded,
            boolean holdsAll,
            Optional<String> risk)
            implements Decision {}

    /**
     * @param secondaries all that are configured
     * @param sufficient how many answers suffice, if an operator has decided so
     * @param identity what this node remembers
     * @param own how far its log goes
     * @param epoch that the promises are asked for, and the reign will have
     */
    public Recovery(List<Member> secondaries, OptionalInt sufficient, Identity identity, Position own, long epoch) {
        Comparator<Member> asConfigured = Comparator.comparingInt(secondaries::indexOf);
        this.secondaries = secondaries;
        this.sufficient = sufficient;
        this.identity = identity;
        this.own = own;
        this.epoch = epoch;
        this.answers = new TreeMap<>(asConfigured);
        this.unreachable = new TreeSet<>(asConfigured);
        this.silences = new TreeMap<>(asConfigured);
    }

    /** The epoch that promises are asked for. */
    public long epoch() {
        return epoch;
    }

    /** A secondary has promised this epoch, and tells where its log stands. One node under two URLs counts once. */
    public synchronized void promised(Member secondary, Position position) {
        Optional<Member> alias = answers.entrySet().stream()
                .filter(other -> !other.getKey().equals(secondary)
                        && other.getValue().node().equals(position.node()))
                .map(Map.Entry::getKey)
                .findFirst();
        if (alias.isPresent()) {
            missed(secondary, "it is the same node as " + alias.get() + ", and counts once");
            return;
        }
        answers.put(secondary, position);
        unreachable.remove(secondary);
        silences.remove(secondary);
    }

    /** Heartbeats to a secondary are missed: its promise counts no more. */
    public synchronized void missed(Member secondary, boolean isUnhealthy) {
        answers.remove(secondary);
        if (isUnhealthy) {
            unreachable.add(secondary);
            silences.remove(secondary);
        }
    }

    /**
     * A secondary that answers heartbeats was asked, and gave no promise: one that it gave before counts no more.
     *
     * @param why shown to operators, cut where it is long
     */
    public synchronized void missed(Member secondary, String why) {
        answers.remove(secondary);
        String reason = why.length() > MAX_REASON_LENGTH ? why.substring(0, MAX_REASON_LENGTH - 1) + "…" : why;
        silences.merge(secondary, new Silence(reason, 1), (known, now) -> new Silence(now.why(), known.times() + 1));
    }

    /**
     * What follows from the promises so far.
     *
     * @param log the one to reign over; empty if no promise tells of any
     * @param usable the promises of those that hold nothing of another log
     * @param holdsAll whether this node is sure to hold everything that was acknowledged
     * @param needed how many promises it takes for nothing to be overlooked
     * @param missing how many more; at most 0 if that is so already
     */
    private record Heard(Optional<UUID> log, Map<Member, Position> usable, boolean holdsAll, int needed, int missing) {

        boolean isSafe() {
            return missing <= 0;
        }

        /** A node that did not answer may hold a log that nobody told of. */
        boolean mayOverlookALog() {
            return !isSafe() || log.isEmpty() && !holdsAll;
        }
    }

    /** @param fresh the id of the log that begins if there is none */
    public synchronized Decision decide(UUID fresh) {
        Set<UUID> logs = logs();
        if (logs.size() > 1) {
            return waiting("the secondaries hold different logs (" + describe(answers.keySet())
                    + "); empty those that hold the wrong one (move their data directories away), or take them out of"
                    + " SECONDARY_URLS");
        }
        Heard heard = heard(logs.stream().findFirst());
        int allowed = sufficient.orElse(Integer.MAX_VALUE) - heard.usable().size();
        int missing = Math.min(heard.missing(), allowed);
        if (missing > 0 || heard.mayOverlookALog() && !wasEverybodyHeard()) {
            return waiting(waitsFor(missing) + wayOut(heard) + foreign(heard));
        }
        return goOn(heard, fresh);
    }

    /** Why this node's storage is not its last, although it believes to hold its reign; empty if nothing says so. */
    public synchronized Optional<String> doubt() {
        if (!identity.holdsItsReign()) {
            return Optional.empty();
        }
        return answers.entrySet().stream()
                .flatMap(answer -> doubt(answer.getKey(), answer.getValue()).stream())
                .findFirst();
    }

    private Optional<String> doubt(Member secondary, Position answer) {
        UUID log = identity.reign().orElseThrow().logId();
        if (!answer.isOf(log)) {
            return Optional.empty();
        }
        long seen = answer.reign().orElseThrow().epoch();
        if (seen > identity.reigned() && !answer.reign().equals(identity.reign())) {
            return Optional.of(secondary + " follows epoch " + seen + ", and this node reigned last in epoch "
                    + identity.reigned());
        }
        return answer.committed() > own.end()
                ? Optional.of(secondary + " knows everything below " + answer.committed()
                        + " to be committed, and this node holds " + own.end() + " entries")
                : Optional.empty();
    }

    /**
     * The logs that a node holds; only the primary's own, if it holds one or has begun one. If no node holds any, the one that
     * was followed last.
     */
    private Set<UUID> logs() {
        if (own.reign().isPresent() && (identity.holdsItsReign() || !own.isEmpty())) {
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
        Map<Member, Position> usable = new TreeMap<>(answers);
        usable.values()
                .removeIf(
                        answer -> !answer.isEmpty() && log.filter(answer::isOf).isEmpty());
        boolean holdsAll = identity.holdsItsReign() && doubt().isEmpty();
        int others = majority() - 1;
        if (holdsAll || log.isEmpty()) {
            return new Heard(log, usable, holdsAll, others, others - usable.size());
        }
        int needed = secondaries.size() + 1 - majority() + 1;
        int counted = (int) usable.values().stream()
                .filter(answer -> answer.isComplete() && answer.isOf(log.get()))
                .count();
        return new Heard(log, usable, false, needed, Math.min(needed - counted, secondaries.size() - usable.size()));
    }

    /** Unless an operator decides otherwise, a secondary that answers heartbeats must say what it holds. */
    private boolean wasEverybodyHeard() {
        return others(answers.keySet()).stream()
                .allMatch(other ->
                        unreachable.contains(other) || sufficient.isPresent() && wasAskedInVain(silences.get(other)));
    }

    private static boolean wasAskedInVain(Silence silence) {
        return silence != null && silence.times() >= ASKED_IN_VAIN;
    }

    private int majority() {
        return Quorum.majority(secondaries.size() + 1);
    }

    private Decision goOn(Heard heard, UUID fresh) {
        Optional<Map.Entry<Member, Position>> furthest = heard.usable().entrySet().stream()
                .filter(answer -> answer.getValue().isFurtherThan(own))
                .max(Map.Entry.comparingByValue(Position.BY_HISTORY));
        return new GoOn(
                furthest.map(Map.Entry::getKey),
                furthest.map(Map.Entry::getValue).orElse(own),
                new Reign(heard.log().orElse(fresh), epoch),
                followersNeeded(heard),
                heard.holdsAll(),
                risk(heard));
    }

    /** As many as promises; an operator may want fewer, and there may be no more. */
    private int followersNeeded(Heard heard) {
        int needed = Math.min(heard.needed(), secondaries.size());
        return Math.min(needed, sufficient.orElse(needed));
    }

    private Optional<String> risk(Heard heard) {
        if (!heard.isSafe()) {
            return Optional.of("as the configuration demands, answers that are missing to be sure: "
                    + heard.missing() + "; what only the others hold is lost to the log: "
                    + describe(others(heard.usable().keySet())));
        }
        return secondaries.isEmpty() && own.reign().isPresent() && !identity.holdsItsReign()
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
        List<Member> silent = others(answers.keySet());
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
        List<Member> foreign = secondaries.stream()
                .filter(member -> answers.containsKey(member) && !heard.usable().containsKey(member))
                .toList();
        return foreign.isEmpty()
                ? ""
                : ". Of another log than " + heard.log().orElseThrow() + ", and so not counted: " + describe(foreign)
                        + "; empty what is of another log (move its data directory away), or take it out of"
                        + " SECONDARY_URLS";
    }

    private List<Member> others(Set<Member> these) {
        Set<Member> known = new HashSet<>(these);
        return secondaries.stream().filter(member -> !known.contains(member)).toList();
    }

    private String describe(Collection<Member> some) {
        return some.stream().map(member -> member + state(member)).collect(joining(", "));
    }

    private String state(Member secondary) {
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
