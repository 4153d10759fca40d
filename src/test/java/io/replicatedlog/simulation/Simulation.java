package io.replicatedlog.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.checker.Checker;
import io.replicatedlog.checker.History;
import io.replicatedlog.log.SampleRecords;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.reading.Level;
import io.replicatedlog.simulation.Machine.Kept;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/** One cluster with its clients, its faults and its judge; all of it follows from the seed. */
final class Simulation {

    private static final long TROUBLE_MS = 3_000;

    /** After the last fault: an election or two, the largest backoff, and time to take over and to send everything. */
    private static final long RECOVERY_MS = 14_000;

    private static final long MAX_DOWN_MS = 400;
    private static final long CLIENT_TIMEOUT_MS = 1_500;
    private static final long HOUR_MS = 3_600_000;

    private final Random random;
    private final Kind kind;
    private final VirtualTime time = new VirtualTime();
    private final Invariants invariants = new Invariants(time);
    private final Fault.Counts faults = new Fault.Counts();
    private final Network network;
    private final List<Node> nodes = new ArrayList<>();

    private History history = new History();
    private final Map<Machine, ShownLog> shown = new HashMap<>();
    private boolean calm;
    private int messages;
    private long reads;
    private int readsInTheEnd;

    /** What a simulation is about. */
    enum Kind {
        /** The network alone. */
        NETWORK(Kept.FILE),
        /** In memory, with one primary for ever; a new log takes the place of the old one, now and then. */
        RESETS(Kept.MEMORY),
        /** In memory, with one primary for ever: nothing is kept by a process that ends; a minority at a time. */
        MEMORY(Kept.MEMORY),
        /** Processes and machines stop, and keep what they forced. */
        FILE(Kept.FILE),
        /** As well, a minority at a time loses its disk, or finds an old copy of it. */
        LOST_DISKS(Kept.FILE),
        /** A few nodes, and hardly a moment in which the same one leads; a minority at a time loses its disk. */
        FAIL_OVERS(Kept.FILE);

        final Kept kept;

        Kind(Kept kept) {
            this.kept = kept;
        }

        boolean processesEnd() {
            return this != NETWORK && this != RESETS;
        }

        boolean losesStorage() {
            return this == MEMORY || this == LOST_DISKS || this == FAIL_OVERS;
        }

        /** Whether one node is the primary for ever. */
        boolean isFixed() {
            return kept == Kept.MEMORY;
        }

        long troubleMs() {
            return this == FAIL_OVERS ? 3 * TROUBLE_MS : TROUBLE_MS;
        }

        long electionTimeoutMs() {
            return this == FAIL_OVERS ? 150 : 300;
        }

        int nodes(Random random) {
            if (this == FAIL_OVERS) {
                return 3 + random.nextInt(3);
            }
            return processesEnd() ? 1 + random.nextInt(7) : 2 + random.nextInt(4);
        }

        int faults(Random random) {
            return this == FAIL_OVERS ? 16 + random.nextInt(8) : random.nextInt(random.nextInt(4) == 0 ? 50 : 16);
        }

        /** The write concern from which on an entry survives. */
        int survivingW(int majority) {
            return this == RESETS ? 1 : majority;
        }
    }

    /** What came of it. */
    record Report(long steps, long acknowledged, long reads, Fault.Counts faults) {}

    /** @throws AssertionError if a promise was broken, or nothing goes on after the last fault */
    static Report run(Kind kind, Random random) {
        return Quiet.run(() -> runIt(kind, random));
    }

    private static Report runIt(Kind kind, Random random) {
        Simulation simulation = new Simulation(kind, random);
        simulation.time.run(kind.troubleMs());
        simulation.heal();
        simulation.time.run(kind.troubleMs() + RECOVERY_MS);
        return simulation.judge();
    }

    private Simulation(Kind kind, Random random) {
        this.kind = kind;
        this.random = random;
        this.network = new Network(time, random, faults);
        int count = kind.nodes(random);
        Node.Cluster cluster = new Node.Cluster() {
            @Override
            public List<Node> nodes() {
                return nodes;
            }

            @Override
            public Wire wire(Node from, Node to) {
                return network.wire(from.machine, to.machine);
            }
        };
        for (int number = 1; number <= count; number++) {
            String name = "node" + number;
            Machine machine = new Machine(name, kind.kept, time, random);
            nodes.add(new Node(
                    name, number == 1, kind.isFixed(), kind.electionTimeoutMs(), machine, cluster, random, invariants));
        }
        nodes.forEach(Node::startIfDown);
        time.afterEachStep(() -> nodes.forEach(Node::checkThatItShowsWholeAppends));
        for (int client = 1 + random.nextInt(8); client > 0; client--) {
            int number = client;
            time.after(random.nextInt(100), () -> appendAndGoOn(number));
        }
        for (int reader = random.nextInt(3); reader > 0; reader--) {
            time.after(random.nextInt(100), this::readAndGoOn);
        }
        for (int fault = kind.faults(random); fault > 0; fault--) {
            time.after(
                    random.nextLong(kind.troubleMs()), kind == Kind.FAIL_OVERS ? this::deposeOne : this::injectFault);
        }
        everyNowAndThen(this::observeOne);
    }

