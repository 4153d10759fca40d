package io.replicatedlog.replication;

import static io.replicatedlog.log.SampleRecords.list;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.cluster.Health;
import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.log.Entry;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.SampleRecords;
import io.replicatedlog.replication.PendingAppends.Outcome;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A primary and its secondaries in one thread and in virtual time, over a network that loses, delays and repeats. It
 * drives the classes that decide as the beans do, and checks with every step what must always hold.
 */
final class SimulatedCluster {

    static final long CALL_TIMEOUT_MS = 100;
    private static final long HEARTBEAT_MS = 50;
    private static final URI URL = URI.create("http://primary:8080");
    private static final Lane.Limits LIMITS = new Lane.Limits(8, 1_000, 200, 3 * CALL_TIMEOUT_MS);

    private final Random random;
    private final Log log = new InMemoryLog(Long.MAX_VALUE);
    private final PendingAppends pending;
    private final PrimaryLog primary;
    private final List<Secondary> secondaries = new ArrayList<>();
    private final List<CompletableFuture<Outcome>> waiters = new ArrayList<>();
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atMs).thenComparingLong(Event::sequence));
    private long nowMs;
    private long sequence;
    private boolean faulty = true;

    private record Event(long atMs, long sequence, Runnable action) {}

    private static final class Secondary {
        private final int node;
        private final Lane lane;
        private Log log;
        private Replica replica;

        /** Which process this is; what is sent to one does not reach the next. */
        private int incarnation;

        private boolean up = true;
        private int missed;
        private int callsUnderWay;

        /** It has at some time held everything below. */
        private long everHeld;

        private Secondary(int node, Lane lane) {
            this.node = node;
            this.lane = lane;
        }

        private void start(int maxHeldBack) {
            log = new InMemoryLog(Long.MAX_VALUE);
            replica = new Replica(log, IdentityStore.inMemory(), maxHeldBack, 10_000);
            incarnation++;
            up = true;
        }
    }

    SimulatedCluster(int nodes, Random random) {
        this.random = random;
        this.pending = new PendingAppends(nodes, Runnable::run);
        this.primary = new PrimaryLog(log, pending, IdentityStore.inMemory(), Integer.MAX_VALUE, URL);
        primary.begin(new Reign(new UUID(0, 1), 1), 0);
        for (int node = 1; node < nodes; node++) {
            Secondary secondary = new Secondary(node, new Lane(LIMITS, new Backoff(10, 200), random));
            secondary.start(random.nextInt(20));
            secondaries.add(secondary);
            after(random.nextLong(HEARTBEAT_MS), () -> heartbeat(secondary));
        }
    }

    void after(long delayMs, Runnable action) {
        events.add(new Event(nowMs + delayMs, sequence++, action));
    }

    /** Lets the virtual time pass. */
    void run(long untilMs) {
        while (!events.isEmpty() && events.peek().atMs() <= untilMs) {
            Event event = events.poll();
            nowMs = event.atMs();
            event.action().run();
        }
        nowMs = untilMs;
    }

    /** From now on every node is up, and the network loses nothing. */
    void heal() {
        faulty = false;
        secondaries.stream().filter(secondary -> !secondary.up).forEach(secondary -> secondary.start(20));
    }

    void append() {
        int w = 1 + random.nextInt(secondaries.size() + 1);
        String message = SampleRecords.text(random).repeat(1 + random.nextInt(10));
        long offset = primary.end();
        Reign reign = primary.reign();
        CompletableFuture<Outcome> waiter = primary.append(
                        nowMs, new byte[0], message.getBytes(UTF_8), new WriteConcern(w), Long.MAX_VALUE)
                .toCompletableFuture();
        waiters.add(waiter.thenApply(outcome -> {
            long holders = secondaries.stream()
                    .filter(secondary -> secondary.everHeld > offset)
                    .count();
            assertThat(outcome.satisfied()).isTrue();
            assertThat(outcome.offset()).isEqualTo(offset);
            assertThat(primary.reign()).isEqualTo(reign);
            assertThat(1 + holders).as("nodes that held offset %d", offset).isGreaterThanOrEqualTo(w);
            return outcome;
        }));
        secondaries.forEach(this::pump);
    }

    /** A secondary dies, and comes back later with an empty log. */
    void restartOne() {
        Secondary secondary = secondaries.get(random.nextInt(secondaries.size()));
        secondary.up = false;
        secondary.incarnation++;
        after(random.nextInt(400), () -> secondary.start(random.nextInt(20)));
    }

    /** As {@code clean} of the testing API does it. */
    void reset() {
        Reign next = primary.reset(new UUID(0, random.nextLong()));
        for (Secondary secondary : secondaries) {
            secondary.lane.reset();
            secondary.replica.reset(Optional.of(next));
            secondary.everHeld = 0;
        }
        assertThat(waiters).as("nobody waits for the old log").allMatch(CompletableFuture::isDone);
        waiters.clear();
    }

    void assertEverybodyHoldsTheSame() {
        for (Secondary secondary : secondaries) {
            assertThat(list(secondary.log)).as("node %d", secondary.node).isEqualTo(list(log));
            assertThat(secondary.lane.status(primary.end())).isEqualTo(new Lane.Status(Lane.State.CAUGHT_UP, 0, null));
            assertThat(secondary.replica.status().heldBack()).isZero();
            assertThat(secondary.replica.status().committed()).isLessThanOrEqualTo(primary.end());
        }
        assertThat(pending.committed()).isEqualTo(primary.end());
        assertThat(pending.size()).isZero();
        waiters.forEach(CompletableFuture::join);
    }

    private void heartbeat(Secondary secondary) {
        secondary.missed = secondary.up && !(faulty && random.nextInt(8) == 0) ? 0 : secondary.missed + 1;
        secondary.lane.health(
                secondary.missed == 0 ? Health.HEALTHY : secondary.missed < 3 ? Health.SUSPECTED : Health.UNHEALTHY);
        assertThat(secondary.lane.isOverdue(nowMs)).isFalse();
        pump(secondary);
        after(HEARTBEAT_MS, () -> heartbeat(secondary));
    }

    private void pump(Secondary secondary) {
        secondary.lane.begin(nowMs, primary.end()).ifPresent(call -> {
            assertThat(++secondary.callsUnderWay).as("calls at one time").isEqualTo(1);
            Batch batch = primary.read(call);
            if (batch == null) {
                secondary.callsUnderWay--;
                secondary.lane.abandoned();
            } else {
                send(secondary, call, batch);
            }
        });
    }

    private void send(Secondary secondary, Lane.Call call, Batch batch) {
        AtomicBoolean ended = new AtomicBoolean();
        int incarnation = secondary.incarnation;
        byte[] bytes = batch.encode();
        for (int copies = faulty ? copies() : 1; copies > 0; copies--) {
            after(latency(), () -> {
                if (secondary.up && secondary.incarnation == incarnation) {
                    receive(secondary, call, batch, bytes, ended);
                }
            });
        }
        after(
                CALL_TIMEOUT_MS,
                () -> end(secondary, ended, () -> {
                    secondary.lane.failed(nowMs, "timed out", call.maxEntries() > 0);
                    retry(secondary);
                }));
    }

    /** Mostly one; none for a request that is lost, two for one that is repeated. */
    private int copies() {
        int drawn = random.nextInt(10);
        return drawn == 0 ? 0 : drawn == 1 ? 2 : 1;
    }

    /** Mostly short; sometimes longer than the call may take. */
    private long latency() {
        return faulty && random.nextInt(10) == 0 ? random.nextInt(400) : 1 + random.nextInt(20);
    }

    private void receive(Secondary secondary, Lane.Call call, Batch sent, byte[] bytes, AtomicBoolean ended) {
        long before = secondary.log.end();
        Runnable answer = answer(secondary, call, sent, bytes);
        assertThat(entries(secondary.log, before, secondary.log.end()))
                .as("what node %d took in from offset %d on", secondary.node, before)
                .isEqualTo(entries(log, before, secondary.log.end()));
        if (!faulty || random.nextInt(10) > 0) {
            after(latency(), () -> end(secondary, ended, answer));
        }
    }

    private Runnable answer(Secondary secondary, Lane.Call call, Batch sent, byte[] bytes) {
        try {
            long held = secondary.replica.receive(Batch.decode(bytes));
            assertThat(held).isLessThanOrEqualTo(secondary.log.end());
            secondary.everHeld = Math.max(secondary.everHeld, held);
            return () -> acknowledged(secondary, call, sent, held);
        } catch (MismatchException differs) {
            return () -> {
                secondary.lane.steppedBack(nowMs, call, primary.stepBack(call, differs));
                pump(secondary);
            };
        } catch (ReplicationRefusedException refused) {
            assertThat(sent.reign()).as(refused.getMessage()).isNotEqualTo(primary.reign());
            return () -> {
                secondary.lane.failed(nowMs, refused.getMessage(), false);
                retry(secondary);
            };
        } catch (CorruptRecordException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Entry> entries(Log log, long from, long to) {
        return to == from ? List.of() : list(log.read(from, (int) (to - from), Integer.MAX_VALUE));
    }

    private void acknowledged(Secondary secondary, Lane.Call call, Batch sent, long held) {
        if (!sent.reign().equals(primary.reign())) {
            secondary.lane.abandoned();
            pump(secondary);
            return;
        }
        int entries = sent.records().count();
        if (secondary.lane.acknowledged(nowMs, call, entries, held, primary.end()) == Lane.Answer.NOT_COUNTED) {
            retry(secondary);
            return;
        }
        primary.acknowledge(secondary.node, sent.reign(), held);
        pump(secondary);
    }

    private void end(Secondary secondary, AtomicBoolean ended, Runnable how) {
        if (ended.compareAndSet(false, true)) {
            secondary.callsUnderWay--;
            how.run();
        }
    }

    private void retry(Secondary secondary) {
        after(Math.max(0, secondary.lane.notBeforeMs() - nowMs), () -> pump(secondary));
    }
}
