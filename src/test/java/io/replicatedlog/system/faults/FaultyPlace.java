package io.replicatedlog.system.faults;

import io.replicatedlog.system.fixture.Closing;
import io.replicatedlog.system.fixture.LibertyNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where one node of the fault lab runs: with a network, a disk and a clock of its own, as far as this machine allows. */
final class FaultyPlace implements AutoCloseable {

    private static final String LOOPBACK = "127.0.0.1";

    private final Path folder;
    private boolean isClosed;
    final Optional<NodeNamespace> network;
    final Optional<NodeDisk> disk;
    final Optional<NodeClock> clock;

    /** @param hasOwnDisk whether to keep its files in memory, where they can be short of room */
    FaultyPlace(boolean hasOwnDisk) {
        try {
            folder = Files.createTempDirectory("replicated-log-lab");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        network = NodeNamespace.create();
        disk = hasOwnDisk ? NodeDisk.mount(folder.resolve("disk")) : Optional.empty();
        clock = NodeClock.create(folder.resolve("clock"));
        // For a run that is broken off.
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    }

    LibertyNode.Place forNode() {
        Map<String, String> environment = new HashMap<>();
        disk.ifPresent(own -> environment.putAll(own.environment()));
        clock.ifPresent(own -> environment.putAll(own.environment()));
        return new LibertyNode.Place(
                network.map(NodeNamespace::host).orElse(LOOPBACK),
                network.map(NodeNamespace::launcher).orElse(List.of()),
                environment);
    }

    /** Where the node reaches the test. */
    String gateway() {
        return network.map(NodeNamespace::gateway).orElse(LOOPBACK);
    }

    /** The network and the disk. */
    void heal() {
        network.ifPresent(NodeNamespace::heal);
        disk.ifPresent(NodeDisk::heal);
    }

    /** Once the node has ended. */
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        List<AutoCloseable> opened = new ArrayList<>();
        network.ifPresent(opened::add);
        disk.ifPresent(opened::add);
        clock.ifPresent(opened::add);
        opened.add(this::deleteFolder);
        Closing.all(opened);
    }

    private void deleteFolder() throws IOException {
        Files.deleteIfExists(folder.resolve("disk"));
        Files.deleteIfExists(folder.resolve("clock"));
        Files.delete(folder);
    }
}
