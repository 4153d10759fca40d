package io.replicatedlog.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.checker.Checker;
import io.replicatedlog.checker.History;
import io.replicatedlog.log.Entry;
import io.replicatedlog.log.SampleRecords;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.simulation.Machine.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One cluster with its clients, its faults and its judge; all of it follows from the seed. */
final class Simulation {

    private static final long TROUBLE_MS = 3_000;

    /** After the last fault: the largest backoff, a probe that times out, and time to send everything. */
    private static final long RECOVERY_MS = 10_000;

    private static final long MAX_DOWN_MS = 400;
    private static final long CLIENT_TIMEOUT_MS = 1_500;
    private static final long HOUR_MS = 3_600_000;

    private final Random random;
    private final Kind kind;
    private final VirtualTime time = new VirtualTime();
    private final Fault.Counts faults = new Fault.Counts();
    private final List<SecondaryNode> secondaries = new ArrayList<>();
    private final PrimaryNode primary;
    private History history = new History();
    private boolean calm;
    private int messages;

    /** What a simulation is about. */
    enum Kind {
        /** The network alone. */
        NETWORK(Storage.MEMORY),
        /** A new log takes the place of the old one, now and then. */
        RESETS(Storage.MEMORY),
        /** Nothing is kept by a process that ends; a minority at a time. */
        MEMORY(Storage.MEMORY),
        /** Processes and machines stop, and keep what they forced. */
        FILE(Storage.FILE),
        /** As well, a minority at a time loses its disk. */
        LOST_DISKS(Storage.FILE);

        final Storage storage;

        Kind(Storage storage) {
            this.storage = storage;
        }

        boolean processesEnd() {
            return this != NETWORK && this != RESETS;
        }

        boolean losesStorage() {
            return this == MEMORY || this == LOST_DISKS;
        }
    }

    /** What came of it. */
    record Report(long steps, long acknowledged, Fault.Counts faults) {}

    /** @throws AssertionError if a promise was broken, or nothing goes on after the last fault */
    static Report run(Kind kind, Random random) {
        Simulation simulation = new Simulation(kind, random);
        simulation.time.run(TROUBLE_MS);
        simulation.heal();
        simulation.time.run(TROUBLE_MS + RECOVERY_MS);
        return simulation.judge();
    }

    private Simulation(Kind kind, Random random) {
        this.kind = kind;
        this.random = random;
        int nodes = kind.processesEnd() ? 1 + random.nextInt(7) : 2 + random.nextInt(4);
        Machine first = new Machine("primary", kind.storage);
        for (int number = 1; number < nodes; number++) {
            Machine machine = new Machine("secondary" + number, kind.storage);
            Wire wire = new Wire(time, random, faults, first, machine);
            SecondaryNode secondary = new SecondaryNode(number, machine, wire, random);
            secondary.startIfDown();
            secondaries.add(secondary);
        }
        primary = new PrimaryNode(first, secondaries, time, random);
        primary.startIfDown();
        for (int client = 1 + random.nextInt(8); client > 0; client--) {
            int number = client;
            time.after(random.nextInt(100), () -> appendAndGoOn(number));
        }
        for (int fault = random.nextInt(random.nextInt(4) == 0 ? 50 : 16); fault > 0; fault--) {
            time.after(random.nextLong(TROUBLE_MS), this::injectFault);
        }
        everyNowAndThen(this::observeOne);
        everyNowAndThen(this::reopenFailedStorage);
    }

    // --- clients
    // ------------------------------------------------------------------------------------------------------

    private void appendAndGoOn(int client) {
        if (calm) {
            return;
        }
        long timeoutMs = random.nextInt(3) == 0 ? 1 + random.nextInt(300) : Long.MAX_VALUE;
        PrimaryNode.Answer answer = append(client, 1 + random.nextInt(1 + random.nextInt(nodes())), timeoutMs);
        awaitAnswer(answer, time.nowMs() + CLIENT_TIMEOUT_MS, () -> appendAndGoOn(client));
    }

    private PrimaryNode.Answer append(int client, int w, long timeoutMs) {
        String key = client + ":" + messages++;
        String message = key + ":" + SampleRecords.text(random).repeat(1 + random.nextInt(10));
        History.Call call = history.begin(client, message, w);
        // Where the log is replaced, a client would have to know that the message is not meant for the next one.
        PrimaryNode.Answer answer = new PrimaryNode.Answer(call, kind != Kind.RESETS && random.nextInt(4) == 0);
        Runnable send = () -> primary.machine.execute(
                primary.machine.incarnation(), () -> primary.append(answer, key, message, w, timeoutMs));
        if (!primary.machine.isUp()) {
            answer.refused();
        } else {
            send.run();
            sendAgain(answer, send);
        }
        return answer;
    }

