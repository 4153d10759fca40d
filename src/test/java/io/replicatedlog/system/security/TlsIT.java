package io.replicatedlog.system.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A primary that has no plain port, one secondary whose certificate names it, and one whose does not. */
class TlsIT {

    private static final int PRIMARY_PORT = 18_443;
    private static final int SECONDARY_PORT = 18_444;
    private static final int IMPOSTOR_PORT = 18_445;

    private static LibertyNode primary;
    private static LibertyNode secondary;
    private static LibertyNode impostor;
    private static LogClient trusting;

    @BeforeAll
    static void start() throws Exception {
        KeyStores stores =
                new KeyStores(Path.of("target", "system-tests", "tls").toAbsolutePath());
        String here = "dns:localhost,ip:127.0.0.1";
        secondary = node("secondary", SECONDARY_PORT, stores, here, Map.of("APP_MODE", "SECONDARY"));
        impostor = node("impostor", IMPOSTOR_PORT, stores, "dns:elsewhere", Map.of("APP_MODE", "SECONDARY"));
        primary = node(
                "primary",
                PRIMARY_PORT,
                stores,
                here,
                Map.of(
                        "HTTP_PORT",
                        "-1",
                        "SECONDARY_URLS",
                        url(SECONDARY_PORT) + "," + url(IMPOSTOR_PORT),
                        // The impostor never says that it knows of no log: an operator decides that one begins.
                        "REPLICATEDLOG_RECOVERY_ANSWERS",
                        "1"));
        trusting = new LogClient(url(PRIMARY_PORT), Duration.ofSeconds(20)).with(trusting(stores));
        for (LibertyNode node : new LibertyNode[] {secondary, impostor, primary}) {
            node.launch();
        }
        secondary.awaitReady();
        impostor.awaitReady();
        await().atMost(Duration.ofSeconds(120)).ignoreExceptions().until(trusting::mode, "READ_WRITE"::equals);
    }

    @AfterAll
    static void stop() {
        for (LibertyNode node : new LibertyNode[] {primary, secondary, impostor}) {
            node.close();
        }
    }

    @Test
    void shouldReplicateOverTls() {
        assertThat(trusting.append("over TLS", 2).status()).isEqualTo(200);
        assertThat(secondary.client().messages()).contains("over TLS");
    }

    @Test
    void shouldNotSendTheLogToANodeWithTheNameOfAnother() {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> assertThat(trusting.get("/api/v1/cluster").body()).contains("UNHEALTHY"));
        assertThat(impostor.client().messages()).isEmpty();
    }

    @Test
    void shouldNotAnswerWithoutTls() {
        LogClient plain = new LogClient("http://localhost:" + PRIMARY_PORT, Duration.ofSeconds(5));

        assertThat(plain.isReady()).isFalse();
        assertThat(primary.client().isReady()).as("the plain port").isFalse();
    }

    @Test
    void shouldNotBeTrustedByThoseWhoDoNotKnowTheAuthority() {
        HttpRequest live = HttpRequest.newBuilder(URI.create(url(PRIMARY_PORT) + "/health/live"))
                .build();

        assertThatThrownBy(() -> HttpClient.newHttpClient().send(live, HttpResponse.BodyHandlers.ofString()))
                .isInstanceOf(SSLHandshakeException.class);
    }

    private static LibertyNode node(
            String name, int port, KeyStores stores, String names, Map<String, String> environment) {
        Map<String, String> tls = Map.of(
                "TLS",
                "on",
                "HTTPS_PORT",
                Integer.toString(port),
                "REPLICATEDLOG_ADVERTISED_URL",
                url(port),
                "TLS_KEY_STORE",
                stores.node(name, names).toString(),
                "TLS_TRUST_STORE",
                stores.trust().toString(),
                "TLS_KEY_STORE_PASSWORD",
                KeyStores.PASSWORD,
                "REPLICATEDLOG_CLUSTER_SECRET",
                "a-secret-of-the-cluster");
        return LibertyCluster.node("tls", name, LibertyCluster.with(tls, environment));
    }

    private static String url(int port) {
        return "https://localhost:" + port;
    }

    private static SSLContext trusting(KeyStores stores) throws Exception {
        KeyStore trust = KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(stores.trust())) {
            trust.load(file, KeyStores.PASSWORD.toCharArray());
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trust);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}
