package io.replicatedlog.membership;

import static java.util.logging.Level.FINE;
import static java.util.logging.Level.INFO;
import static java.util.logging.Level.SEVERE;

import io.replicatedlog.node.Scheduler;
import io.replicatedlog.protocol.Failure;
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
 * Polls the liveness of every member and keeps its health. Each member has a poll of its own, so that one that hangs delays
 * no other; at most one heartbeat to a member is under way.
 *
 * <p>Thread-safe. The listener is called without a lock, by the thread that learned of the answer.
 */
public final class Heartbeats {

    private static final Logger LOG = Logger.getLogger(Heartbeats.class.getName());

    private final Map<Member, Poll> polls = new LinkedHashMap<>();
    private final long periodMs;
    private final Scheduler scheduler;
    private final Consumer<Heartbeat> listener;
    private volatile boolean stopped;

    /** Asks one member whether it is alive. */
    @FunctionalInterface
    public interface Probe {

        /** @return empty if it is; else why this heartbeat counts as missed. May be complete already; never fails */
        CompletionStage<Optional<String>> ask();
    }

    private record Poll(Probe probe, MemberHealth health) {}

    /**
     * @param periodMs from the end of a heartbeat to the next one to the same member
     * @param listener told of every heartbeat
     */
    public Heartbeats(
            List<Member> members,
            Function<Member, Probe> probes,
            long periodMs,
            Scheduler scheduler,
            Consumer<Heartbeat> listener) {
        members.forEach(member -> polls.put(member, new Poll(probes.apply(member), new MemberHealth())));
        this.periodMs = periodMs;
        this.scheduler = scheduler;
        this.listener = listener;
    }

    /** Begins to poll; called once. */
    public void start() {
        polls.keySet().forEach(member -> scheduler.after(0, () -> beat(member)));
    }

    public void stop() {
        stopped = true;
    }

    /** What heartbeats say of a member. */
    public Health health(Member member) {
        return polls.get(member).health().health();
    }

    /** A sign of life other than a heartbeat: the member acknowledged something. */
    public void alive(Member member) {
        if (health(member) != Health.HEALTHY) {
            report(member, polls.get(member).health().answered(), "it acknowledged entries");
        }
    }

    private void beat(Member member) {
        if (!stopped) {
            ask(member).whenComplete((miss, failure) -> {
                handle(member, failure == null ? miss : Optional.of(Failure.describe(failure)));
                scheduler.after(periodMs, () -> beat(member));
            });
        }
    }

    private CompletionStage<Optional<String>> ask(Member member) {
        try {
            return polls.get(member).probe().ask();
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Never throws: the next heartbeat must be scheduled. */
    private void handle(Member member, Optional<String> miss) {
        try {
            MemberHealth health = polls.get(member).health();
            report(member, miss.isEmpty() ? health.answered() : health.missed(), miss.orElse("it answered"));
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
