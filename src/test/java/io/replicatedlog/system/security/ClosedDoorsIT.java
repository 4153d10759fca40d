package io.replicatedlog.system.security;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.LogClient.Answer;
import io.replicatedlog.system.fixture.Pause;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes with a cluster secret, whose clients have to say who they are: every door, tried from outside. */
class ClosedDoorsIT {

    private static final String SECRET = "a-secret-of-the-cluster";
    private static final Tokens TOKENS = new Tokens();
    private static final String ALLOWED_ORIGIN = "Access-Control-Allow-Origin: ";
    private static final String FRIEND = "https://console.example";
    private static final int MOST_MESSAGE_BYTES = 100_000;

    private static LibertyCluster cluster;
    private static LogClient writer;
    private static LogClient reader;
    private List<String> before;

    @BeforeAll
    static void start() {
        Path key = TOKENS.writePublicKey(
                Path.of("target", "system-tests", "closed-doors-key.pem").toAbsolutePath());
        cluster = LibertyCluster.prepare(
                "closed-doors",
                1,
                Map.of(
                        "REPLICATEDLOG_CLUSTER_SECRET",
                        SECRET,
                        "CLIENT_AUTHENTICATION",
                        "jwt",
                        "CORS_ALLOWED_ORIGINS",
                        FRIEND,
                        "MP_JWT_VERIFY_ISSUER",
                        Tokens.ISSUER,
                        "MP_JWT_VERIFY_PUBLICKEY_LOCATION",
                        key.toString(),
                        "REPLICATEDLOG_MAX_MESSAGE_BYTES",
                        Integer.toString(MOST_MESSAGE_BYTES)));
        cluster.restart();
        writer = cluster.primary().client().with(TOKENS.of("log-writer"));
        reader = cluster.primary().client().with(TOKENS.of("log-reader"));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> writer.append("first", 2).status() == 200);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void remember() {
        before = new ArrayList<>(reader.messages());
    }

    @AfterEach
    void nothingHasChanged() {
        assertThat(reader.messages()).isEqualTo(before);
        assertThat(cluster.secondary(1).client().with(TOKENS.of("log-reader")).messages())
                .isEqualTo(before);
    }

    @Test
    void shouldLetNobodyInWhoDoesNotSayWhoItIs() {
        LogClient nobody = cluster.primary().client();
        assertRefused(nobody.append("x", 1), 401);
        assertRefused(nobody.get("/api/v1/messages"), 401);
        assertRefused(nobody.get("/api/v1/entries/0"), 401);
        assertRefused(nobody.get("/api/v1/cluster"), 401);
        assertRefused(cluster.secondary(1).client().get("/api/v1/messages"), 401);
        assertThat(nobody.append("x", 1).headers()).containsKey("www-authenticate");
    }

    @Test
    void shouldRefuseATokenThatIsNotTrue() {
        String group = "log-admin";
        List<String> untrue = List.of(
                "no-token",
                SECRET,
                TOKENS.of(group) + "x",
                TOKENS.of(group, Tokens.ISSUER, Duration.ofHours(-1)),
                TOKENS.of(group, "https://somebody.else", Duration.ofHours(1)),
                new Tokens().of(group));
        for (String token : untrue) {
            LogClient client = cluster.primary().client().with(token);
            assertRefused(client.append("x", 1), 401);
            assertRefused(client.get("/api/v1/messages"), 401);
        }
    }

    @Test
    void shouldRefuseWhatARoleDoesNotAllow() {
        assertRefused(reader.append("x", 1), 403);
        assertRefused(writer.get("/api/v1/messages"), 403);
        assertRefused(
                cluster.primary().client().with(TOKENS.of("another-group")).get("/api/v1/cluster"), 403);
        LogClient admin = cluster.primary().client().with(TOKENS.of("log-admin"));
        assertThat(admin.get("/api/v1/messages").status()).isEqualTo(200);
    }

    @Test
    void shouldTakeCallsOfNodesFromNodesOnly() {
        LogClient stranger = cluster.secondary(1).client();
        String entry = "{\"order\":%d,\"message\":\"forged\"}".formatted(before.size());
        String promise = "{\"epoch\":9999999999999,\"candidate\":\"%s\",\"url\":\"http://stranger:8080\"}"
                .formatted(new UUID(1, 1));
        List<LogClient> strangers =
                List.of(stranger, stranger.with("a-secret-of-another-cluster"), stranger.with(TOKENS.of("log-admin")));
        for (LogClient client : strangers) {
            assertRefused(client.post("/api/v1/internal/replicate", entry), 401);
            assertRefused(client.post("/api/v1/internal/promise", promise), 401);
            assertRefused(client.get("/api/v1/internal/records?from=0"), 401);
        }
        assertThat(stranger.with(SECRET).get("/api/v1/internal/records?from=0").status())
                .isEqualTo(200);
    }

