package io.replicatedlog.leadership;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import io.replicatedlog.primary.Mandate;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.Identity;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The promises that a candidate was given in one epoch, and what follows from them: whether it may begin its reign, and over
 * which log.
 *
 * <ul>
 *   <li>Over a log that a member knows of: once as many complete members have promised as {@link Electorate#needed} says. It
 *       takes over the log that goes furthest among theirs.
 *   <li>Over a new log: once every other member has said that it knows of none.
 *   <li>A member that is not complete counts for nothing: it may have promised, or acknowledged, what it has forgotten.
 *   <li>Where no other node can lead, the promises of all others suffice: there is nothing more to be known.
 *   <li>What an operator has decided to suffice suffices, and is said.
 * </ul>
 *
 * A member that knows more to be committed than the candidate holds, or that has followed a reign of the candidate's own that
 * the candidate does not remember, proves the candidate's storage to be an old copy: then the candidate is not complete.
 *
 * <p>Thread-safe: guarded by its own monitor.
 */
public final class Promises {

    private static final int MAX_REASON_LENGTH = 200;

    private final Electorate electorate;
    private final Identity identity;
    private final Position own;
    private final long epoch;

    /** Whether the others had their time: what an operator has decided to suffice suffices from then on. */
    private boolean isLate;

    private final Map<Member, Position> given = new LinkedHashMap<>();

    /** Why the others gave none when they were asked last. */
    private final Map<Member, String> silences = new LinkedHashMap<>();

    /** What to do now. */
    public sealed interface Decision {}

    /**
     * Not enough is known.
     *
     * @param why what is waited for, and what an operator can do
     */
    public record Wait(String why) implements Decision {}

    /**
     * Enough is known.
     *
     * @param mandate with what the reign begins
     * @param source the member whose log is taken over first; empty if this node's own goes furthest
     * @param position how far that log goes
     * @param isComplete whether this node is sure to hold everything that it has acknowledged
     * @param risk what may have been lost; empty if nothing that was acknowledged by a majority can be
     */
    public record Lead(
            Mandate mandate, Optional<Member> source, Position position, boolean isComplete, Optional<String> risk)
            implements Decision {}

    /**
     * @param identity what this node remembers
     * @param own how far its log goes
     * @param epoch that the promises are asked for, and the reign will have
     */
    public Promises(Electorate electorate, Identity identity, Position own, long epoch) {
        this.electorate = electorate;
        this.identity = identity;
        this.own = own;
        this.epoch = epoch;
    }

    /** The epoch that promises are asked for. */
    public long epoch() {
        return epoch;
    }

    /** A member has promised this epoch, and tells where its log stands. One node under two URLs counts once. */
    public synchronized void promised(Member member, Position position) {
        Optional<Member> alias = given.entrySet().stream()
                .filter(other -> !other.getKey().equals(member)
                        && other.getValue().node().equals(position.node()))
                .map(Map.Entry::getKey)
                .findFirst();
        if (position.node().equals(identity.node())) {
            refused(member, "it is this node itself, or has a copy of its data directory, and does not count");
        } else if (alias.isPresent()) {
            refused(member, "it is the same node as " + alias.get() + ", and counts once");
        } else {
            given.put(member, position);
            silences.remove(member);
        }
    }

    /**
     * A member was asked, and gave no promise; one that it gave before counts.
     *
     * @param why shown to operators, cut where it is long
     */
    public synchronized void refused(Member member, String why) {
        silences.put(member, why.length() > MAX_REASON_LENGTH ? why.substring(0, MAX_REASON_LENGTH - 1) + "…" : why);
    }

    /** The others had their time to answer. */
    public synchronized void late() {
        isLate = true;
    }

    /** The members that have promised, in the order of their answers. */
    public synchronized List<Member> given() {
        return List.copyOf(given.keySet());
    }

    /** The members that have not promised yet. */
    public synchronized List<Member> missing() {
        return electorate.others().stream()
                .filter(member -> !given.containsKey(member))
                .toList();
    }

    /** @param fresh the id of the log that begins if there is none */
    public synchronized Decision decide(UUID fresh) {
        Set<UUID> logs = logs();
        if (logs.size() > 1) {
            return new Wait("the members hold different logs (" + describe(given.keySet())
                    + "); empty those that hold the wrong one (move their data directories away)");
        }
        return logs.stream().findFirst().map(this::over).orElseGet(() -> begin(fresh));
    }

    /** The logs that members hold; only this node's own, if it holds one. If none is held, the one that was followed last. */
    private Set<UUID> logs() {
        if (own.reign().isPresent() && (identity.isComplete() || !own.isEmpty())) {
            return Set.of(own.reign().get().logId());
        }
        Set<UUID> held = given.values().stream()
                .filter(answer -> !answer.isEmpty())
                .flatMap(answer -> answer.reign().stream())
                .map(Reign::logId)
                .collect(toSet());
        if (!held.isEmpty()) {
            return held;
        }
        return Stream.concat(Stream.of(own), given.values().stream())
                .flatMap(known -> known.reign().stream())
                .max(Comparator.comparingLong(Reign::epoch))
                .map(reign -> Set.of(reign.logId()))
                .orElse(Set.of());
    }

    private Decision begin(UUID fresh) {
        int missing = electorate.others().size() - given.size();
        boolean isDecreed = missing > 0 && isEnoughForTheOperator(given.size());
        if (!electorate.mayBegin()) {
            return new Wait("no member that answers knows of a log, and another node is configured to begin one");
        }
        if (missing > 0 && !isDecreed) {
            return new Wait("a new log begins once every member has said that it knows of none: waits for "
                    + describe(missing()) + wayOut(given.size()));
        }
        return new Lead(mandate(fresh, isDecreed, true), Optional.empty(), own, true, risk(isDecreed, missing));
    }

    private Decision over(UUID log) {
        boolean isComplete = identity.isComplete() && doubt().isEmpty();
        Map<Member, Position> complete = new LinkedHashMap<>(given);
        complete.values().removeIf(answer -> !electorate.isComplete(answer, log));
        Map<Member, Position> usable = new LinkedHashMap<>(given);
        usable.values().removeIf(answer -> !answer.isEmpty() && !answer.isOf(log));
        int missing = electorate.needed(isComplete) - complete.size();
        boolean isAllThereIs = missing > 0
                && electorate.isFixed()
                && usable.size() == electorate.others().size();
        missing = isAllThereIs ? 0 : missing;
        boolean isAlone = electorate.others().isEmpty();
        boolean isDecreed = missing > 0 && (isAlone || isEnoughForTheOperator(usable.size()));
        if (missing > 0 && !isDecreed) {
            return new Wait("waits for " + missing + " more of the members to promise epoch " + epoch + ": "
                    + describe(others(complete.keySet())) + wayOut(usable.size()) + foreign(log));
        }
        Map<Member, Position> sources = isDecreed || isAllThereIs ? usable : complete;
        Optional<Map.Entry<Member, Position>> furthest =
                sources.entrySet().stream().max(Map.Entry.comparingByValue(Position.BY_HISTORY));
        boolean isOwnFurthest = furthest.isEmpty()
                || (isComplete || isDecreed || isAllThereIs)
                        && !furthest.get().getValue().isFurtherThan(own);
        return new Lead(
                mandate(log, isDecreed, isComplete),
                isOwnFurthest ? Optional.empty() : furthest.map(Map.Entry::getKey),
                isOwnFurthest ? own : furthest.get().getValue(),
                isComplete,
                risk(isDecreed, missing));
    }

    /** Why this node's storage is not its last, although it believes to be complete; empty if nothing says so. */
    public synchronized Optional<String> doubt() {
        Optional<Reign> last = own.reign().filter(reign -> wasPrimary());
        return last.flatMap(reign -> given.entrySet().stream()
                .filter(answer -> answer.getValue().reign().equals(last)
                        && answer.getValue().committed() > own.end())
                .map(answer -> answer.getKey() + " knows everything below "
                        + answer.getValue().committed() + " to be committed in this node's own " + reign
                        + ", and this node holds " + own.end() + " entries")
                .findFirst());
    }

    private boolean wasPrimary() {
        return identity.primary().filter(electorate.self().url()::equals).isPresent();
    }

    private Mandate mandate(UUID log, boolean isDecreed, boolean isComplete) {
        int needed = Math.min(electorate.needed(isComplete), electorate.others().size());
        return new Mandate(
                new Reign(log, epoch),
                members(log, isComplete),
                isDecreed ? Math.min(needed, electorate.sufficient().orElse(0)) : needed,
                electorate.isFixed() || isDecreed);
    }

    /**
     * Those of the log. Where this node does not know them, with the node ids of those that have held it from its beginning: all
     * of one that begins; of another, those that are sure to hold it, for a storage that replaced a lost one is refilled first.
     */
    private Members members(UUID log, boolean isComplete) {
        if (identity.isOf(log) && identity.members().isPresent()) {
            return identity.members().get();
        }
        boolean begins = logs().isEmpty();
        Map<Member, Optional<UUID>> ids = new LinkedHashMap<>();
        for (Member member : electorate.members().list()) {
            Optional<UUID> id = Optional.ofNullable(given.get(member))
                    .filter(answer -> begins || electorate.isComplete(answer, log))
                    .map(Position::node);
            ids.put(member, id);
        }
        ids.put(electorate.self(), isComplete ? Optional.of(identity.node()) : Optional.empty());
        return new Members(epoch, ids);
    }

    private boolean isEnoughForTheOperator(int answers) {
        return isLate
                && electorate.sufficient().isPresent()
                && answers >= electorate.sufficient().getAsInt();
    }

    private Optional<String> risk(boolean isDecreed, int missing) {
        if (isDecreed && electorate.others().isEmpty()) {
            return Optional.of("with what is left: entries were lost, and there is no other node that may hold them");
        }
        return isDecreed
                ? Optional.of("as the configuration demands, without the answers of " + missing
                        + " members that are missing to be sure; what only these hold is lost to the log: "
                        + describe(missing()))
                : Optional.empty();
    }

    private String wayOut(int answers) {
        return electorate.sufficient().isEmpty()
                ? ". If they can never answer: replicatedlog.recovery-answers=" + answers
                        + " lets this node lead without them, and what only they hold is lost to the log"
                : "";
    }

    private String foreign(UUID log) {
        List<Member> foreign = given.entrySet().stream()
                .filter(answer ->
                        !answer.getValue().isEmpty() && !answer.getValue().isOf(log))
                .map(Map.Entry::getKey)
                .toList();
        return foreign.isEmpty()
                ? ""
                : ". Of another log than " + log + ", and so not counted: " + describe(foreign)
                        + "; empty what is of another log (move its data directory away)";
    }

    private List<Member> others(Collection<Member> these) {
        List<Member> others = new ArrayList<>(electorate.others());
        others.removeAll(these);
        return others;
    }

    private String describe(Collection<Member> some) {
        return some.stream().map(member -> member + state(member)).collect(joining(", "));
    }

    private String state(Member member) {
        Position answer = given.get(member);
        if (answer != null) {
            String log = answer.reign().map(reign -> " of log " + reign.logId()).orElse("");
            return " (holds " + answer.end() + " entries" + log + (answer.isComplete() ? "" : ", not complete") + ")";
        }
        return Optional.ofNullable(silences.get(member))
                .map(why -> " (" + why + ")")
                .orElse("");
    }
}
