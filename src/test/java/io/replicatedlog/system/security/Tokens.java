package io.replicatedlog.system.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/** Who says to nodes who their clients are: tokens as MicroProfile JWT wants them. Immutable. */
final class Tokens {

    static final String ISSUER = "https://issuer.example";

    private final KeyPair keys;

    Tokens() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            keys = generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Writes the key that nodes check tokens with. */
    Path writePublicKey(Path file) {
        String encoded = Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(keys.getPublic().getEncoded());
        try {
            Files.createDirectories(file.getParent());
            return Files.writeString(file, "-----BEGIN PUBLIC KEY-----\n" + encoded + "\n-----END PUBLIC KEY-----\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String of(String group) {
        return of(group, ISSUER, Duration.ofHours(1));
    }

    /** @param validFor from now on; negative for one that is over */
    String of(String group, String issuer, Duration validFor) {
        Instant now = Instant.now();
        String claims = Json.createObjectBuilder()
                .add("iss", issuer)
                .add("sub", "alice")
                .add("upn", "alice")
                .add("groups", Json.createArrayBuilder().add(group))
                .add("iat", now.minus(Duration.ofHours(2)).getEpochSecond())
                .add("exp", now.plus(validFor).getEpochSecond())
                .build()
                .toString();
        String signed =
                encode("{\"alg\":\"RS256\",\"typ\":\"JWT\"}".getBytes(UTF_8)) + "." + encode(claims.getBytes(UTF_8));
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(keys.getPrivate());
            signature.update(signed.getBytes(UTF_8));
            return signed + "." + encode(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
