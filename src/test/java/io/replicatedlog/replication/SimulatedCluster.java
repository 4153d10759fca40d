package io.replicatedlog.replication;

import static io.replicatedlog.log.SampleRecords.list;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.cluster.Health;
import io.replicatedlog.cluster.Quorum;
import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.log.Entry;
import io.replicatedlog.log.Log;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A primary and its secondaries in one thread and in virtual time, over a network that loses, delays and repeats. It
 * drives the classes that decide as the beans do, and checks with every step what must always hold.
 */
final class SimulatedCluster {

    static final long CALL_TIMEOUT_MS = 100;
    private static final long HEARTBEAT_MS = 50;
    private static final long MAX_DOWN_MS = 400;
    private static final Lane.Limits LIMITS = new Lane.Limits(8, 1_000, 200, 3 * CALL_TIMEOUT_MS);

    private final Random random;
    private final SimulatedStorage.Kind storage;
    private final List<SimulatedSecondary> secondaries = new ArrayList<>();
    private final SimulatedPrimary primary;
    private final SimulatedAppends appends = new SimulatedAppends();

    /** Those who wait for the primary that is up. */
    private final List<CompletableFuture<?>> waiters = new ArrayList<>();

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atMs).thenComparingLong(Event::sequence));
    private long nowMs;
    private long sequence;
    private boolean faulty = true;

    private record Event(long atMs, long sequence, Runnable action) {}

    SimulatedCluster(int nodes, SimulatedStorage.Kind storage, Random random) {
        this.random = random;
        this.storage = storage;
        for (int node = 1; node < nodes; node++) {
            SimulatedSecondary secondary = new SimulatedSecondary(node, storage, random);
            secondaries.add(secondary);
            after(random.nextLong(HEARTBEAT_MS), () -> heartbeat(secondary));
        }
        primary = new SimulatedPrimary(secondaries, storage, random);
        connect();
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
        secondaries.forEach(this::startIfDown);
        startPrimaryIfDown();
    }

    /** A client appends; whoever finds no primary, or one that refuses, has stored nothing. */
    void append() {
        WriteConcern w = new WriteConcern(1 + random.nextInt(nodes()));
        String message = appends.next(random);
        if (!primary.isUp()) {
            appends.refused(message);
            return;
        }
        try {
            Reign reign = primary.log().reign();
            waiters.add(primary.log()
                    .append(nowMs, new byte[0], message.getBytes(UTF_8), w, Long.MAX_VALUE)
                    .toCompletableFuture()
                    .thenAccept(outcome -> acknowledged(message, reign, w, outcome)));
        } catch (AppendRefusedException e) {
            appends.refused(message);
            return;
        }
        int incarnation = primary.incarnation();
        after(random.nextInt(20), () -> {
            if (primary.isUp() && primary.incarnation() == incarnation) {
                primary.log().force();
            }
        });
        secondaries.forEach(this::pump);
    }

    private void acknowledged(String message, Reign reign, WriteConcern w, PendingAppends.Outcome outcome) {
        long offset = outcome.offset();
        assertThat(outcome.satisfied()).isTrue();
        assertThat(primary.log().reign()).isEqualTo(reign);
        assertThat(primary.entries().durable()).isGreaterThan(offset);
        assertThat(secondaries.stream().filter(secondary -> secondary.hasHeld(offset, reign)))
                .as("secondaries that held offset %d", offset)
                .hasSizeGreaterThanOrEqualTo(w.nodes() - 1);
        if (storage == SimulatedStorage.Kind.FILE || w.nodes() >= Quorum.majority(nodes())) {
            appends.acknowledged(message, offset);
        }
    }

    /** A secondary dies, and comes back later with what it stored. */
    void restartOne() {
        if (!secondaries.isEmpty()) {
            crash(secondaries.get(random.nextInt(secondaries.size())));
        }
    }

    /** Some nodes die, and come back later with what they stored: any of them, but a minority where all is lost. */
    void restartSome() {
        if (random.nextBoolean() && mayCrash(primary.isLost())) {
            crashPrimary();
        }
        for (SimulatedSecondary secondary : secondaries) {
            if (random.nextInt(3) == 0 && mayCrash(secondary.isLost())) {
                crash(secondary);
            }
        }
    }

    private boolean mayCrash(boolean isLost) {
        long lost = secondaries.stream().filter(SimulatedSecondary::isLost).count() + (primary.isLost() ? 1 : 0);
        int minority = nodes() - Quorum.majority(nodes());
        return storage == SimulatedStorage.Kind.FILE || isLost || lost < minority;
    }

    private void crash(SimulatedSecondary secondary) {
        if (secondary.isUp()) {
            secondary.crash(random);
            after(random.nextLong(MAX_DOWN_MS), () -> startIfDown(secondary));
        }
    }

    private void crashPrimary() {
        if (primary.isUp()) {
            primary.crash();
            waiters.clear();
            after(1 + random.nextLong(MAX_DOWN_MS), this::startPrimaryIfDown);
        }
    }

    private void startIfDown(SimulatedSecondary secondary) {
        if (!secondary.isUp()) {
            secondary.start(random.nextInt(20));
        }
    }

    private void startPrimaryIfDown() {
        if (!primary.isUp()) {
            primary.start();
            connect();
        }
    }

    private void connect() {
        secondaries.forEach(secondary -> secondary.connect(new Lane(LIMITS, new Backoff(10, 200), random)));
        if (primary.decide(nowMs, faulty)) {
            restartLanes();
        }
    }

    private void recover(SimulatedSecondary secondary, Health health) {
        try {
            if (primary.recover(secondary, health, nowMs, faulty)) {
                restartLanes();
            }
        } catch (SimulatedPrimary.UnansweredException e) {
            if (faulty && random.nextBoolean() && mayCrash(primary.isLost())) {
                crashPrimary();
            } else {
                primary.recoverAnew();
            }
        }
    }

    private void restartLanes() {
        secondaries.forEach(secondary -> secondary.lane.reset());
        secondaries.forEach(this::pump);
    }

    /** As {@code clean} of the testing API does it. */
    void reset() {
        Reign next = primary.log().reset(new UUID(0, random.nextLong()));
        for (SimulatedSecondary secondary : secondaries) {
            secondary.lane.reset();
            secondary.replica().reset(Optional.of(next));
        }
        assertThat(waiters).as("nobody waits for the old log").allMatch(CompletableFuture::isDone);
        waiters.clear();
        appends.forget();
    }

    /** @return how many appends were acknowledged, and kept */
    int assertEverybodyHoldsTheSame() {
        long end = primary.log().end();
        for (SimulatedSecondary secondary : secondaries) {
            assertThat(list(secondary.log())).as("node %d", secondary.node).isEqualTo(list(primary.entries()));
            assertThat(secondary.lane.status(end)).isEqualTo(new Lane.Status(Lane.State.CAUGHT_UP, 0, null));
            assertThat(secondary.replica().status().heldBack()).isZero();
            assertThat(secondary.replica().status().committed()).isLessThanOrEqualTo(end);
        }
        assertThat(primary.log().isEstablished()).isTrue();
        assertThat(primary.pending().committed()).isEqualTo(end);
        assertThat(primary.pending().size()).isZero();
        waiters.forEach(CompletableFuture::join);
        appends.assertKept(list(primary.entries()));
        return appends.acknowledged();
    }

    private void heartbeat(SimulatedSecondary secondary) {
        after(HEARTBEAT_MS, () -> heartbeat(secondary));
        if (!primary.isUp()) {
            return;
        }
        secondary.missed = secondary.isUp() && !(faulty && random.nextInt(8) == 0) ? 0 : secondary.missed + 1;
        Health health =
                secondary.missed == 0 ? Health.HEALTHY : secondary.missed < 3 ? Health.SUSPECTED : Health.UNHEALTHY;
        secondary.lane.health(health);
        assertThat(secondary.lane.isOverdue(nowMs)).isFalse();
        if (primary.isRecovering()) {
            recover(secondary, health);
        } else {
            pump(secondary);
        }
    }

    private void pump(SimulatedSecondary secondary) {
        if (primary.log().reign() == null) {
            return;
        }
        secondary.lane.begin(nowMs, primary.log().end()).ifPresent(call -> {
            assertThat(++secondary.callsUnderWay).as("calls at one time").isEqualTo(1);
            Batch batch = primary.log().read(call);
            if (batch == null) {
                secondary.callsUnderWay--;
                secondary.lane.abandoned();
            } else {
                send(secondary, call, batch);
            }
        });
    }

    private void send(SimulatedSecondary secondary, Lane.Call call, Batch batch) {
        AtomicBoolean ended = new AtomicBoolean();
        int receiver = secondary.incarnation();
        int sender = primary.incarnation();
        byte[] bytes = batch.encode();
        for (int copies = faulty ? copies() : 1; copies > 0; copies--) {
            after(latency(), () -> {
                if (secondary.isUp() && secondary.incarnation() == receiver) {
                    receive(secondary, call, batch, bytes, answer -> end(secondary, sender, ended, answer));
                }
            });
        }
        after(
                CALL_TIMEOUT_MS,
                () -> end(secondary, sender, ended, () -> {
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

    private void receive(
            SimulatedSecondary secondary, Lane.Call call, Batch sent, byte[] bytes, Consumer<Runnable> end) {
        Runnable answer = answer(secondary, call, sent, bytes);
        if (!faulty || random.nextInt(10) > 0) {
            after(latency(), () -> end.accept(answer));
        }
    }

    private Runnable answer(SimulatedSecondary secondary, Lane.Call call, Batch sent, byte[] bytes) {
        try {
            long held = secondary.receive(Batch.decode(bytes));
            assertThat(held).isLessThanOrEqualTo(secondary.log().durable());
            if (isOfTheReign(sent)) {
                assertThat(entries(secondary.log(), held))
                        .as("what node %d acknowledges", secondary.node)
                        .isEqualTo(entries(primary.entries(), held));
            }
            int receiver = secondary.incarnation();
            return () -> {
                acknowledged(secondary, call, sent, held);
                noteIfRefilled(secondary, receiver, held);
            };
        } catch (MismatchException differs) {
            return () -> {
                secondary.lane.steppedBack(nowMs, call, primary.log().stepBack(call, differs));
                pump(secondary);
            };
        } catch (ReplicationRefusedException refused) {
            assertThat(isOfTheReign(sent)).as(refused.getMessage()).isFalse();
            return () -> {
                secondary.lane.failed(nowMs, refused.getMessage(), false);
                retry(secondary);
            };
        } catch (CorruptRecordException e) {
            throw new AssertionError(e);
        }
    }

    private boolean isOfTheReign(Batch sent) {
        return primary.isUp() && sent.reign().equals(primary.log().reign());
    }

    private static List<Entry> entries(Log log, long end) {
        return end == 0 ? List.of() : list(log.read(0, (int) end, Integer.MAX_VALUE));
    }

    private void acknowledged(SimulatedSecondary secondary, Lane.Call call, Batch sent, long held) {
        if (!isOfTheReign(sent)) {
            secondary.lane.abandoned();
            pump(secondary);
            return;
        }
        int entries = sent.records().count();
        long end = primary.log().end();
        if (secondary.lane.acknowledged(nowMs, call, entries, held, end) == Lane.Answer.NOT_COUNTED) {
            retry(secondary);
            return;
        }
        primary.log().acknowledge(secondary.node, sent.reign(), held);
        primary.noteIfEstablished();
        pump(secondary);
    }

    private void noteIfRefilled(SimulatedSecondary secondary, int answered, long held) {
        if (secondary.incarnation() == answered && held == primary.log().end() && !primary.isLost()) {
            secondary.refilled();
        }
    }

    /** The first end of a call counts, as long as there is the process that made it. */
    private void end(SimulatedSecondary secondary, int sender, AtomicBoolean ended, Runnable how) {
        if (ended.compareAndSet(false, true) && primary.isUp() && primary.incarnation() == sender) {
            secondary.callsUnderWay--;
            how.run();
        }
    }

    private void retry(SimulatedSecondary secondary) {
        int incarnation = primary.incarnation();
        after(Math.max(0, secondary.lane.notBeforeMs() - nowMs), () -> {
            if (primary.isUp() && primary.incarnation() == incarnation) {
                pump(secondary);
            }
        });
    }

    private int nodes() {
        return secondaries.size() + 1;
    }
}
