package io.replicatedlog.membership;

import static java.util.logging.Level.FINE;
import static java.util.logging.Level.INFO;
import static java.util.logging.Level.SEVERE;

import io.replicatedlog.node.Scheduler;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.Member;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.logging.Logger;

/**
 * Polls the liveness of the members of a reign and keeps their health. Each member has a poll of its own, so that one that hangs delays
 * no other; at most one heartbeat to a member is under way.
 *
 * <p>Thread-safe. The listener is called without a lock, by the thread that learned of the answer.
 */
public final class Heartbeats {

    private static final Logger LOG = Logger.getLogger(Heartbeats.class.getName());

    /** Those that are polled now. Replaced under the monitor. */
    private volatile Map<Member, Poll> polls = Map.of();

    private final Function<Member, Probe> probes;
    private final long periodMs;
    private final Scheduler scheduler;
    private final Consumer<Heartbeat> listener;

    /** Asks one member whether it is alive. */
    @FunctionalInterface
    public interface Probe {

        /** @return empty if it is; else why this heartbeat counts as missed. May be complete already; never fails */
        CompletionStage<Optional<String>> ask();
    }

    private record Poll(Probe probe, MemberHealth health) {}

    /**
     * Polls nobody before {@link #watch}.
     *
     * @param periodMs from the end of a heartbeat to the next one to the same member
     * @param listener told of every heartbeat
     */
    public Heartbeats(
            Function<Member, Probe> probes, long periodMs, Scheduler scheduler, Consumer<Heartbeat> listener) {
        this.probes = probes;
        this.periodMs = periodMs;
        this.scheduler = scheduler;
        this.listener = listener;
    }

    /** Polls these members from now on, and no others. What is known of one that is polled already stays known. */
    public synchronized void watch(List<Member> members) {
        Map<Member, Poll> before = polls;
        Map<Member, Poll> next = new LinkedHashMap<>();
        for (Member member : members) {
            Poll known = before.get(member);
            next.put(member, known != null ? known : new Poll(probes.apply(member), new MemberHealth()));
        }
        polls = next;
        next.forEach((member, poll) -> {
            if (poll != before.get(member)) {
                scheduler.after(0, () -> beat(member, poll));
            }
        });
    }

    /** What heartbeats say of a member; SUSPECTED of one that is not polled. */
    public Health health(Member member) {
        Poll poll = polls.get(member);
        return poll == null ? Health.SUSPECTED : poll.health().health();
    }

    /** A sign of life other than a heartbeat: the member acknowledged something. */
    public void alive(Member member) {
        Poll poll = polls.get(member);
        if (poll != null && poll.health().health() != Health.HEALTHY) {
            report(member, poll.health().answered(), "it acknowledged entries");
        }
    }

    private void beat(Member member, Poll poll) {
        if (isWatched(member, poll)) {
            ask(poll).whenComplete((miss, failure) -> {
                handle(member, poll, failure == null ? miss : Optional.of(Failure.describe(failure)));
                scheduler.after(periodMs, () -> beat(member, poll));
            });
        }
    }

    private boolean isWatched(Member member, Poll poll) {
        return polls.get(member) == poll;
    }

    private static CompletionStage<Optional<String>> ask(Poll poll) {
        try {
            return poll.probe().ask();
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Never throws: the next heartbeat must be scheduled. */
    private void handle(Member member, Poll poll, Optional<String> miss) {
        try {
            if (isWatched(member, poll)) {
                MemberHealth health = poll.health();
                report(member, miss.isEmpty() ? health.answered() : health.missed(), miss.orElse("it answered"));
            }
        } catch (RuntimeException | Error e) {
            LOG.log(SEVERE, "A heartbeat of " + member + " could not be handled", e);
        }
    }

    private void report(Member member, MemberHealth.Change change, String why) {
        LOG.log(
                change.changed() ? INFO : FINE,
                () -> "Secondary " + member + " is " + change.after() + ", was " + change.before() + " (" + why
                        + "; heartbeats missed in a row: " + change.misses() + ")");
        listener.accept(new Heartbeat(member, change.before(), change.after()));
    }
}
