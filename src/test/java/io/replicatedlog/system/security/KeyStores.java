package io.replicatedlog.system.security;

import io.replicatedlog.system.fixture.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A certificate authority of its own, and key stores with certificates of it, by the JDK's keytool. */
final class KeyStores {

    static final String PASSWORD = "changeit";

    private static final String KEYTOOL =
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString();

    private final Path directory;

    KeyStores(Path directory) {
        this.directory = directory;
        try {
            Files.createDirectories(directory);
            for (String file : List.of("authority.p12", "authority.pem", "trust.p12")) {
                Files.deleteIfExists(directory.resolve(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        generate("authority", "-ext", "bc:c");
        keytool("authority", "-exportcert", "-alias", "authority", "-rfc", "-file", path("authority.pem"));
        trustAuthority("trust");
    }

    /** What trusts the authority. */
    Path trust() {
        return directory.resolve("trust.p12");
    }

    /** A key, and a certificate for it with these names, as in {@code dns:localhost}. */
    Path node(String name, String names) {
        try {
            Files.deleteIfExists(directory.resolve(name + ".p12"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        generate(name);
        trustAuthority(name);
        keytool(name, "-certreq", "-alias", name, "-file", path(name + ".csr"));
        keytool(
                "authority",
                "-gencert",
                "-alias",
                "authority",
                "-ext",
                "san=" + names,
                "-rfc",
                "-infile",
                path(name + ".csr"),
                "-outfile",
                path(name + ".pem"));
        keytool(name, "-importcert", "-noprompt", "-alias", name, "-file", path(name + ".pem"));
        return directory.resolve(name + ".p12");
    }

    private void generate(String name, String... more) {
        List<String> options = new ArrayList<>(
                List.of("-genkeypair", "-alias", name, "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "30"));
        options.addAll(List.of("-dname", "CN=" + name));
        options.addAll(List.of(more));
        keytool(name, options.toArray(String[]::new));
    }

    private void trustAuthority(String name) {
        keytool(name, "-importcert", "-noprompt", "-alias", "authority", "-file", path("authority.pem"));
    }

    private void keytool(String store, String... options) {
        List<String> command = new ArrayList<>(List.of(KEYTOOL));
        command.addAll(List.of(options));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", path(store + ".p12"), "-storepass", PASSWORD));
        Command.run(command.toArray(String[]::new));
    }

    private String path(String file) {
        return directory.resolve(file).toString();
    }
}
