package io.replicatedlog.system.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.Command;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.LogClient.Answer;
import io.replicatedlog.system.fixture.Pause;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Three nodes of etcd with its defaults, for comparison. Closing it ends their processes. */
final class EtcdCluster implements AutoCloseable {

    private static final int NODES = 3;
    private static final int FIRST_PORT = 18_960;
    private static final String PUT = "{\"key\":\"eA==\",\"value\":\""
            + Base64.getEncoder().encodeToString("x".repeat(100).getBytes(UTF_8)) + "\"}";

    private final Path directory;
    private final List<Process> processes = new ArrayList<>();

    private EtcdCluster() throws IOException {
        directory = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "etcd");
        for (int node = 0; node < NODES; node++) {
            processes.add(start(node, "new"));
        }
    }

    /** How long after SIGKILL of the leader the next put succeeds; empty where etcd is not installed. */
    static Optional<List<Duration>> measure(int times) {
        if (!Command.succeeds("which", "etcd")) {
            return Optional.empty();
        }
        try (EtcdCluster cluster = new EtcdCluster()) {
            List<Duration> gaps = new ArrayList<>();
            for (int i = 0; i < times; i++) {
                gaps.add(cluster.killLeader());
            }
            return Optional.of(gaps);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process start(int node, String state) throws IOException {
        String all = IntStream.range(0, NODES)
                .mapToObj(each -> "n" + each + "=" + peer(each))
                .collect(Collectors.joining(","));
        return new ProcessBuilder(
                        "etcd",
                        "--name=n" + node,
                        "--data-dir=" + directory.resolve("n" + node),
                        "--listen-client-urls=" + client(node),
                        "--advertise-client-urls=" + client(node),
                        "--listen-peer-urls=" + peer(node),
                        "--initial-advertise-peer-urls=" + peer(node),
                        "--initial-cluster=" + all,
                        "--initial-cluster-state=" + state)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("n" + node + ".log").toFile()))
                .start();
    }

    private static String client(int node) {
        return "http://127.0.0.1:" + (FIRST_PORT + 2 * node);
    }

    private static String peer(int node) {
        return "http://127.0.0.1:" + (FIRST_PORT + 2 * node + 1);
    }

    private Duration killLeader() throws IOException {
        await("every node takes a put")
                .atMost(Duration.ofSeconds(60))
                .until(() -> IntStream.range(0, NODES).allMatch(EtcdCluster::put));
        int leader =
                IntStream.range(0, NODES).filter(EtcdCluster::leads).findFirst().orElseThrow();
        long began = System.nanoTime();
        Process killed = processes.get(leader).destroyForcibly();
        for (int i = 0; !put((leader + 1 + i % 2) % NODES); i++) {
            Pause.ofMs(10);
        }
        Duration gap = Duration.ofNanos(System.nanoTime() - began);
        killed.onExit().join();
        processes.set(leader, start(leader, "existing"));
        return gap;
    }

    private static boolean leads(int node) {
        Answer status = post(node, "/v3/maintenance/status", "{}");
        return status.json()
                .getString("leader")
                .equals(status.json().getJsonObject("header").getString("member_id"));
    }

    private static boolean put(int node) {
        try {
            return post(node, "/v3/kv/put", PUT).status() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private static Answer post(int node, String path, String json) {
        return new LogClient(client(node), Duration.ofSeconds(2)).post(path, json);
    }

    @Override
    public void close() throws IOException {
        for (Process process : processes) {
            process.destroyForcibly().onExit().join();
        }
        Command.run("rm", "-r", directory.toString());
    }
}
