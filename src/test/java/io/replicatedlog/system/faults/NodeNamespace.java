package io.replicatedlog.system.faults;

import io.replicatedlog.system.fixture.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace for one node, joined to that of the test by a pair of interfaces, whose packets can be dropped and
 * repeated. Addresses are of the range for benchmarks (RFC 2544), and the test routes nothing beyond the pair. Not thread-safe.
 */
final class NodeNamespace implements AutoCloseable {

    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final String INTERFACE = "node";

    private final String name;
    private final String gateway;
    private final String host;

    private NodeNamespace(long process, int number) {
        name = "rl" + process + "-" + number;
        String network = "198.18." + process % 256 + ".";
        gateway = network + (4 * number + 1);
        host = network + (4 * number + 2);
    }

    /** Empty where namespaces or packet filters cannot be made. */
    static Optional<NodeNamespace> create() {
        NodeNamespace namespace = new NodeNamespace(ProcessHandle.current().pid(), NEXT.getAndIncrement() % 64);
        if (!Command.succeeds("ip", "netns", "add", namespace.name)) {
            return Optional.empty();
        }
        if (namespace.join() && namespace.canFilter()) {
            return Optional.of(namespace);
        }
        namespace.close();
        return Optional.empty();
    }

    private boolean join() {
        return Command.succeeds("ip", "link", "add", name, "type", "veth", "peer", "name", INTERFACE, "netns", name)
                && Command.succeeds("ip", "address", "add", gateway + "/30", "dev", name)
                && Command.succeeds("ip", "link", "set", name, "up")
                && Command.succeeds("ip", "-n", name, "address", "add", host + "/30", "dev", INTERFACE)
                && Command.succeeds("ip", "-n", name, "link", "set", INTERFACE, "up")
                && Command.succeeds("ip", "-n", name, "link", "set", "lo", "up")
                && Command.succeeds("ip", "-n", name, "route", "add", "198.18.0.0/15", "via", gateway);
    }

    /** With every kind of rule that is used here. */
    private boolean canFilter() {
        try {
            partition();
            lose();
            repeat();
            heal();
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }

    /** Where the node is reached. */
    String host() {
        return host;
    }

    /** Where the node reaches the test. */
    String gateway() {
        return gateway;
    }

    /** What starts a program in it. */
    List<String> launcher() {
        return List.of("ip", "netns", "exec", name);
    }

    /** Drops every packet, both ways. */
    void partition() {
        dropBothWays();
    }

    /** Drops one packet in a hundred, each way. */
    void lose() {
        dropBothWays("-m", "statistic", "--mode", "random", "--probability", "0.01");
    }

    /** Sends one packet in ten twice. */
    void repeat() {
        filter(
                "-t",
                "mangle",
                "-A",
                "POSTROUTING",
                "-o",
                INTERFACE,
                "-m",
                "statistic",
                "--mode",
                "random",
                "--probability",
                "0.1",
                "-j",
                "TEE",
                "--gateway",
                gateway);
    }

    void heal() {
        filter("-F");
        filter("-t", "mangle", "-F");
    }

    private void dropBothWays(String... which) {
        drop("INPUT", "-i", which);
        drop("OUTPUT", "-o", which);
    }

    private void drop(String chain, String way, String... which) {
        List<String> rule = new ArrayList<>(List.of("-A", chain, way, INTERFACE));
        rule.addAll(List.of(which));
        rule.addAll(List.of("-j", "DROP"));
        filter(rule.toArray(String[]::new));
    }

    private void filter(String... rule) {
        List<String> command = new ArrayList<>(launcher());
        command.addAll(List.of("iptables", "-w", "10"));
        command.addAll(List.of(rule));
        Command.run(command.toArray(String[]::new));
    }

    @Override
    public void close() {
        // The pair of interfaces goes with the namespace.
        Command.run("ip", "netns", "delete", name);
    }
}