    /** As long as the client does not know what became of it. Under its key it is stored once nevertheless. */
    private void sendAgain(PrimaryNode.Answer answer, Runnable send) {
        if (answer.isRetried()) {
            time.after(1 + random.nextLong(CLIENT_TIMEOUT_MS / 3), () -> {
                if (!answer.isGiven()) {
                    answer.sentAgain();
                    if (primary.machine.isUp()) {
                        send.run();
                    }
                    sendAgain(answer, send);
                }
            });
        }
    }

    /** Some answers are lost on their way: then the client gives up, as it does if there is none in time. */
    private void awaitAnswer(PrimaryNode.Answer answer, long deadlineMs, Runnable next) {
        if (!answer.isGiven() && (time.nowMs() >= deadlineMs || !calm && random.nextInt(100) == 0)) {
            answer.unknown();
        }
        if (answer.isGiven()) {
            time.after(random.nextInt(1 + random.nextInt(60)), next);
        } else {
            time.after(1 + random.nextInt(20), () -> awaitAnswer(answer, deadlineMs, next));
        }
    }

    // --- faults
    // -------------------------------------------------------------------------------------------------------

    private void injectFault() {
        if (secondaries.isEmpty() && kind != Kind.FILE) {
            return;
        }
        switch (random.nextInt(8)) {
            case 0, 1 -> crashSome();
            case 2 -> cutOne();
            case 3 -> pauseOne();
            case 4 -> failForces();
            case 5 -> fillDisk();
            case 6 -> jumpClock();
            default -> changeSides();
        }
    }

    private void crashSome() {
        if (random.nextBoolean()) {
            crashPrimary();
        }
        crashSome(secondaries, 3);
    }

    private void crashSome(List<SecondaryNode> secondaries, int oneIn) {
        secondaries.stream().filter(any -> random.nextInt(oneIn) == 0).forEach(this::crash);
    }

    /** Where no process ends, its log is replaced instead. */
    private void crashPrimary() {
        if (!kind.processesEnd()) {
            resetLog();
            return;
        }
        boolean knowsTheLog = secondaries.stream().allMatch(one -> one.isLost() || primary.isKnownTo(one));
        boolean loses = kind.losesStorage() && mayLose(primary.isLost()) && (primary.isLost() || knowsTheLog);
        endAndStart(primary, loses);
    }

    private void endAndStart(SimulatedNode node, boolean loses) {
        if (node.machine().isUp() && end(node, loses)) {
            time.after(1 + random.nextLong(MAX_DOWN_MS), node::startIfDown);
        }
    }

    private void crash(SecondaryNode secondary) {
        if (kind.processesEnd()) {
            endAndStart(secondary, kind.losesStorage() && mayLose(secondary.isLost()));
        }
    }

    /** @return whether it has ended: in memory, every end is a loss */
    private boolean end(SimulatedNode node, boolean mayLose) {
        Machine machine = node.machine();
        if (mayLose && (kind == Kind.MEMORY || random.nextBoolean())) {
            machine.loseStorage();
            node.lost();
            history.emptied(machine.name);
            faults.add(Fault.STORAGE_LOST);
        } else if (kind == Kind.MEMORY) {
            return false;
        } else if (random.nextBoolean()) {
            machine.stop(random);
            faults.add(Fault.MACHINE_STOPPED);
        } else {
            machine.kill();
            faults.add(Fault.PROCESS_KILLED);
        }
        return true;
    }

    private boolean mayLose(boolean isLost) {
        long lost = all().filter(SimulatedNode::isLost).count();
        return isLost || lost < nodes() - Quorum.majority(nodes());
    }

    private void cutOne() {
        if (!secondaries.isEmpty()) {
            secondaries.get(random.nextInt(secondaries.size())).wire.cut(random.nextLong(MAX_DOWN_MS));
        }
    }

    /**
     * The primary goes on with some, ends, goes on with the others, ends, and may then meet them all: what it decided with
     * the one half must not take away what it promised to the other.
     */
    private void changeSides() {
        Map<Boolean, List<SecondaryNode>> sides =
                secondaries.stream().collect(Collectors.partitioningBy(any -> random.nextBoolean()));
        long firstMs = random.nextLong(MAX_DOWN_MS);
        long secondMs = random.nextLong(2 * MAX_DOWN_MS);
        isolate(sides.get(false), firstMs);
        time.after(firstMs, () -> {
            crashPrimary();
            crashSome(sides.get(true), 4);
            isolate(sides.get(true), secondMs);
        });
        time.after(firstMs + secondMs, this::crashPrimary);
    }

