package io.replicatedlog.system.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A clock of one node's own, by libfaketime; how much time passes is not changed. Not thread-safe. */
final class NodeClock implements AutoCloseable {

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final Pattern SHARED = Pattern.compile("(sem\\.)?faketime_(sem|shm)_([0-9]+)");
    private static final String LIBRARY = "faketime/libfaketime.so.1";

    private final Path library;
    private final Path offset;

    private NodeClock(Path library, Path offset) {
        this.library = library;
        this.offset = offset;
    }

    /** Empty where libfaketime is not installed. */
    static Optional<NodeClock> create(Path offset) {
        return library().map(library -> {
            NodeClock clock = new NodeClock(library, offset);
            clock.heal();
            return clock;
        });
    }

    private static Optional<Path> library() {
        try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
            return folders.map(folder -> folder.resolve(LIBRARY))
                    .filter(Files::exists)
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD",
                library.toString(),
                "FAKETIME_TIMESTAMP_FILE",
                offset.toString(),
                "FAKETIME_CACHE_DURATION",
                "1",
                "FAKETIME_DONT_FAKE_MONOTONIC",
                "1",
                // Else timed waits of Java end late, and a server starts ten times as slowly.
                "FAKETIME_FORCE_MONOTONIC_FIX",
                "0");
    }

    void jump(long seconds) {
        try {
            Files.createDirectories(offset.getParent());
            Files.writeString(offset, "%+d\n".formatted(seconds));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void heal() {
        jump(0);
    }

    /** The library leaves what a process shared with its children if that process is killed. */
    @Override
    public void close() {
        try (Stream<Path> shared = Files.list(SHARED_MEMORY)) {
            for (Path path : shared.toList()) {
                Matcher name = SHARED.matcher(path.getFileName().toString());
                if (name.matches()
                        && ProcessHandle.of(Long.parseLong(name.group(3))).isEmpty()) {
                    Files.deleteIfExists(path);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
