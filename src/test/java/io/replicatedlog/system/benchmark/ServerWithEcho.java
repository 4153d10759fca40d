package io.replicatedlog.system.benchmark;

import io.replicatedlog.api.EchoResource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** A copy of the server that the build has made, with {@link EchoResource} added to its application. */
public final class ServerWithEcho {

    private static final Path BUILT = Path.of("target", "liberty", "wlp", "usr", "servers", "replicated-log");
    private static final Path USER_DIRECTORY = Path.of("target", "echo", "usr");

    private ServerWithEcho() {}

    /** Makes the copy anew. @return what a node's {@code WLP_USER_DIR} must be for it to run this server */
    public static Path userDirectory() {
        Path server = USER_DIRECTORY.resolve("servers").resolve("replicated-log");
        try {
            copy(BUILT, server);
            add(EchoResource.class, server.resolve("apps").resolve("replicated-log.war"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return USER_DIRECTORY.toAbsolutePath();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(from.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static void add(Class<?> type, Path war) throws IOException {
        String file = type.getName().replace('.', '/') + ".class";
        try (FileSystem archive = FileSystems.newFileSystem(war);
                InputStream bytes = type.getResourceAsStream("/" + file)) {
            Files.copy(bytes, archive.getPath("WEB-INF", "classes", file), StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