    // --- clients
    // ------------------------------------------------------------------------------------------------------

    private void appendAndGoOn(int client) {
        if (calm) {
            return;
        }
        OptionalInt timeoutMs = random.nextInt(3) == 0 ? OptionalInt.of(1 + random.nextInt(300)) : OptionalInt.empty();
        Attempt attempt = append(client, 1 + random.nextInt(1 + random.nextInt(nodes.size())), timeoutMs);
        awaitAnswer(attempt, time.nowMs() + CLIENT_TIMEOUT_MS, () -> appendAndGoOn(client));
    }

    private Attempt append(int client, int w, OptionalInt timeoutMs) {
        String key = client + ":" + messages++;
        List<String> texts = new ArrayList<>();
        List<History.Call> calls = new ArrayList<>();
        for (int i = calm ? 1 : size(); i > 0; i--) {
            String text = key + "." + i + ":" + SampleRecords.text(random).repeat(1 + random.nextInt(10));
            texts.add(text);
            calls.add(history.begin(client, text, w));
        }
        history.together(texts);
        // Where the log is replaced, a client would have to know that the message is not meant for the next one.
        boolean isRetried = kind != Kind.RESETS && random.nextInt(4) == 0;
        Attempt attempt = new Attempt(calls, texts, key, w, timeoutMs, condition(), isRetried);
        send(attempt);
        if (!attempt.isGiven()) {
            sendAgain(attempt);
        }
        return attempt;
    }

    /** Of an append, in messages: sometimes more than a lane sends at once. */
    private int size() {
        return switch (random.nextInt(20)) {
            case 0 -> 6 + random.nextInt(15);
            case 1, 2, 3, 4 -> 2 + random.nextInt(4);
            default -> 1;
        };
    }

    private Attempt.Condition condition() {
        return calm || random.nextInt(6) > 0
                ? Attempt.Condition.NONE
                : random.nextInt(4) > 0 ? Attempt.Condition.TRUE : Attempt.Condition.FALSE;
    }