    private static void isolate(List<SecondaryNode> some, long forMs) {
        some.forEach(secondary -> secondary.wire.cut(forMs, true, true));
    }

    private void pauseOne() {
        Machine machine = anyNode().machine();
        if (machine.isUp()) {
            machine.pause();
            faults.add(Fault.NODE_PAUSED);
            time.after(random.nextLong(MAX_DOWN_MS), machine::resume);
        }
    }

    private void failForces() {
        if (kind.storage == Storage.FILE) {
            SimulatedNode node = anyNode();
            Machine machine = node.machine();
            machine.failForces();
            faults.add(Fault.FORCES_FAIL);
            if (random.nextBoolean()) {
                time.after(random.nextLong(50), () -> endAndStart(node, false));
            }
            time.after(random.nextLong(MAX_DOWN_MS), machine::healDisk);
        }
    }

    private void fillDisk() {
        if (kind.storage == Storage.FILE) {
            Machine machine = anyNode().machine();
            machine.fill();
            faults.add(Fault.DISK_FULL);
            time.after(random.nextLong(MAX_DOWN_MS), machine::healDisk);
        }
    }

    /** Back only where no epoch is forgotten: see the known gaps of recovery. */
    private void jumpClock() {
        primary.jumpClock(kind == Kind.FILE && random.nextBoolean() ? -HOUR_MS : HOUR_MS);
        faults.add(Fault.CLOCK_JUMP);
    }

    private void resetLog() {
        if (kind == Kind.RESETS && !primary.machine.isPaused()) {
            history = new History();
            primary.reset();
            if (random.nextInt(4) > 0) {
                time.after(random.nextLong(Wire.CALL_TIMEOUT_MS), this::resetLog);
            }
        }
    }

    private void heal() {
        calm = true;
        machines().forEach(machine -> {
            machine.healDisk();
            machine.resume();
        });
        secondaries.forEach(secondary -> secondary.wire.calm());
        primary.calm();
        all().forEach(SimulatedNode::startIfDown);
        time.after(RECOVERY_MS / 2, () -> {
            primary.assertAllIsWell();
            append(0, nodes(), Long.MAX_VALUE);
        });
    }

    // --- judging
    // ------------------------------------------------------------------------------------------------------

    private void observeOne() {
        observe(anyNode().machine());
    }

    private void observe(Machine machine) {
        if (machine.isUp()) {
            int shown = (int) machine.log().durable();
            List<String> log = shown == 0
                    ? List.of()
                    : SampleRecords.list(machine.log().read(0, shown, Integer.MAX_VALUE)).stream()
                            .map(Entry::message)
                            .toList();
            history.shows(machine.name, log);
        }
    }

    /** Of secondaries, as their beans do it; the primary looks after its own. */
    private void reopenFailedStorage() {
        for (SecondaryNode secondary : secondaries) {
            if (secondary.machine.isUp() && secondary.machine.hasFailed()) {
                secondary.machine.reopen();
            }
        }
    }

    private Report judge() {
        machines().forEach(this::observe);
        int majority = Quorum.majority(nodes());
        assertThat(Checker.violations(history, kind.losesStorage() ? majority : 1, majority))
                .isEmpty();
        primary.assertAllIsWell();
        List<History.Append> all = history.appends();
        assertThat(all.get(all.size() - 1).outcome())
                .as("an append to all nodes after the last fault")
                .isEqualTo(History.Outcome.ACKNOWLEDGED);
        return new Report(time.steps(), history.count(History.Outcome.ACKNOWLEDGED), faults);
    }

    private void everyNowAndThen(Runnable action) {
        time.after(1 + random.nextInt(100), () -> {
            action.run();
            everyNowAndThen(action);
        });
    }

    private SimulatedNode anyNode() {
        return all().skip(random.nextInt(nodes())).findFirst().orElseThrow();
    }

    private List<Machine> machines() {
        return all().map(SimulatedNode::machine).toList();
    }

    private Stream<SimulatedNode> all() {
        return Stream.concat(Stream.of(primary), secondaries.stream());
    }

    private int nodes() {
        return secondaries.size() + 1;
    }
}
