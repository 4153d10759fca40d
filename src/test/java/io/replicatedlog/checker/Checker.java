package io.replicatedlog.checker;

import io.replicatedlog.checker.History.Append;
import io.replicatedlog.checker.History.Change;
import io.replicatedlog.checker.History.Commit;
import io.replicatedlog.checker.History.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Judges a history whose nodes were all looked at once more when everything had healed. An append that was repeated may
 * have been stored by a primary that then lost it, and once more by a later one; a node that did not hear of it shows the
 * first until it is cut off. So of those only the end is judged.
 */
public final class Checker {

    private final List<String> violations = new ArrayList<>();
    private final Map<String, Append> byMessage = new HashMap<>();
    private final History history;
    private final int survivingW;
    private final int majority;

    private Checker(History history, int survivingW, int majority) {
        this.history = history;
        this.survivingW = survivingW;
        this.majority = majority;
        history.appends().forEach(append -> {
            if (byMessage.put(append.message(), append) != null) {
                throw new IllegalArgumentException("Two clients sent the same message: " + append.message());
            }
        });
    }

    /**
     * Every promise that was broken, in words; empty if none was.
     *
     * @param survivingW the write concern from which on an acknowledged entry survives all that happened
     * @param majority of the nodes; what so many hold survives, whatever its client was told beside
     */
    public static List<String> violations(History history, int survivingW, int majority) {
        Checker checker = new Checker(history, survivingW, majority);
        history.changes().forEach(checker::judge);
        checker.judgeCommits();
        checker.judgeFinalLogs();
        return List.copyOf(checker.violations);
    }

    private void judge(Change change) {
        for (int i = 0; i < change.shown().size(); i++) {
            judgeShown(change.node(), change.from() + i, change.shown().get(i));
        }
        for (String message : change.gone()) {
            Append append = byMessage.get(message);
            if (!change.wasEmptied() && survives(append) && !append.repeated()) {
                violation("an acknowledged entry was taken back", change.node() + " showed " + append);
            }
        }
    }

    private void judgeShown(String node, long offset, String message) {
        Append append = byMessage.get(message);
        if (append == null) {
            if (history.wasThere(message)) {
                return;
            }
            violation("a message that nobody sent", node + " shows \"" + message + "\" at " + offset);
        } else if (append.outcome() == Outcome.REFUSED) {
            violation("a refused entry is there", node + " shows " + append + " at " + offset);
        } else if (append.offset() >= 0 && append.offset() != offset && !append.repeated()) {
            violation("an answered offset is not true", node + " shows " + append + " at " + offset);
        }
    }

    /** What is committed never falls on a node, never differs between nodes, and is in the log in the end. */
    private void judgeCommits() {
        List<String> known = new ArrayList<>();
        for (Commit commit : history.commits()) {
            List<String> committed = commit.committed();
            if (committed.size() < commit.before()) {
                violation(
                        "the committed offset fell",
                        commit.node() + " showed " + commit.before() + ", and shows " + committed.size());
            }
            int same = Math.min(known.size(), committed.size());
            if (!known.subList(0, same).equals(committed.subList(0, same))) {
                violation(
                        "what is committed differs",
                        commit.node() + " shows " + brief(committed) + ", another " + brief(known));
            }
            known.addAll(committed.subList(same, committed.size()));
        }
        for (Map.Entry<String, List<String>> shown : history.lastShown().entrySet()) {
            List<String> log = shown.getValue();
            if (log.size() < known.size() || !log.subList(0, known.size()).equals(known)) {
                violation("a committed entry is lost", shown.getKey() + " shows " + brief(log) + " of " + brief(known));
            }
        }
    }

    private void judgeFinalLogs() {
        List<String> log = null;
        String first = null;
        for (Map.Entry<String, List<String>> shown : history.lastShown().entrySet()) {
            if (log == null) {
                first = shown.getKey();
                log = shown.getValue();
            } else if (!log.equals(shown.getValue())) {
                violation(
                        "logs differ",
                        first + " shows " + brief(log) + ", " + shown.getKey() + " " + brief(shown.getValue()));
            }
        }
        if (log != null) {
            judgeFinalLog(log);
        }
    }

    private void judgeFinalLog(List<String> log) {
        Map<String, Long> offsets = new HashMap<>();
        for (int offset = 0; offset < log.size(); offset++) {
            Long before = offsets.put(log.get(offset), (long) offset);
            if (before != null && byMessage.containsKey(log.get(offset))) {
                violation("a message is there twice", log.get(offset) + " at " + before + " and " + offset);
            }
        }
        for (Append append : byMessage.values()) {
            if (survives(append) && !offsets.containsKey(append.message())) {
                violation("an acknowledged entry is lost", append.toString());
            } else if (append.repeated() && survives(append) && offsets.get(append.message()) != append.offset()) {
                violation(
                        "an answered offset is not true",
                        append + " is at " + offsets.get(append.message()) + " in the end");
            }
        }
        history.groups().forEach(group -> judgeGroup(group, log, offsets));
        judgeOrder(offsets);
    }

    /** All messages of an append are there, one behind the other, or none is. */
    private void judgeGroup(List<String> group, List<String> log, Map<String, Long> offsets) {
        long first = offsets.getOrDefault(group.get(0), (long) log.size());
        long end = Math.min(first + group.size(), log.size());
        boolean isThere = log.subList((int) first, (int) end).equals(group);
        if (!isThere && group.stream().anyMatch(offsets::containsKey)) {
            violation(
                    "an append is there in part",
                    group + " at " + group.stream().map(offsets::get).toList());
        }
    }

    /** What was over before another append began comes before it; so each client's own order is kept as well. */
    private void judgeOrder(Map<String, Long> offsets) {
        List<Append> byStart = byMessage.values().stream()
                .filter(append -> offsets.containsKey(append.message()))
                .sorted(Comparator.comparingLong(Append::start))
                .toList();
        PriorityQueue<Append> underWay = new PriorityQueue<>(Comparator.comparingLong(Append::end));
        Append furthest = null;
        for (Append append : byStart) {
            while (!underWay.isEmpty() && underWay.peek().end() < append.start()) {
                Append over = underWay.poll();
                if (furthest == null || offsets.get(over.message()) > offsets.get(furthest.message())) {
                    furthest = over;
                }
            }
            if (furthest != null && offsets.get(furthest.message()) > offsets.get(append.message())) {
                violation("the order is not that of time", append + " comes before " + furthest);
            }
            underWay.add(append);
        }
    }

    private boolean survives(Append append) {
        return append != null
                && (append.acks() >= majority
                        || append.outcome() == Outcome.ACKNOWLEDGED && append.acks() >= survivingW);
    }

    private void violation(String promise, String what) {
        violations.add(promise + ": " + what);
    }

    private static String brief(List<String> log) {
        return log.size() + " entries ending with " + log.subList(Math.max(0, log.size() - 3), log.size());
    }
}
