package io.replicatedlog.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.checker.Checker;
import io.replicatedlog.checker.History;
import io.replicatedlog.log.SampleRecords;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.simulation.Machine.Kept;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
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
    private final Invariants invariants = new Invariants(time);
    private final Fault.Counts faults = new Fault.Counts();
    private final Network network;
    private final List<SecondaryNode> secondaries = new ArrayList<>();
    private final PrimaryNode primary;

    /** Another primary for the same secondaries: an operator's mistake, or the replacement of a machine that returns. */
    private final PrimaryNode second;

    private History history = new History();
    private final Map<Machine, ShownLog> shown = new HashMap<>();
    private boolean calm;
    private int messages;

    /** What a simulation is about. */
    enum Kind {
        /** The network alone. */
        NETWORK(Kept.MEMORY),
        /** A new log takes the place of the old one, now and then. */
        RESETS(Kept.MEMORY),
        /** Nothing is kept by a process that ends; a minority at a time. */
        MEMORY(Kept.MEMORY),
        /** Processes and machines stop, and keep what they forced. */
        FILE(Kept.FILE),
        /** As well, a minority at a time loses its disk, or finds an old copy of it. */
        LOST_DISKS(Kept.FILE),
        /** A second primary comes and goes, and is gone in the end. */
        TWO_PRIMARIES(Kept.FILE);

        final Kept kept;

        Kind(Kept kept) {
            this.kept = kept;
        }

        boolean processesEnd() {
            return this != NETWORK && this != RESETS;
        }

        boolean losesStorage() {
            return this == MEMORY || this == LOST_DISKS;
        }

        /** The write concern from which on an entry survives; the second primary's disk is lost with it. */
        int survivingW(int majority) {
            return losesStorage() || this == TWO_PRIMARIES ? majority : 1;
        }
    }

    /** What came of it. */
    record Report(long steps, long acknowledged, Fault.Counts faults) {}

    /** @throws AssertionError if a promise was broken, or nothing goes on after the last fault */
    static Report run(Kind kind, Random random) {
        return Quiet.run(() -> runIt(kind, random));
    }

    private static Report runIt(Kind kind, Random random) {
        Simulation simulation = new Simulation(kind, random);
        simulation.time.run(TROUBLE_MS);
        simulation.heal();
        simulation.time.run(TROUBLE_MS + RECOVERY_MS);
        return simulation.judge();
    }

    private Simulation(Kind kind, Random random) {
        this.kind = kind;
        this.random = random;
        this.network = new Network(time, random, faults);
        int nodes = kind.processesEnd() ? 1 + random.nextInt(7) : 2 + random.nextInt(4);
        nodes = kind == Kind.TWO_PRIMARIES ? Math.max(2, nodes) : nodes;
        for (int number = 1; number < nodes; number++) {
            Machine machine = new Machine("secondary" + number, kind.kept, time, random);
            SecondaryNode secondary = new SecondaryNode(machine, random, invariants);
            secondary.startIfDown();
            secondaries.add(secondary);
        }
        primary = primary("primary");
        second = primary("second");
        primary.startIfDown();
        for (int client = 1 + random.nextInt(8); client > 0; client--) {
            int number = client;
            time.after(random.nextInt(100), () -> appendAndGoOn(number));
        }
        for (int fault = random.nextInt(random.nextInt(4) == 0 ? 50 : 16); fault > 0; fault--) {
            time.after(random.nextLong(TROUBLE_MS), this::injectFault);
        }
        everyNowAndThen(this::observeOne);
    }

    private PrimaryNode primary(String name) {
        return new PrimaryNode(new Machine(name, kind.kept, time, random), secondaries, network, random, invariants);
    }

    // --- clients
    // ------------------------------------------------------------------------------------------------------

    private void appendAndGoOn(int client) {
        if (calm) {
            return;
        }
        OptionalInt timeoutMs = random.nextInt(3) == 0 ? OptionalInt.of(1 + random.nextInt(300)) : OptionalInt.empty();
        Attempt attempt = append(client, 1 + random.nextInt(1 + random.nextInt(nodes())), timeoutMs);
        awaitAnswer(attempt, time.nowMs() + CLIENT_TIMEOUT_MS, () -> appendAndGoOn(client));
    }

    private Attempt append(int client, int w, OptionalInt timeoutMs) {
        String key = client + ":" + messages++;
        List<String> texts = new ArrayList<>();
        List<History.Call> calls = new ArrayList<>();
        for (int i = calm || random.nextInt(5) > 0 ? 1 : 2 + random.nextInt(4); i > 0; i--) {
            String text = key + "." + i + ":" + SampleRecords.text(random).repeat(1 + random.nextInt(10));
            texts.add(text);
            calls.add(history.begin(client, text, w));
        }
        // Where the log is replaced, a client would have to know that the message is not meant for the next one.
        boolean isRetried = kind != Kind.RESETS && random.nextInt(4) == 0;
        Attempt attempt = new Attempt(calls, texts, key, w, timeoutMs, condition(), isRetried);
        send(attempt);
        if (!attempt.isGiven()) {
            sendAgain(attempt);
        }
        return attempt;
    }

    private Attempt.Condition condition() {
        return calm || random.nextInt(6) > 0
                ? Attempt.Condition.NONE
                : random.nextInt(4) > 0 ? Attempt.Condition.TRUE : Attempt.Condition.FALSE;
    }

    private void send(Attempt attempt) {
        PrimaryNode node = second.machine.isUp() && random.nextBoolean() ? second : primary;
        if (node.machine.isUp()) {
            node.machine.execute(node.machine.incarnation(), () -> node.append(attempt));
        } else {
            attempt.refused();
        }
    }

    /** As long as the client does not know what became of it. Under its key it is stored once nevertheless. */
    private void sendAgain(Attempt attempt) {
        if (attempt.isRetried()) {
            time.after(1 + random.nextLong(CLIENT_TIMEOUT_MS / 3), () -> {
                if (!attempt.isGiven()) {
                    attempt.sentAgain();
                    send(attempt);
                    sendAgain(attempt);
                }
            });
        }
    }

    /** Some answers are lost on their way: then the client gives up, as it does if there is none in time. */
    private void awaitAnswer(Attempt attempt, long deadlineMs, Runnable next) {
        if (!attempt.isGiven() && (time.nowMs() >= deadlineMs || !calm && random.nextInt(100) == 0)) {
            attempt.unknown();
        }
        if (attempt.isGiven()) {
            time.after(random.nextInt(1 + random.nextInt(60)), next);
        } else {
            time.after(1 + random.nextInt(20), () -> awaitAnswer(attempt, deadlineMs, next));
        }
    }

    // --- faults
    // -------------------------------------------------------------------------------------------------------

    private void injectFault() {
        if (secondaries.isEmpty() && kind != Kind.FILE) {
            return;
        }
        switch (random.nextInt(11)) {
            case 0, 1 -> crashSome();
            case 2 -> cutOne();
            case 3 -> pauseOne();
            case 4 -> failForces();
            case 5 -> fillDisk();
            case 6 -> jumpClock();
            case 7 -> hangDisk();
            case 8 -> rollBackOne();
            case 9 -> changeSecondPrimary();
            default -> changeSides();
        }
    }

    private void crashSome() {
        if (random.nextBoolean()) {
            crashPrimary();
        }
        crashSome(secondaries, 3);
    }

    private void crashSome(List<SecondaryNode> some, int oneIn) {
        some.stream().filter(any -> random.nextInt(oneIn) == 0).forEach(this::crash);
    }

    /** Where no process ends, its log is replaced instead. */
    private void crashPrimary() {
        if (!kind.processesEnd()) {
            resetLog();
            return;
        }
        boolean knowsTheLog = secondaries.stream().allMatch(one -> one.isLost() || primary.isKnownTo(one));
        boolean loses = kind.losesStorage() && mayLose(primary.isLost()) && (primary.isLost() || knowsTheLog);
        endAndStart(primary.machine, loses, primary::lost, primary::startIfDown);
    }

    private void crash(SecondaryNode secondary) {
        if (kind.processesEnd()) {
            boolean loses = kind.losesStorage() && mayLose(secondary.isLost());
            endAndStart(secondary.machine, loses, secondary::lost, secondary::startIfDown);
        }
    }

    private void endAndStart(Machine machine, boolean mayLose, Runnable lost, Runnable start) {
        if (machine.isUp() && end(machine, mayLose, lost)) {
            history.restarted(machine.name);
            time.after(1 + random.nextLong(MAX_DOWN_MS), start);
        }
    }

    /** @return whether it has ended: in memory, every end is a loss */
    private boolean end(Machine machine, boolean mayLose, Runnable lost) {
        if (mayLose && (kind == Kind.MEMORY || random.nextBoolean())) {
            machine.loseStorage();
            lost.run();
            history.emptied(machine.name);
            faults.add(Fault.STORAGE_LOST);
        } else if (kind == Kind.MEMORY) {
            return false;
        } else if (random.nextBoolean()) {
            machine.stop();
            faults.add(Fault.MACHINE_STOPPED);
        } else {
            machine.kill();
            faults.add(Fault.PROCESS_KILLED);
        }
        return true;
    }

    private boolean mayLose(boolean isLost) {
        return !isAnyRolledBack() && (isLost || countLost() < nodes() - Quorum.majority(nodes()));
    }

    private long countLost() {
        return secondaries.stream().filter(SecondaryNode::isLost).count() + (primary.isLost() ? 1 : 0);
    }

    /** Beside another loss, a node that went back in time can still be believed: see the known gaps of recovery. */
    private boolean isAnyRolledBack() {
        return secondaries.stream().anyMatch(SecondaryNode::isRolledBack);
    }

    private void rollBackOne() {
        if (kind != Kind.LOST_DISKS || secondaries.isEmpty() || calm) {
            return;
        }
        SecondaryNode secondary = secondaries.get(random.nextInt(secondaries.size()));
        Machine machine = secondary.machine;
        if (!machine.hasCopy()) {
            machine.copyDisk();
            time.after(random.nextLong(3 * MAX_DOWN_MS), this::rollBackOne);
        } else if (machine.isUp() && countLost() == 0 && nodes() > 2 && primary.machine.isUp()) {
            secondary.rolledBack(machine.log().end());
            machine.rollBack();
            history.emptied(machine.name);
            history.restarted(machine.name);
            faults.add(Fault.STORAGE_ROLLED_BACK);
            time.after(1 + random.nextLong(MAX_DOWN_MS), secondary::startIfDown);
        }
    }

    private void changeSecondPrimary() {
        if (kind != Kind.TWO_PRIMARIES || calm) {
            return;
        }
        if (second.machine.isUp()) {
            second.machine.kill();
        } else {
            second.startIfDown();
            faults.add(Fault.SECOND_PRIMARY);
        }
        if (random.nextBoolean()) {
            time.after(random.nextLong(3 * MAX_DOWN_MS), this::changeSecondPrimary);
        }
    }

    private void cutOne() {
        if (!secondaries.isEmpty()) {
            SecondaryNode secondary = secondaries.get(random.nextInt(secondaries.size()));
            network.wire(anyPrimary().machine, secondary.machine).cut(random.nextLong(MAX_DOWN_MS));
        }
    }

    /**
     * The primary goes on with some, ends, goes on with the others, ends, and may then meet them all: what it decided with
     * the one half must not take away what it promised to the other. A second primary may have the other half.
     */
    private void changeSides() {
        Map<Boolean, List<SecondaryNode>> sides =
                secondaries.stream().collect(Collectors.partitioningBy(any -> random.nextBoolean()));
        long firstMs = random.nextLong(MAX_DOWN_MS);
        long secondMs = random.nextLong(2 * MAX_DOWN_MS);
        isolate(primary, sides.get(false), firstMs);
        isolate(second, sides.get(true), firstMs);
        time.after(firstMs, () -> {
            crashPrimary();
            crashSome(sides.get(true), 4);
            isolate(primary, sides.get(true), secondMs);
        });
        time.after(firstMs + secondMs, this::crashPrimary);
    }

    private void isolate(PrimaryNode from, List<SecondaryNode> some, long forMs) {
        some.forEach(secondary -> network.wire(from.machine, secondary.machine).cut(forMs, true, true));
    }

    private void pauseOne() {
        Machine machine = anyMachine();
        if (machine.isUp()) {
            machine.pause();
            faults.add(Fault.NODE_PAUSED);
            time.after(random.nextLong(MAX_DOWN_MS), machine::resume);
        }
    }

    private void failForces() {
        if (kind.kept == Kept.FILE) {
            Machine machine = anyMachine();
            machine.failForces();
            faults.add(Fault.FORCES_FAIL);
            if (random.nextBoolean()) {
                time.after(random.nextLong(50), () -> endAndStart(machine, false, () -> {}, starter(machine)));
            }
            time.after(random.nextLong(MAX_DOWN_MS), machine::healDisk);
        }
    }

    private Runnable starter(Machine machine) {
        return secondaries.stream()
                .filter(secondary -> secondary.machine == machine)
                .<Runnable>map(secondary -> secondary::startIfDown)
                .findFirst()
                .orElse(machine == primary.machine ? primary::startIfDown : () -> {});
    }

    private void fillDisk() {
        if (kind.kept == Kept.FILE) {
            Machine machine = anyMachine();
            machine.fill();
            faults.add(Fault.DISK_FULL);
            time.after(random.nextLong(MAX_DOWN_MS), machine::healDisk);
        }
    }

    private void hangDisk() {
        if (kind.kept == Kept.FILE) {
            Machine machine = anyMachine();
            if (machine.isUp()) {
                machine.hang(random.nextLong(3 * MAX_DOWN_MS));
                faults.add(Fault.FORCES_HANG);
            }
        }
    }

    /** Back only where no epoch is forgotten: see the known gaps of recovery. */
    private void jumpClock() {
        anyPrimary().machine.jumpClock(kind == Kind.FILE && random.nextBoolean() ? -HOUR_MS : HOUR_MS);
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
        network.calm();
        if (second.machine.isUp()) {
            second.machine.kill();
        }
        machines().forEach(machine -> {
            machine.healDisk();
            machine.resume();
        });
        secondaries.forEach(SecondaryNode::calm);
        secondaries.forEach(SecondaryNode::startIfDown);
        primary.calm();
        primary.startIfDown();
        time.after(RECOVERY_MS / 2, () -> {
            primary.assertAllIsWell();
            append(0, nodes(), OptionalInt.empty());
        });
    }

    // --- judging
    // ------------------------------------------------------------------------------------------------------

    private void observeOne() {
        List<Machine> machines = machines();
        observe(machines.get(random.nextInt(machines.size())));
    }

    private void observe(Machine machine) {
        if (machine.isUp()) {
            List<String> log =
                    shown.computeIfAbsent(machine, any -> new ShownLog()).messages(machine.log());
            history.shows(machine.name, log);
            history.commits(machine.name, log.subList(0, (int)
                    Math.min(log.size(), machine.committed().get())));
        }
    }

    private Report judge() {
        machines().forEach(this::observe);
        int majority = Quorum.majority(nodes());
        assertThat(Checker.violations(history, kind.survivingW(majority), majority))
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

    private PrimaryNode anyPrimary() {
        return kind == Kind.TWO_PRIMARIES && random.nextBoolean() ? second : primary;
    }

    private Machine anyMachine() {
        List<Machine> machines = machines();
        return kind == Kind.TWO_PRIMARIES && random.nextInt(4) == 0
                ? second.machine
                : machines.get(random.nextInt(machines.size()));
    }

    /** All but that of the second primary. */
    private List<Machine> machines() {
        return Stream.concat(Stream.of(primary.machine), secondaries.stream().map(secondary -> secondary.machine))
                .toList();
    }

    private int nodes() {
        return secondaries.size() + 1;
    }
}
