package io.replicatedlog.system.faults;

import static org.awaitility.Awaitility.await;

import io.replicatedlog.checker.History.Outcome;
import io.replicatedlog.system.fixture.Closing;
import io.replicatedlog.system.fixture.Command;
import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.Load;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.Pause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Three nodes as real processes, with a faulty link in front of each, under a load whose clients ask any of them. Whichever
 * leads is the primary. Faults come and heal: appends must go on again within a stated time after that, and in the end the
 * checker judges what clients were told and what nodes showed on the way.
 */
final class FaultLab implements AutoCloseable {

    /** From when faults have healed and every node is ready. */
    static final Duration PROGRESS_LIMIT = Duration.ofSeconds(10);

    private static final int CLIENTS = 16;
    private static final int APPENDS_THAT_SHOW_PROGRESS = 50;
    private static final long HOUR_SECONDS = 3_600;
    private static final Duration CLIENT_LIMIT = Duration.ofSeconds(8);

    /**
     * What can be done to a cluster. Of several at a time the first named here begins first, so that what lasts is there
     * while what passes by itself goes on.
     */
    enum Fault {
        /** Waits for nodes to be ready, and so cannot go on during most others. */
        ALL_RESTARTED_IN_TURN,
        LINKS_200_MS,
        LINK_1_MBIT,
        PACKETS_LOST,
        PACKETS_REPEATED,
        FORCES_SLOW,
        FORCES_FAIL,
        FORCES_HANG,
        CLOCK_AN_HOUR_AHEAD,
        CLOCK_AN_HOUR_BEHIND,
        DISK_FULL,
        /** Ends with a link that holds nothing, and so comes before those that do. */
        LINK_FLAPS,
        /** It takes connections, and nothing comes of them. */
        BLACK_HOLE,
        BOTH_BLACK_HOLES,
        REQUESTS_HELD,
        ANSWERS_HELD,
        ANSWERS_LOST,
        CLIENT_ANSWERS_LOST,
        NODE_PARTITIONED,
        PRIMARY_PARTITIONED,
        PRIMARY_FLAPS,
        PRIMARY_KILLED,
        SECONDARY_KILLED,
        ALL_KILLED,
        PRIMARY_STOPPED,
        SECONDARY_RESTARTED_OFTEN,
        CONNECTIONS_RESET,
        PRIMARY_FROZEN,
        SECONDARY_FROZEN
    }

    private final LibertyCluster cluster;
    private final List<FaultyPlace> places;
    private final Map<LibertyNode, FaultyLink> links = new LinkedHashMap<>();
    private final Map<LibertyNode, Process> tracers = new LinkedHashMap<>();
    private final Map<LibertyNode, Long> observed = new LinkedHashMap<>();
    private final List<FaultyLink> clientLinks;
    private final Random random;
    private final Load load;
    private final Set<Fault> possible;
    private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
    private Duration slowestProgress = Duration.ZERO;

    private FaultLab(LibertyCluster cluster, List<FaultyPlace> places, Map<String, FaultyLink> byUrl, Random random) {
        this.cluster = cluster;
        this.places = places;
        this.random = random;
        this.possible = possible(places);
        cluster.nodes().forEach(node -> links.put(node, byUrl.get(node.url())));
        this.clientLinks =
                cluster.nodes().stream().map(node -> new FaultyLink(node.url())).toList();
        this.load = Load.start(
                clientLinks.stream()
                        .map(link -> new LogClient(link.url(), CLIENT_LIMIT))
                        .toList(),
                CLIENTS);
    }

