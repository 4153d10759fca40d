package io.replicatedlog.checker;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Every append with its start, its end and its outcome, and what nodes showed on the way. Messages are unique: each is
 * appended by one call.
 *
 * <p>Thread-safe: guarded by its own monitor. Time is the order in which this object was told: what has ended before
 * something else began was over before.
 */
public final class History {

    /** What a client was told. */
    public enum Outcome {
        /** So many nodes as it asked for hold it. */
        ACKNOWLEDGED,
        /** It is in the log, and fewer nodes than it asked for held it when the time was up. */
        STORED,
        /** Nothing was stored. */
        REFUSED,
        /** No answer, one that was cut short, or one that says that nobody knows. */
        UNKNOWN
    }

    /**
     * One append.
     *
     * @param start before it was sent
     * @param end after it was answered; {@code Long.MAX_VALUE} if it was not
     * @param offset that was answered; -1 if none was
     * @param acks how many nodes were said to hold it
     * @param repeated whether the client sent it more than once, under one key
     */
    public record Append(
            int client,
            String message,
            int w,
            long start,
            long end,
            Outcome outcome,
            long offset,
            int acks,
            boolean repeated) {}

    /**
     * How the log that a node shows has changed since it was looked at before.
     *
     * @param from the offset of the first entry that is new or gone
     * @param gone what it showed from there on
     * @param shown what it shows from there on
     * @param wasEmptied whether the node had lost its storage meanwhile
     */
    public record Change(String node, long from, List<String> gone, List<String> shown, boolean wasEmptied) {}

    /**
     * What a node shows as committed, where that has changed.
     *
     * @param before how many entries it showed as committed before, in the same process; 0 if it had none
     * @param committed all of them now
     */
    public record Commit(String node, int before, List<String> committed) {}

    private final List<Commit> commits = new ArrayList<>();
    private final Map<String, Integer> lastCommitted = new HashMap<>();
    private final List<Append> appends = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private final Map<String, List<String>> lastShown = new HashMap<>();
    private final Map<String, Boolean> emptied = new HashMap<>();
    private final Set<String> others = new HashSet<>();
    private final List<List<String>> groups = new ArrayList<>();
    private long clock;

    /** An append that is under way; ended once, or never if its client gives up: it may arrive later. */
    public final class Call {
        private final int place;

        private Call(int place) {
            this.place = place;
        }

        /** As many nodes hold it as it asked for. */
        public void acknowledged(long offset) {
            end(Outcome.ACKNOWLEDGED, offset, 0);
        }

        public void stored(long offset, int acks) {
            end(Outcome.STORED, offset, acks);
        }

        public void refused() {
            end(Outcome.REFUSED, -1, 0);
        }

        public void unknown() {
            end(Outcome.UNKNOWN, -1, 0);
        }

        /** The client sends it again under the same key, not knowing what became of it. */
        public void repeated() {
            synchronized (History.this) {
                Append begun = appends.get(place);
                set(begun, begun.end(), begun.outcome(), begun.offset(), begun.acks(), true);
            }
        }

        private void end(Outcome outcome, long offset, int acks) {
            synchronized (History.this) {
                Append begun = appends.get(place);
                if (begun.end() != Long.MAX_VALUE) {
                    throw new IllegalStateException("answered twice: " + begun);
                }
                int held = outcome == Outcome.ACKNOWLEDGED ? begun.w() : acks;
                set(begun, clock++, outcome, offset, held, begun.repeated());
            }
        }

        private void set(Append begun, long end, Outcome outcome, long offset, int acks, boolean repeated) {
            appends.set(
                    place,
                    new Append(
                            begun.client(),
                            begun.message(),
                            begun.w(),
                            begun.start(),
                            end,
                            outcome,
                            offset,
                            acks,
                            repeated));
        }
    }

    /** Messages that the log holds already, whoever appended them. */
    public synchronized void isThere(Collection<String> messages) {
        others.addAll(messages);
    }

    /** Whether a message was there before any of these appends. */
    public synchronized boolean wasThere(String message) {
        return others.contains(message);
    }

    /** A client is about to append these messages in one request, beside what {@link #begin} says of each. */
    public synchronized void together(List<String> messages) {
        groups.add(List.copyOf(messages));
    }

    /** The messages of each request. */
    public synchronized List<List<String>> groups() {
        return List.copyOf(groups);
    }

    /** A client is about to append. */
    public synchronized Call begin(int client, String message, int w) {
        appends.add(new Append(client, message, w, clock++, Long.MAX_VALUE, Outcome.UNKNOWN, -1, 0, false));
        return new Call(appends.size() - 1);
    }

    /** A node shows this log now. */
    public synchronized void shows(String node, List<String> log) {
        List<String> before = lastShown.getOrDefault(node, List.of());
        int from = 0;
        while (from < Math.min(before.size(), log.size()) && before.get(from).equals(log.get(from))) {
            from++;
        }
        boolean wasEmptied = Boolean.TRUE.equals(emptied.put(node, false));
        changes.add(new Change(
                node,
                from,
                List.copyOf(before.subList(from, before.size())),
                List.copyOf(log.subList(from, log.size())),
                wasEmptied));
        lastShown.put(node, List.copyOf(log));
    }

    /** A node shows these entries as committed now. */
    public synchronized void commits(String node, List<String> committed) {
        Integer before = lastCommitted.put(node, committed.size());
        if (before == null || before != committed.size()) {
            commits.add(new Commit(node, before == null ? 0 : before, List.copyOf(committed)));
        }
    }

    /** A node is another process than before, which may know less of what is committed. */
    public synchronized void restarted(String node) {
        lastCommitted.remove(node);
    }

    /** A node has lost its storage; it may show less than before. */
    public synchronized void emptied(String node) {
        emptied.put(node, true);
    }

    public synchronized List<Append> appends() {
        return List.copyOf(appends);
    }

    public synchronized List<Commit> commits() {
        return List.copyOf(commits);
    }

    public synchronized List<Change> changes() {
        return List.copyOf(changes);
    }

    /** How many appends have ended so. */
    public synchronized long count(Outcome outcome) {
        return appends.stream().filter(append -> append.outcome() == outcome).count();
    }

    /** The log that each node showed last. */
    public synchronized Map<String, List<String>> lastShown() {
        return Map.copyOf(lastShown);
    }
}
