package io.replicatedlog.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.membership.Quorum;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a configuration that is right means. */
class NodeConfigReaderTest {

    /** The types that the runtime has for applications. */
    private final Set<String> there = new HashSet<>();

    private static final String TWO_SECONDARIES = "http://a:8081,http://b:8082";
    private static final String NODES = "http://n1:8080,http://n2:8080,http://n3:8080";

    @Test
    void shouldBeginTheLogAndBeAloneWithoutAnyConfiguration() {
        NodeConfig config = read();

        assertThat(config.beginsTheLog()).isTrue();
        assertThat(config.members()).containsExactly(config.url());
        assertThat(config.isAlone()).isTrue();
        assertThat(config.quorum()).isEmpty();
        assertThat(config.defaultWriteConcern()).isEqualTo("majority");
        assertThat(config.heartbeatPeriodMs()).isEqualTo(500);
        assertThat(config.testingApi()).isFalse();
        assertThat(config.url().getPort()).isEqualTo(8080);
    }

    @Test
    void shouldHaveDefaultsThatFitTogether() {
        NodeConfig config = read();
        NodeConfig.Bounds bounds = config.bounds();

        assertThat(config.requestTimeoutMs()).isPositive();
        assertThat(bounds.maxRequestBytes())
                .as("the largest message, each byte escaped")
                .isGreaterThan(6 * bounds.maxMessageBytes());
        assertThat(bounds.maxBatchBytes()).isLessThan(bounds.maxRequestBytes());
        assertThat(bounds.backoffCapMs()).isGreaterThanOrEqualTo(bounds.backoffBaseMs());
        assertThat(bounds.maxWaitingAppends()).as("10,000 clients wait").isGreaterThanOrEqualTo(10_000);
        assertThat(config.storage().directory())
                .as("files, unless configured otherwise")
                .isPresent();
        assertThat(config.storage().maxLogBytes())
                .isBetween(bounds.maxMessageBytes() + 1L, Runtime.getRuntime().maxMemory());
    }

