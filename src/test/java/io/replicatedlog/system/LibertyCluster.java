package io.replicatedlog.system;

import static java.util.stream.Collectors.joining;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.LibertyNode.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A primary and its secondaries as processes. Closing it ends every process that it started. */
final class LibertyCluster implements AutoCloseable {

    /** Below the range that the system gives to outgoing connections: a node finds its port free when it comes back. */
    private static final AtomicInteger NEXT_PORT = new AtomicInteger(18_100);

    private static final Path FILES = Path.of("target", "system-tests").toAbsolutePath();

    private final LibertyNode primary;
    private final List<LibertyNode> secondaries;

    private LibertyCluster(LibertyNode primary, List<LibertyNode> secondaries) {
        this.primary = primary;
        this.secondaries = secondaries;
    }

    /** Starts a cluster and waits until it takes appends. */
    static LibertyCluster start(String name, int secondaries, Map<String, String> environment) {
        return prepare(name, secondaries, environment).start();
    }

    /** Starts every node and waits until appends are taken; if that fails, none is left running. */
    LibertyCluster start() {
        try {
            heal();
            return this;
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** A cluster of which no node is started yet. */
    static LibertyCluster prepare(String name, int secondaries, Map<String, String> environment) {
        List<Place> loopback = Collections.nCopies(secondaries + 1, Place.LOOPBACK);
        return prepare(name, environment, loopback, UnaryOperator.identity());
    }

    /**
     * @param places of the primary and then of each secondary
     * @param via where the primary is told to reach the secondary with this URL
     */
    static LibertyCluster prepare(
            String name, Map<String, String> environment, List<Place> places, UnaryOperator<String> via) {
        List<LibertyNode> followers = IntStream.range(1, places.size())
                .mapToObj(i ->
                        node(name, "secondary" + i, with(environment, Map.of("APP_MODE", "SECONDARY")), places.get(i)))
                .toList();
        String urls = followers.stream().map(LibertyNode::url).map(via).collect(joining(","));
        LibertyNode primary = node(
                name,
                "primary",
                with(environment, Map.of("APP_MODE", "PRIMARY", "SECONDARY_URLS", urls)),
                places.get(0));
        return new LibertyCluster(primary, followers);
    }

    /** A node that is not started yet, with a free port. */
    static LibertyNode node(String cluster, String name, Map<String, String> environment) {
        return node(cluster, name, environment, Place.LOOPBACK);
    }

    static LibertyNode node(String cluster, String name, Map<String, String> environment, Place place) {
        return new LibertyNode(cluster + "/" + name, freePort(), directory(cluster, name), environment, place);
    }

    LibertyNode primary() {
        return primary;
    }

    /** @param number from 1 on */
    LibertyNode secondary(int number) {
        return secondaries.get(number - 1);
    }

    List<LibertyNode> secondaries() {
        return secondaries;
    }

    List<LibertyNode> nodes() {
        return Stream.concat(Stream.of(primary), secondaries.stream()).toList();
    }

    /** What the primary says of a secondary. */
    Map<String, Object> seenByPrimary(LibertyNode secondary) {
        return primary.client().secondaries().stream()
                .filter(seen -> secondary.url().equals(seen.get("url")))
                .findFirst()
                .orElseThrow();
    }

    /** Waits until the primary calls a secondary this. */
    void awaitHealth(LibertyNode secondary, String health) {
        await(secondary.name() + " is " + health)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> seenByPrimary(secondary).get("health"), health::equals);
    }

    /** Waits until the primary takes appends, and every secondary holds all that it holds. */
    void awaitAllCaughtUp() {
        await("every secondary has caught up")
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> "READ_WRITE".equals(primary.client().mode())
                        && primary.client().secondaries().stream()
                                .allMatch(seen ->
                                        "HEALTHY".equals(seen.get("health")) && "CAUGHT_UP".equals(seen.get("lane"))));
    }

    /**
     * Starts what does not run, and waits until the cluster is as it was after its start. Not to be used under load: then
     * there is always something left to send.
     */
    void heal() {
        restart();
        awaitAllCaughtUp();
    }

    /** Starts what does not run, and waits until it is ready. */
    void restart() {
        List<LibertyNode> down =
                nodes().stream().filter(node -> !node.isRunning()).toList();
        down.forEach(LibertyNode::assertNotEndedByItself);
        down.forEach(LibertyNode::launch);
        down.forEach(LibertyNode::awaitReady);
    }

    @Override
    public void close() {
        Closing.all(nodes());
    }

    static Map<String, String> with(Map<String, String> environment, Map<String, String> more) {
        Map<String, String> all = new TreeMap<>(environment);
        all.putAll(more);
        return all;
    }

    private static int freePort() {
        while (true) {
            int port = NEXT_PORT.getAndIncrement();
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return probe.getLocalPort();
            } catch (IOException e) {
                // In use; the next one, then.
            }
        }
    }

    private static Path directory(String cluster, String name) {
        Path directory = FILES.resolve(cluster).resolve(name);
        try (Stream<Path> old = Files.exists(directory) ? Files.walk(directory) : Stream.empty()) {
            for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
