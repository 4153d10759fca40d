package io.replicatedlog.system.faults;

import static org.assertj.core.api.Assertions.assertThat;
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
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * A primary and two secondaries as real processes, with a faulty link in front of each, under load. Faults come and heal:
 * appends must go on again within a stated time after that, and in the end the checker judges what clients were told and
 * what nodes showed on the way.
 */
final class FaultLab implements AutoCloseable {

    /** From when faults begin to heal. Nodes may have to start (15 s on a busy machine) and to be heard of. */
    static final Duration PROGRESS_LIMIT = Duration.ofSeconds(45);

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
    private final FaultyLink clientLink;
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
        cluster.secondaries().forEach(secondary -> links.put(secondary, byUrl.get(secondary.url())));
        this.clientLink = new FaultyLink(cluster.primary().url());
        this.load = Load.start(new LogClient(clientLink.url(), CLIENT_LIMIT), List.of(), CLIENTS);
    }

    /** Starts nodes and load. */
    static FaultLab start(String name, Random random) {
        // One of them keeps its files on the real disk.
        List<FaultyPlace> places = List.of(new FaultyPlace(true), new FaultyPlace(true), new FaultyPlace(false));
        Map<String, FaultyLink> byUrl = new LinkedHashMap<>();
        // Short segments, so that there are many; small time-outs, so that each fault is over soon.
        Map<String, String> environment = Map.of(
                "REPLICATEDLOG_SEGMENT_BYTES", "1000000",
                "REPLICATEDLOG_DISK_TIMEOUT_MS", "2000",
                "REQUEST_TIMEOUT_MILLISECONDS", "1000",
                "HEALTHCHECK_PERIOD_MILLISECOND", "300");
        List<LibertyNode.Place> forNodes =
                places.stream().map(FaultyPlace::forNode).toList();
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            LibertyCluster cluster = LibertyCluster.prepare(name, environment, forNodes, url -> {
                byUrl.put(url, new FaultyLink(url, places.get(0).gateway()));
                return byUrl.get(url).url();
            });
            opened.add(cluster);
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
            possible.removeAll(EnumSet.of(Fault.NODE_PARTITIONED, Fault.PACKETS_LOST, Fault.PACKETS_REPEATED));
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
        int any = random.nextInt(places.size());
        LibertyNode node = cluster.nodes().get(any);
        LibertyNode secondary = cluster.secondary(1 + random.nextInt(2));
        if (ended(fault, node, secondary)) {
            return;
        }
        injected.merge(fault, 1, Integer::sum);
        FaultyPlace place = places.get(any);
        // Only the primary's decides anything: the time of an entry, and an epoch.
        Optional<NodeClock> clock = places.get(0).clock;
        FaultyLink link = links.get(secondary);
        switch (fault) {
            case PRIMARY_KILLED -> cluster.primary().kill();
            case SECONDARY_KILLED -> secondary.kill();
            case ALL_KILLED -> cluster.nodes().forEach(LibertyNode::kill);
            case PRIMARY_STOPPED -> cluster.primary().stop();
            case PRIMARY_FROZEN -> freeze(cluster.primary());
            case SECONDARY_FROZEN -> freeze(secondary);
            case BLACK_HOLE -> link.hold(true);
            case REQUESTS_HELD -> link.there.hold(true);
            case ANSWERS_HELD -> link.back.hold(true);
            case LINK_FLAPS -> flap(link);
            case BOTH_BLACK_HOLES -> links.values().forEach(both -> both.hold(true));
            case ANSWERS_LOST -> link.back.cut(true);
            case CLIENT_ANSWERS_LOST -> clientLink.back.cut(true);
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
            case CLOCK_AN_HOUR_AHEAD -> clock.orElseThrow().jump(HOUR_SECONDS);
            case CLOCK_AN_HOUR_BEHIND -> clock.orElseThrow().jump(-HOUR_SECONDS);
            case SECONDARY_RESTARTED_OFTEN -> restartOften(secondary);
            case ALL_RESTARTED_IN_TURN -> restartInTurn();
        }
    }

    /** Whether the node that this would be done to has ended by another fault. */
    private boolean ended(Fault fault, LibertyNode node, LibertyNode secondary) {
        return switch (fault) {
            case PRIMARY_KILLED, PRIMARY_STOPPED, PRIMARY_FROZEN ->
                !cluster.primary().isRunning();
            case SECONDARY_KILLED, SECONDARY_FROZEN -> !secondary.isRunning();
            case FORCES_SLOW, FORCES_FAIL, FORCES_HANG -> !node.isRunning();
            default -> false;
        };
    }

    /** Stops the load, waits until all nodes hold the same, and judges. */
    void judge() {
        load.stop();
        cluster.awaitAllCaughtUp();
        // No disk was lost: not even what one node acknowledged may be.
        load.check(cluster.nodes(), 1);
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
        List<AutoCloseable> opened = new ArrayList<>(List.of(cluster, load, clientLink));
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

    private void flap(FaultyLink link) {
        for (int i = 0; i < 10; i++) {
            link.hold(i % 2 == 0);
            Pause.ofMs(100 + random.nextInt(600));
        }
    }

    private void resetOften() {
        for (int i = 0; i < 20; i++) {
            links.values().forEach(FaultyLink::reset);
            clientLink.reset();
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
        List<LibertyNode> nodes = new ArrayList<>(cluster.secondaries());
        nodes.add(cluster.primary());
        for (LibertyNode node : nodes) {
            node.stop();
            node.launch().awaitReady();
        }
    }

    private void heal(Set<Fault> faults) {
        long began = System.nanoTime();
        links.values().forEach(FaultyLink::heal);
        clientLink.heal();
        tracers.values().forEach(Command::stop);
        tracers.clear();
        places.forEach(FaultyPlace::heal);
        cluster.restart();
        // Last, so that a node starts with the wrong time.
        places.get(0).clock.ifPresent(NodeClock::heal);
        long wanted = load.acknowledgedByMajority() + APPENDS_THAT_SHOW_PROGRESS;
        await("appends go on after " + faults)
                .atMost(PROGRESS_LIMIT)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> load.acknowledgedByMajority() >= wanted);
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertThat(took).as("until appends went on after %s", faults).isLessThan(PROGRESS_LIMIT);
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