    /** To any node; mostly the client goes on to whom that node names. */
    private void send(Attempt attempt) {
        Node asked = nodes.get(random.nextInt(nodes.size()));
        boolean isSentThere = asked.leads() || !calm && random.nextInt(20) == 0;
        Node node = isSentThere ? asked : asked.primary().orElse(asked);
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

    /** Whether the one before is answered or not. */
    private void readAndGoOn() {
        if (!calm) {
            read(anyNode(), () -> reads++, () -> {});
            time.after(1 + random.nextInt(100), this::readAndGoOn);
        }
    }

    private void readInTheEnd(Node node) {
        read(node, () -> readsInTheEnd++, () -> readInTheEnd(node));
    }

    /** A linearizable read, which is answered or refused, unless the process ends. */
    private void read(Node node, Runnable answered, Runnable refused) {
        Machine machine = node.machine;
        machine.execute(machine.incarnation(), () -> {
            LongConsumer judge = invariants.reads(machine);
            node.read(
                    end -> {
                        judge.accept(end);
                        observe(node);
                        answered.run();
                    },
                    refused);
        });
    }

    // --- faults
    // -------------------------------------------------------------------------------------------------------

    private void injectFault() {
        if (nodes.size() == 1 && kind != Kind.FILE) {
            return;
        }
        switch (random.nextInt(13)) {
            case 0 -> crashSome();
            case 1 -> crashPrimary();
            case 2 -> cutOne();
            case 3 -> pauseOne();
            case 4 -> failForces();
            case 5 -> fillDisk();
            case 6 -> jumpClock();
            case 7 -> hangDisk();
            case 8 -> rollBackOne();
            case 9 -> isolateOne();
            case 10 -> transfer();
            default -> changeSides();
        }
    }

    /** Whoever leads does so no more, or somebody else believes that. */
    private void deposeOne() {
        switch (random.nextInt(11)) {
            case 0 -> crashPrimary();
            case 1 -> crashSome(nodes, 4);
            case 2 -> isolateOne();
            case 3 -> transfer();
            case 4 -> pausePrimary();
            case 5, 6 -> anyNode().standAtOnce();
            case 7, 8 -> restartOneAndLetItStand();
            case 9 -> jumpClock(); // from then on candidates count epochs, and choose the same one
            default -> changeSides();
        }
    }

    /** It may have lost its disk, and is not refilled yet when the primary is gone and it is told to lead itself. */
    private void restartOneAndLetItStand() {
        Node node = anyNode();
        crash(node);
        time.after(random.nextLong(2 * MAX_DOWN_MS), () -> {
            isolateOne();
            node.standAtOnce();
        });
    }

    private void pausePrimary() {
        pause(primary().orElse(anyNode()).machine);
    }

    private void transfer() {
        primary()
                .filter(node -> !kind.isFixed() && !node.machine.isPaused())
                .ifPresent(node -> node.transfer(anyNode()));
    }

    private void crashSome() {
        crashSome(nodes, 3);
    }

    private void crashSome(List<Node> some, int oneIn) {
        some.stream().filter(any -> random.nextInt(oneIn) == 0).forEach(this::crash);
    }

    private void crashPrimary() {
        crash(primary().orElse(nodes.get(0)));
    }

    private Optional<Node> primary() {
        return nodes.stream().filter(Node::leads).findFirst();
    }

    /** Where no process ends, its log is replaced instead. */
    private void crash(Node node) {
        if (!kind.processesEnd()) {
            resetLog();
            return;
        }
        boolean knowsTheLog = nodes.stream().allMatch(one -> one.isLost() || one.knowsALog());
        boolean loses = kind.losesStorage() && mayLose(node.isLost()) && (node.isLost() || knowsTheLog);
        endAndStart(node, loses);
    }

    private void endAndStart(Node node, boolean mayLose) {
        if (node.machine.isUp() && end(node.machine, mayLose, node::lost)) {
            history.restarted(node.machine.name);
            time.after(1 + random.nextLong(MAX_DOWN_MS), node::startIfDown);
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
        return !isAnyRolledBack() && (isLost || countLost() < nodes.size() - Quorum.majority(nodes.size()));
    }

    private long countLost() {
        return nodes.stream().filter(Node::isLost).count();
    }

    /** Beside another loss, a node that went back in time can still be believed: see the known gaps of recovery. */
    private boolean isAnyRolledBack() {
        return nodes.stream().anyMatch(Node::isRolledBack);
    }

    private void rollBackOne() {
        if (kind != Kind.LOST_DISKS || calm) {
            return;
        }
        Node node = anyNode();
        Machine machine = node.machine;
        if (!machine.hasCopy()) {
            machine.copyDisk();
            time.after(random.nextLong(3 * MAX_DOWN_MS), this::rollBackOne);
        } else if (machine.isUp()
                && !node.leads()
                && countLost() == 0
                && nodes.size() > 2
                && primary().isPresent()) {
            node.rolledBack(machine.log().end());
            machine.rollBack();
            history.emptied(machine.name);
            history.restarted(machine.name);
            faults.add(Fault.STORAGE_ROLLED_BACK);
            time.after(1 + random.nextLong(MAX_DOWN_MS), node::startIfDown);
        }
    }

    private void cutOne() {
        Node from = anyNode();
        Node to = anyNode();
        if (from != to) {
            network.wire(from.machine, to.machine).cut(random.nextLong(MAX_DOWN_MS));
        }
    }

    /** A node does not reach the others, or is not reached by them, or both; the primary as often as all others together. */
    private void isolateOne() {
        Node node = random.nextBoolean() ? primary().orElse(anyNode()) : anyNode();
        long forMs = random.nextLong(3 * MAX_DOWN_MS);
        boolean out = random.nextInt(3) > 0;
        boolean in = !out || random.nextBoolean();
        nodes.stream().filter(other -> other != node).forEach(other -> {
            network.wire(node.machine, other.machine).cut(forMs, out, in);
            network.wire(other.machine, node.machine).cut(forMs, in, out);
        });
    }

    /**
     * The nodes are split in two, one side loses its primary, or more; and then in two others: what was decided on one side
     * must not take away what was promised on the other.
     */
    private void changeSides() {
        long firstMs = random.nextLong(2 * MAX_DOWN_MS);
        long secondMs = random.nextLong(2 * MAX_DOWN_MS);
        split(firstMs);
        time.after(firstMs, () -> {
            crashPrimary();
            crashSome(nodes, 6);
            split(secondMs);
        });
        time.after(firstMs + secondMs, this::crashPrimary);
    }

    private void split(long forMs) {
        Map<Boolean, List<Node>> sides = nodes.stream().collect(Collectors.partitioningBy(any -> random.nextBoolean()));
        for (Node here : sides.get(true)) {
            for (Node there : sides.get(false)) {
                network.wire(here.machine, there.machine).cut(forMs, true, true);
                network.wire(there.machine, here.machine).cut(forMs, true, true);
            }
        }
    }

    private void pauseOne() {
        pause(anyNode().machine);
    }

    private void pause(Machine machine) {
        if (machine.isUp()) {
            machine.pause();
            faults.add(Fault.NODE_PAUSED);
            time.after(random.nextLong(MAX_DOWN_MS), machine::resume);
        }
    }

    private void failForces() {
        if (kind.kept == Kept.FILE) {
            Node node = anyNode();
            Machine machine = node.machine;
            machine.failForces();
            faults.add(Fault.FORCES_FAIL);
            if (kind.processesEnd() && random.nextBoolean()) {
                time.after(random.nextLong(50), () -> endAndStart(node, false));
            }
            time.after(random.nextLong(MAX_DOWN_MS), machine::healDisk);
        }
    }

    private void fillDisk() {
        if (kind.kept == Kept.FILE) {
            Machine machine = anyNode().machine;
            machine.fill();
            faults.add(Fault.DISK_FULL);
            time.after(random.nextLong(MAX_DOWN_MS), machine::healDisk);
        }
    }

    private void hangDisk() {
        if (kind.kept == Kept.FILE) {
            Machine machine = anyNode().machine;
            if (machine.isUp()) {
                machine.hang(random.nextLong(3 * MAX_DOWN_MS));
                faults.add(Fault.FORCES_HANG);
            }
        }
    }

    /** Back only where no epoch is forgotten: see the known gaps of recovery. */
    private void jumpClock() {
        anyNode().machine.jumpClock(kind == Kind.FILE && random.nextBoolean() ? -HOUR_MS : HOUR_MS);
        faults.add(Fault.CLOCK_JUMP);
    }

    private void resetLog() {
        if (kind == Kind.RESETS && nodes.get(0).leads() && nodes.stream().noneMatch(node -> node.machine.isPaused())) {
            history = new History();
            invariants.startOver();
            nodes.get(0).reset();
            if (random.nextInt(4) > 0) {
                time.after(random.nextLong(Wire.CALL_TIMEOUT_MS), this::resetLog);
            }
        }
    }

    private void heal() {
        calm = true;
        network.calm();
        nodes.forEach(node -> {
            node.machine.healDisk();
            node.machine.resume();
            node.calm();
            node.startIfDown();
        });
        time.after(RECOVERY_MS / 2, () -> {
            assertAllIsWell();
            append(0, nodes.size(), OptionalInt.empty());
            nodes.forEach(this::readInTheEnd);
        });
    }

    // --- judging
    // ------------------------------------------------------------------------------------------------------

    private void observeOne() {
        observe(anyNode());
    }

    private void observe(Node node) {
        Machine machine = node.machine;
        if (machine.isUp()) {
            List<String> log = shown.computeIfAbsent(machine, any -> new ShownLog())
                    .messages(machine.log(), node.shown().end(Level.LOCAL));
            history.shows(machine.name, log);
            history.commits(machine.name, log.subList(0, (int) node.shown().end(Level.COMMITTED)));
        }
    }

    private Report judge() {
        nodes.forEach(this::observe);
        int majority = Quorum.majority(nodes.size());
        assertThat(Checker.violations(history, kind.survivingW(majority), majority))
                .isEmpty();
        assertAllIsWell();
        List<History.Append> all = history.appends();
        assertThat(all.get(all.size() - 1).outcome())
                .as("an append to all nodes after the last fault")
                .isEqualTo(History.Outcome.ACKNOWLEDGED);
        assertThat(readsInTheEnd)
                .as("linearizable reads of all nodes after the last fault")
                .isEqualTo(nodes.size());
        return new Report(time.steps(), history.count(History.Outcome.ACKNOWLEDGED), reads, faults);
    }

    private void everyNowAndThen(Runnable action) {
        time.after(1 + random.nextInt(100), () -> {
            action.run();
            everyNowAndThen(action);
        });
    }

    private void assertAllIsWell() {
        List<Node> primaries = nodes.stream().filter(Node::leads).toList();
        assertThat(primaries)
                .as("who leads, of " + nodes.stream().map(Node::describe).toList())
                .hasSize(1);
        primaries.get(0).assertAllIsWell();
    }

    private Node anyNode() {
        return nodes.get(random.nextInt(nodes.size()));
    }
}