    @Test
    void shouldKeepHealthAndMetricsOpen() {
        for (String check : List.of("/health", "/health/live", "/health/ready", "/health/started", "/metrics")) {
            assertThat(cluster.primary().client().get(check).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//api/v1/messages",
                "/api//v1/messages",
                "/api/v1/messages/",
                "/api/v1/messages;x",
                "/api/v1/messages;x=/api/v1/internal/",
                "/api;x/v1/messages",
                "/api/v1/internal/../messages",
                "/api/v1/internal/%2e%2e/messages",
                "/api/v1/%6dessages",
                "/api/v1/messages?/api/v1/internal/",
                "/API/v1/messages",
                "/api/v1/internal/records",
                "//api/v1/internal/records",
                "/api/v1/internal;x/records",
                "/api/v1/./internal/records",
                "/api/v1/internal%2frecords",
                "/api/test/clean",
                "/WEB-INF/web.xml",
                "/WEB-INF/classes/META-INF/microprofile-config.properties",
                "/..%2fserver.xml",
                "/console/..%2f..%2fserver.xml"
            })
    void shouldNotBeTrickedByAPath(String path) throws IOException {
        for (LibertyNode node : cluster.nodes()) {
            String answer = raw(node, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(answer).matches("(?s)HTTP/1.1 (400|401|404) .*");
            assertLeaksNothing(answer);
        }
    }

    /** The page knows nothing; what it shows it has to ask for, and that needs a token. */
    @Test
    void shouldShowTheEmptyConsoleToEverybody() {
        Answer page = cluster.primary().client().get("/");

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body())
                .contains("Bearer token")
                .doesNotContain(cluster.primary().url());
    }

    @Test
    void shouldRefuseWhatIsTooLargeOrOfAnotherKind() throws IOException {
        assertRefused(writer.append("x".repeat(MOST_MESSAGE_BYTES + 1), 1), 413);
        assertRefused(writer.append("x".repeat(10 * MOST_MESSAGE_BYTES), 1), 413);
        assertRefused(
                writer.send(writer.request("/api/v1/append")
                        .header("Content-Type", "text/xml")
                        .POST(HttpRequest.BodyPublishers.ofString("<message/>"))
                        .build()),
                415);
        String request = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
        String many = IntStream.range(0, 200)
                .mapToObj(i -> "X-Header-" + i + ": x\r\n")
                .collect(joining());
        String large = "X-Header: " + "x".repeat(20_000) + "\r\n";
        for (String headers : List.of(many, large)) {
            String answer = raw(cluster.primary(), request + headers + "\r\n");
            assertThat(answer).doesNotStartWith("HTTP/1.1 2");
            assertLeaksNothing(answer);
        }
    }

    /** Half of them say how long the body is, half send it in chunks. */
    @Test
    void shouldNotLetSlowSendersHinderOthers() throws IOException {
        List<SlowSender> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                slow.add(new SlowSender("Content-Length: 1000", "{", " "));
                slow.add(new SlowSender("Transfer-Encoding: chunked", "1\r\n{\r\n", "1\r\n \r\n"));
            }
            for (int second = 0; second < 15; second++) {
                slow.forEach(SlowSender::drip);
                long began = System.nanoTime();
                for (int i = 0; i < 20; i++) {
                    String message = "good " + second + " " + i;
                    assertThat(writer.append(message, 2).status()).isEqualTo(200);
                    before.add(message);
                }
                Duration took = Duration.ofNanos(System.nanoTime() - began);
                assertThat(took).as("20 appends of a good client").isLessThan(Duration.ofSeconds(5));
                Pause.ofMs(1_000 - took.toMillis());
            }
            // Each was told so, and its connection ends: nobody holds a place for ever.
            assertThat(slow).allSatisfy(sender -> {
                assertThat(sender.answer()).startsWith("HTTP/1.1 408").contains("problem:too-slow");
                assertLeaksNothing(sender.answer());
            });
        } finally {
            for (SlowSender sender : slow) {
                sender.close();
            }
        }
    }

    /** Begins an append and sends a little more of it now and then. */
    private static final class SlowSender implements AutoCloseable {

        private final Socket socket;
        private final byte[] drop;
        private String answer;

        private SlowSender(String framing, String first, String drop) throws IOException {
            this.drop = drop.getBytes(US_ASCII);
            socket = connect(cluster.primary());
            String head = "POST /api/v1/append HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Authorization: Bearer " + TOKENS.of("log-writer") + "\r\n" + framing + "\r\n\r\n";
            socket.getOutputStream().write((head + first).getBytes(US_ASCII));
        }

        private void drip() {
            try {
                socket.getOutputStream().write(drop);
            } catch (IOException e) {
                // The node has closed it.
            }
        }

        private String answer() throws IOException {
            if (answer == null) {
                answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
            }
            return answer;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void shouldNotSayWhatItRunsOn() {
        Answer answer = reader.get("/api/v1/cluster");
        assertThat(answer.headers()).doesNotContainKeys("server", "x-powered-by", "set-cookie");
    }

    @Test
    void shouldLetPagesOfOtherSitesReadOnlyWhereTheyAreNamed() throws IOException {
        assertThat(fromPageOf(FRIEND)).startsWith("HTTP/1.1 200").contains(ALLOWED_ORIGIN + FRIEND + "\r\n");
        assertThat(fromPageOf("https://elsewhere.example")).doesNotContainIgnoringCase(ALLOWED_ORIGIN);
        assertThat(fromPageOf("null")).doesNotContainIgnoringCase(ALLOWED_ORIGIN);
    }

    private static String fromPageOf(String origin) throws IOException {
        return raw(
                cluster.primary(),
                "GET /api/v1/cluster HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
                        + TOKENS.of("log-reader") + "\r\nOrigin: " + origin + "\r\n\r\n");
    }

    private static void assertRefused(Answer answer, int status) {
        assertThat(answer.status()).isEqualTo(status);
        assertLeaksNothing(answer.body());
    }

    private static void assertLeaksNothing(String answer) {
        assertThat(answer)
                .doesNotContain("Exception", "\tat ", "com.ibm", "openliberty", "io.replicatedlog", "first", SECRET);
    }

    private static String raw(LibertyNode node, String request) throws IOException {
        try (Socket socket = connect(node)) {
            socket.getOutputStream().write(request.getBytes(US_ASCII));
            InputStream answer = socket.getInputStream();
            return new String(answer.readNBytes(100_000), US_ASCII);
        }
    }

    private static Socket connect(LibertyNode node) throws IOException {
        URI url = URI.create(node.url());
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(url.getHost(), url.getPort()), 5_000);
        socket.setSoTimeout(20_000);
        return socket;
    }
}