    @ParameterizedTest
    @CsvSource({"PRIMARY,true", "SECONDARY,false", "secondary,false", "' Primary ',true"})
    void shouldBeginTheLogAsThePrimaryOfTheConfiguration(String value, boolean beginsTheLog) {
        assertThat(read("APP_MODE", value).beginsTheLog()).isEqualTo(beginsTheLog);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://n1:8080", "http://n2:8080", "http://n3:8080"})
    void shouldKnowAllNodesAlikeAndLetTheFirstBeginTheLog(String self) {
        NodeConfig config = read("replicatedlog.nodes", NODES, "replicatedlog.advertised-url", self);

        assertThat(config.url()).isEqualTo(URI.create(self));
        assertThat(config.members())
                .containsExactly(
                        URI.create("http://n1:8080"), URI.create("http://n2:8080"), URI.create("http://n3:8080"));
        assertThat(config.beginsTheLog()).isEqualTo(self.equals("http://n1:8080"));
        assertThat(config.isAlone()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " http://n1:8080 , http://n2:8080 ",
                "http://n1:8080/,http://n2:8080/",
                ",http://n1:8080,,http://n2:8080,",
                "HTTP://N1:8080,http://n2:8080"
            })
    void shouldFindItselfAmongTheNodesHoweverTheyAreWritten(String nodes) {
        NodeConfig config = read("replicatedlog.nodes", nodes, "replicatedlog.advertised-url", "http://n1:8080/");

        assertThat(config.members()).hasSize(2).first().isEqualTo(config.url());
        assertThat(config.beginsTheLog()).isTrue();
    }

    @Test
    void shouldBeAloneWhereItIsTheOnlyNode() {
        assertThat(read("replicatedlog.nodes", "http://n1:8080", "replicatedlog.advertised-url", "http://n1:8080")
                        .isAlone())
                .isTrue();
    }

    @Test
    void shouldTakeEitherFormWhereTheOtherIsSetToNothing() {
        NodeConfig nodes = read(
                "replicatedlog.nodes", NODES,
                "replicatedlog.advertised-url", "http://n2:8080",
                "APP_MODE", "",
                "SECONDARY_URLS", "");
        assertThat(nodes.members()).hasSize(3);
        assertThat(nodes.beginsTheLog()).isFalse();

        NodeConfig secondaries = read("SECONDARY_URLS", TWO_SECONDARIES, "replicatedlog.nodes", "");
        assertThat(secondaries.members()).hasSize(3);
        assertThat(secondaries.beginsTheLog()).isTrue();
    }

    @Test
    void shouldLetAnyNodeLeadUnlessToldOtherwise() {
        assertThat(read().failover()).isEqualTo(NodeConfig.Failover.AUTOMATIC);
        assertThat(read("replicatedlog.failover", "manual").failover()).isEqualTo(NodeConfig.Failover.MANUAL);
        assertThat(read("replicatedlog.failover", " automatic ").failover()).isEqualTo(NodeConfig.Failover.AUTOMATIC);
    }

    /** Nodes that forget their promises must not vote. */
    @Test
    void shouldHaveOnePrimaryForEverWithALogInMemory() {
        assertThat(read("replicatedlog.storage", "memory").failover()).isEqualTo(NodeConfig.Failover.NONE);
        assertThat(read("replicatedlog.storage", "memory", "replicatedlog.failover", "")
                        .failover())
                .isEqualTo(NodeConfig.Failover.NONE);
    }

    @ParameterizedTest
    @CsvSource({"1500,375", "50,12", "600000,150000"})
    void shouldCallASecondaryOftenEnoughThatItDoesNotStand(int electionTimeoutMs, int idleProbeMs) {
        NodeConfig config = read("replicatedlog.election-timeout-ms", String.valueOf(electionTimeoutMs));

        assertThat(config.electionTimeoutMs()).isEqualTo(electionTimeoutMs);
        assertThat(config.bounds().idleProbeMs()).isEqualTo(idleProbeMs);
        assertThat(read().electionTimeoutMs()).isEqualTo(1_500);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                TWO_SECONDARIES,
                " http://a:8081 , http://b:8082 ",
                "http://a:8081/,http://b:8082/",
                ",http://a:8081,,http://b:8082,"
            })
    void shouldReadSecondariesHoweverTheyAreSeparated(String value) {
        NodeConfig config = read("SECONDARY_URLS", value);

        assertThat(config.members())
                .containsExactly(config.url(), URI.create("http://a:8081"), URI.create("http://b:8082"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost",
                "https://secondary-1.example.org:9443",
                "http://127.0.0.1:8081",
                "http://[::1]:8081",
                "HTTP://A:1"
            })
    void shouldReadAnyKindOfHost(String value) {
        NodeConfig config = read("SECONDARY_URLS", value);

        assertThat(config.members()).containsExactly(config.url(), URI.create(value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", " , ,"})
    void shouldHaveNoSecondariesWhereNoneAreNamed(String value) {
        NodeConfig config = read("SECONDARY_URLS", value);

        assertThat(config.members()).containsExactly(config.url());
    }

    @Test
    void shouldBeToldTheMembersOnASecondary() {
        NodeConfig config = read("APP_MODE", "SECONDARY", "SECONDARY_URLS", TWO_SECONDARIES);

        assertThat(config.members()).isEmpty();
        assertThat(config.isAlone()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"majority,2", "1,1", "2,2", "3,3", "' 3 ',3"})
    void shouldReadTheQuorum(String value, int required) {
        NodeConfig config = read("SECONDARY_URLS", TWO_SECONDARIES, "replicatedlog.quorum", value);

        assertThat(Quorum.of(config.members().size(), config.quorum())).isEqualTo(new Quorum(3, required));
    }

    @ParameterizedTest
    @CsvSource({"majority,majority", "all,all", "1,1", "3,3", "' 2 ',2", "+2,2", "0000000003,3", "\u0662,2"})
    void shouldReadTheDefaultWriteConcernInTheFormThatAppendsUnderstand(String value, String expected) {
        assertThat(read("SECONDARY_URLS", TWO_SECONDARIES, "replicatedlog.default-write-concern", value)
                        .defaultWriteConcern())
                .isEqualTo(expected);
    }

    /** All nodes may be started from one environment. */
    @Test
    void shouldTakeTheClustersNumbersOnASecondaryThatKnowsOfNoOtherNode() {
        NodeConfig config =
                read("APP_MODE", "SECONDARY", "replicatedlog.quorum", "2", "replicatedlog.default-write-concern", "3");

        assertThat(config.quorum()).hasValue(2);
        assertThat(config.defaultWriteConcern()).isEqualTo("3");
    }

    @Test
    void shouldReadNumbersAndSwitches() {
        NodeConfig config = read(
                "REQUEST_TIMEOUT_MILLISECONDS", "1500",
                "HEALTHCHECK_PERIOD_MILLISECOND", " 250 ",
                "replicatedlog.testing-api.enabled", "true",
                "replicatedlog.storage", "memory",
                "replicatedlog.max-log-bytes", "805306368",
                "replicatedlog.max-held-back-entries", "0",
                "replicatedlog.max-forwarded", "7");

        assertThat(config.requestTimeoutMs()).isEqualTo(1_500);
        assertThat(config.heartbeatPeriodMs()).isEqualTo(250);
        assertThat(config.testingApi()).isTrue();
        assertThat(config.storage().maxLogBytes()).isEqualTo(805_306_368L);
        assertThat(config.bounds().maxHeldBackEntries()).isZero();
        assertThat(config.bounds().maxForwarded()).isEqualTo(7);
    }

    @Test
    void shouldReadWhereTheLogIsKept() {
        assertThat(read("replicatedlog.data-directory", "/var/lib/log/../data")
                        .storage()
                        .directory())
                .contains(Path.of("/var/lib/data"));
        assertThat(read().storage().directory()).contains(Path.of("data").toAbsolutePath());
        assertThat(read("replicatedlog.storage", "memory", "replicatedlog.data-directory", "/data")
                        .storage()
                        .directory())
                .isEmpty();
        StorageConfig small = read("replicatedlog.segment-bytes", "4096", "replicatedlog.disk-reserve-bytes", "0")
                .storage();
        assertThat(small.segmentBytes()).isEqualTo(4_096);
        assertThat(small.reserveBytes()).isZero();
    }

    @Test
    void shouldReadHowManyAnswersARecoveryNeeds() {
        assertThat(read().recoveryAnswers()).isEmpty();
        assertThat(read("SECONDARY_URLS", TWO_SECONDARIES, "replicatedlog.recovery-answers", "2")
                        .recoveryAnswers())
                .hasValue(2);
    }

    @Test
    void shouldFitTheOtherBoundsToTheLargestMessage() {
        for (String size : List.of("1", "1000", "33554432")) {
            NodeConfig.Bounds bounds =
                    read("replicatedlog.max-message-bytes", size).bounds();

            assertThat(bounds.maxRequestBytes()).isGreaterThan(bounds.maxMessageBytes() + 100_000);
            assertThat(bounds.maxBatchBytes()).isBetween(1, bounds.maxRequestBytes());
        }
    }

    @Test
    void shouldFitTheBackoffCapToItsBase() {
        assertThat(read("replicatedlog.backoff-base-ms", "5000").bounds().backoffCapMs())
                .isEqualTo(5_000);
    }

    @Test
    void shouldTellOthersTheUrlThatWasConfigured() {
        assertThat(read("replicatedlog.advertised-url", " https://log.example.org/ ")
                        .url())
                .isEqualTo(URI.create("https://log.example.org"));
        assertThat(read("HTTP_PORT", "9090").url().getPort()).isEqualTo(9090);
    }

    @Test
    void shouldBeReachedByTlsWhereThatIsOn() {
        there.add("com.ibm.websphere.ssl.JSSEHelper");
        NodeConfig config = read("TLS", "on", "replicatedlog.tls", "on", "HTTP_PORT", "-1", "HTTPS_PORT", "9443");

        assertThat(config.access().tls()).isTrue();
        assertThat(config.url()).hasScheme("https").hasPort(9443);
    }

    @Test
    void shouldTakeWhatIsSetToNothingForNotSet() {
        NodeConfig config = read("APP_MODE", "", "TLS", "", "HTTP_PORT", "", "replicatedlog.quorum", "");

        assertThat(config.beginsTheLog()).isTrue();
        assertThat(config.access().tls()).isFalse();
        assertThat(config.url()).hasPort(8080);
    }

    @Test
    void shouldTakeTokensOfClientsAndASecretOfNodes() {
        String secret = "a-secret-of-the-cluster";
        there.add("org.eclipse.microprofile.jwt.JsonWebToken");
        NodeConfig config = read("CLIENT_AUTHENTICATION", "jwt", "replicatedlog.cluster-secret", secret);

        assertThat(config.access().clientAuthentication()).isTrue();
        assertThat(config.access().clusterSecret()).isPresent();
        assertThat(config.toString()).doesNotContain(secret);
    }

    @Test
    void shouldSendTracesWhereThatIsOn() {
        assertThat(read("TELEMETRY", "on", "replicatedlog.telemetry", "on")).isNotNull();
    }

    @Test
    void shouldBeOpenUnlessToldOtherwise() {
        assertThat(read().access()).isEqualTo(new NodeConfig.Access(false, false, Optional.empty()));
    }

    private NodeConfig read(String... namesAndValues) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new NodeConfigReader(name -> Optional.ofNullable(values.get(name)), 1 << 30, there::contains).read();
    }
}