    /** Starts nodes and load. */
    static FaultLab start(String name, Random random) {
        // One of them keeps its files on the real disk.
        List<FaultyPlace> places = List.of(new FaultyPlace(true), new FaultyPlace(true), new FaultyPlace(false));
        Map<String, FaultyLink> byUrl = new LinkedHashMap<>();
        // Short segments, so that there are many; small time-outs, so that each fault is over soon.
        Map<String, String> environment = Map.of(
                "REPLICATEDLOG_FAILOVER", "automatic",
                "REPLICATEDLOG_SEGMENT_BYTES", "1000000",
                "REPLICATEDLOG_DISK_TIMEOUT_MS", "2000",
                "REQUEST_TIMEOUT_MILLISECONDS", "1000",
                "HEALTHCHECK_PERIOD_MILLISECOND", "300");
        List<LibertyNode.Place> forNodes =
                places.stream().map(FaultyPlace::forNode).toList();
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            UnaryOperator<String> via = url -> {
                byUrl.put(url, new FaultyLink(url, places.get(0).gateway()));
                return byUrl.get(url).url();
            };
            LibertyCluster cluster = LibertyCluster.prepare(name, environment, forNodes, via);
            opened.add(cluster);
            cluster.primary().advertise(via.apply(cluster.primary().url()));
            return new FaultLab(cluster.start(), places, byUrl, random);
        } catch (RuntimeException | Error e) {
            opened.addAll(byUrl.values());
            opened.addAll(places);
            Closing.all(opened);
            throw e;
        }
    }

    /** What this machine allows. */
    Set<Fault> possible() {
        return possible;
    }

    private static Set<Fault> possible(List<FaultyPlace> places) {
        Set<Fault> possible = EnumSet.allOf(Fault.class);
        if (!places.stream().allMatch(place -> place.network.isPresent())) {
            possible.removeAll(EnumSet.of(
                    Fault.NODE_PARTITIONED, Fault.PRIMARY_PARTITIONED, Fault.PACKETS_LOST, Fault.PACKETS_REPEATED));
        }
        if (places.subList(0, 2).stream().anyMatch(place -> place.disk.isEmpty())) {
            possible.remove(Fault.DISK_FULL);
        }
        if (!ForceFaults.arePossible()) {
            possible.removeAll(EnumSet.of(Fault.FORCES_SLOW, Fault.FORCES_FAIL, Fault.FORCES_HANG));
        }
        if (places.get(0).clock.isEmpty()) {
            possible.removeAll(EnumSet.of(Fault.CLOCK_AN_HOUR_AHEAD, Fault.CLOCK_AN_HOUR_BEHIND));
        }
        return possible;
    }

    /** Injects faults under load, one while the others last, heals them, and waits until appends go on. */
    void inject(Set<Fault> faults) {
        faults.stream().sorted().forEach(this::begin);
        Pause.ofMs(1_000 + random.nextInt(4_000));
        observe();
        heal(faults);
        observe();
    }

    private void begin(Fault fault) {
        List<LibertyNode> nodes = cluster.nodes();
        LibertyNode node = nodes.get(random.nextInt(nodes.size()));
        LibertyNode primary = cluster.leader().orElse(node);
        List<LibertyNode> secondaries =
                nodes.stream().filter(other -> other != primary).toList();
        LibertyNode secondary = secondaries.get(random.nextInt(secondaries.size()));
        if (ended(fault, node, primary, secondary)) {
            return;
        }
        injected.merge(fault, 1, Integer::sum);
        FaultyPlace place = places.get(nodes.indexOf(node));
        FaultyPlace ofPrimary = places.get(nodes.indexOf(primary));
        FaultyLink link = links.get(secondary);
        switch (fault) {
            case PRIMARY_KILLED -> primary.kill();
            case SECONDARY_KILLED -> secondary.kill();
            case ALL_KILLED -> nodes.forEach(LibertyNode::kill);
            case PRIMARY_STOPPED -> primary.stop();
            case PRIMARY_FROZEN -> freeze(primary);
            case PRIMARY_PARTITIONED -> ofPrimary.network.orElseThrow().partition();
            case PRIMARY_FLAPS -> flap(secondaries.stream().map(links::get).toList());
            case SECONDARY_FROZEN -> freeze(secondary);
            case BLACK_HOLE -> link.hold(true);
            case REQUESTS_HELD -> link.there.hold(true);
            case ANSWERS_HELD -> link.back.hold(true);
            case LINK_FLAPS -> flap(List.of(link));
            case BOTH_BLACK_HOLES -> secondaries.forEach(both -> links.get(both).hold(true));
            case ANSWERS_LOST -> link.back.cut(true);
            case CLIENT_ANSWERS_LOST -> clientLinks.forEach(each -> each.back.cut(true));
            case CONNECTIONS_RESET -> resetOften();
            case LINKS_200_MS ->
                links.values().forEach(slow -> {
                    slow.there.delay(100);
                    slow.back.delay(100);
                });
            case LINK_1_MBIT -> link.there.limit(125_000);
            case NODE_PARTITIONED -> place.network.orElseThrow().partition();
            case PACKETS_LOST ->
                places.forEach(each -> each.network.orElseThrow().lose());
            case PACKETS_REPEATED ->
                places.forEach(each -> each.network.orElseThrow().repeat());
            case DISK_FULL -> places.get(random.nextInt(2)).disk.orElseThrow().fill();
            case FORCES_SLOW -> trace(node, ForceFaults.SLOW);
            case FORCES_FAIL -> trace(node, ForceFaults.FAIL);
            case FORCES_HANG -> trace(node, ForceFaults.HANG);
            // Only the primary's decides anything: the time of an entry, and an epoch.
            case CLOCK_AN_HOUR_AHEAD -> ofPrimary.clock.orElseThrow().jump(HOUR_SECONDS);
            case CLOCK_AN_HOUR_BEHIND -> ofPrimary.clock.orElseThrow().jump(-HOUR_SECONDS);
            case SECONDARY_RESTARTED_OFTEN -> restartOften(secondary);
            case ALL_RESTARTED_IN_TURN -> restartInTurn();
        }
    }

    /** Whether the node that this would be done to has ended by another fault. */
    private static boolean ended(Fault fault, LibertyNode node, LibertyNode primary, LibertyNode secondary) {
        return switch (fault) {
            case PRIMARY_KILLED, PRIMARY_STOPPED, PRIMARY_FROZEN -> !primary.isRunning();
            case SECONDARY_KILLED, SECONDARY_FROZEN -> !secondary.isRunning();
            case FORCES_SLOW, FORCES_FAIL, FORCES_HANG -> !node.isRunning();
            default -> false;
        };
    }

    /** Stops the load, waits until all nodes hold the same, and judges. */
    void judge() {
        load.stop();
        cluster.awaitAllCaughtUp();
        load.check(cluster.nodes());
    }

    /** What was done and what came of it. */
    String summary() {
        Set<Fault> impossible = EnumSet.complementOf(EnumSet.copyOf(possible));
        return "faults: " + injected
                + (impossible.isEmpty() ? "" : "\nnot possible on this machine: " + impossible)
                + "\nappends: "
                + load.history().count(Outcome.ACKNOWLEDGED) + " acknowledged, "
                + load.history().count(Outcome.STORED) + " stored when their time was up, "
                + load.history().count(Outcome.REFUSED) + " refused, "
                + load.unknown() + " unknown\nlongest time without a majority's acknowledgement: "
                + load.longestUnavailability().toMillis() + " ms, slowest progress after a fault had healed: "
                + slowestProgress.toMillis() + " ms";
    }

    @Override
    public void close() {
        // The nodes first: with them end those that trace them.
        List<AutoCloseable> opened = new ArrayList<>(List.of(cluster, load));
        opened.addAll(clientLinks);
        opened.addAll(links.values());
        opened.addAll(places);
        Closing.all(opened);
    }

    private static void freeze(LibertyNode node) {
        node.freeze();
        Pause.ofMs(5_000); // longer than every time-out
        node.thaw();
    }

    /** A process has one tracer at a time: the later fault takes the place of the earlier one. */
    private void trace(LibertyNode node, String what) {
        if (tracers.containsKey(node)) {
            Command.stop(tracers.remove(node));
        }
        tracers.put(node, ForceFaults.inject(node, what));
    }

    private void flap(List<FaultyLink> together) {
        for (int i = 0; i < 10; i++) {
            boolean isHeld = i % 2 == 0;
            together.forEach(link -> link.hold(isHeld));
            Pause.ofMs(100 + random.nextInt(600));
        }
    }

    private void resetOften() {
        for (int i = 0; i < 20; i++) {
            links.values().forEach(FaultyLink::reset);
            clientLinks.forEach(FaultyLink::reset);
            Pause.ofMs(random.nextInt(200));
        }
    }

    private void restartOften(LibertyNode node) {
        for (int i = 0; i < 3; i++) {
            node.kill();
            node.launch();
            Pause.ofMs(random.nextInt(12_000));
        }
    }

    private void restartInTurn() {
        for (LibertyNode node : cluster.nodes()) {
            node.stop();
            node.launch().awaitReady();
        }
    }

    private void heal(Set<Fault> faults) {
        links.values().forEach(FaultyLink::heal);
        clientLinks.forEach(FaultyLink::heal);
        tracers.values().forEach(Command::stop);
        tracers.clear();
        places.forEach(FaultyPlace::heal);
        cluster.restart();
        // Last, so that a node starts with the wrong time.
        places.forEach(place -> place.clock.ifPresent(NodeClock::heal));
        long began = System.nanoTime();
        long wanted = load.acknowledgedByMajority() + APPENDS_THAT_SHOW_PROGRESS;
        await("appends go on after " + faults)
                .atMost(PROGRESS_LIMIT)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> load.acknowledgedByMajority() >= wanted);
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        slowestProgress = took.compareTo(slowestProgress) > 0 ? took : slowestProgress;
    }

    /** What nodes show that can be asked now. */
    private void observe() {
        for (LibertyNode node : cluster.nodes()) {
            LogClient client = new LogClient(node.url(), Duration.ofSeconds(10));
            if (node.isRunning() && client.isReady()) {
                observe(node, client);
            }
        }
    }

    /** Another process than before may know less of what is committed. */
    private void observe(LibertyNode node, LogClient client) {
        long before = node.pid();
        int committed = client.cluster().getInt("committed");
        List<String> messages = client.messages();
        if (node.pid() != before || !Long.valueOf(before).equals(observed.put(node, before))) {
            load.history().restarted(node.name());
        }
        load.history().shows(node.name(), messages);
        load.history().commits(node.name(), messages.subList(0, Math.min(committed, messages.size())));
    }
}
