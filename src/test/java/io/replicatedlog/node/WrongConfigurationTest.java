package io.replicatedlog.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A wrong value stops the node with one line that names the property, the value and what is allowed. */
class WrongConfigurationTest {

    /** What an application sees exactly where clients are authenticated. */
    private static final String TOKENS = "org.eclipse.microprofile.jwt.JsonWebToken";

    private final Set<String> there = new HashSet<>();
    private final Map<String, String> values = new HashMap<>();

    @ParameterizedTest
    @ValueSource(strings = {"LEADER", "PRIMARY,SECONDARY", "1"})
    void shouldRefuseAnUnknownRole(String value) {
        refuses("APP_MODE", value, "PRIMARY or SECONDARY");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a:8081",
                "secondary",
                "ftp://a:8081",
                "http://",
                "http://:8081",
                "http://a:0",
                "http://a:65536",
                "http://a:x",
                "http://a:8081/api",
                "http://a:8081//",
                "http://a:8081?x=1",
                "http://a:8081#x",
                "http://user@a:8081",
                "http://a b",
                "http://a:8081;http://b:8081",
                "\\\\a"
            })
    void shouldRefuseWhatIsNoUrlOfANode(String value) {
        refuses("SECONDARY_URLS", value, "http:// or https://");
        refuses("replicatedlog.advertised-url", value, "http:// or https://");
    }

    @Test
    void shouldNameTheOneUrlOfSeveralThatIsWrong() {
        values.put("SECONDARY_URLS", "http://a:8081,b:8082");

        assertThat(failure()).hasMessageContaining("\"b:8082\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://a:1,http://a:1", "http://a:1,http://b:1,http://a:1/", "http://a:1,HTTP://A:1"})
    void shouldRefuseASecondaryThatIsNamedTwice(String value) {
        refuses("SECONDARY_URLS", value, "each node once");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://n1:8080,http://n2:8080/,http://n1:8080", "http://n1:8080,HTTP://N1:8080/"})
    void shouldRefuseANodeThatIsNamedTwice(String value) {
        values.put("replicatedlog.advertised-url", "http://n1:8080");

        refuses("replicatedlog.nodes", value, "each node once");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://n1:8080", "http://n2:8080,HTTP://N1:8080/"})
    void shouldRefuseAPrimaryThatIsItsOwnSecondary(String value) {
        values.put("replicatedlog.advertised-url", "http://n1:8080");

        refuses("SECONDARY_URLS", value, "not this one, which is http://n1:8080");
    }

    @ParameterizedTest
    @ValueSource(strings = {"n1:8080", "http://n1:8080,n2:8080", "http://n1:8080/api", "http://n1:8080;http://n2:8080"})
    void shouldRefuseNodesThatAreNoUrls(String value) {
        values.put("replicatedlog.advertised-url", "http://n1:8080");
        values.put("replicatedlog.nodes", value);

        assertThat(failure())
                .hasMessageStartingWith("replicatedlog.nodes is \"")
                .hasMessageContaining("http:// or https://");
    }

    /** Whatever it is called by others, it must be able to find itself. */
    @ParameterizedTest
    @ValueSource(strings = {"http://n2:8080,http://n3:8080", "http://n1:8081,http://n2:8080", "https://n1:8080"})
    void shouldRefuseNodesWithoutThisOne(String value) {
        values.put("replicatedlog.advertised-url", "http://n1:8080");

        refuses("replicatedlog.nodes", value, "this node's own URL in it, which is http://n1:8080");
        refuses("replicatedlog.nodes", value, "replicatedlog.advertised-url");
    }

    @ParameterizedTest
    @CsvSource({
        "APP_MODE, PRIMARY",
        "APP_MODE, SECONDARY",
        "SECONDARY_URLS, http://n2:8080",
    })
    void shouldRefuseBothFormsOfACluster(String property, String value) {
        values.put("replicatedlog.advertised-url", "http://n1:8080");
        values.put("replicatedlog.nodes", "http://n1:8080,http://n2:8080");

        refuses(property, value, "replicatedlog.nodes is set");
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "AUTOMATIC", "none", "true"})
    void shouldRefuseAnUnknownFailover(String value) {
        refuses("replicatedlog.failover", value, "automatic or manual");
    }

    /** Nodes that forget their promises must not vote, and somebody who asks for it has to know. */
    @ParameterizedTest
    @ValueSource(strings = {"automatic", "manual"})
    void shouldRefuseAnyFailoverWithALogInMemory(String value) {
        values.put("replicatedlog.storage", "memory");

        refuses("replicatedlog.failover", value, "replicatedlog.storage=memory");
    }

    /** Or every secondary would stand although its primary is well. */
    @Test
    void shouldRefuseALaneThatIsSilentForLongerThanSecondariesWait() {
        values.put("replicatedlog.election-timeout-ms", "400");

        refuses("replicatedlog.idle-probe-ms", "401", "a whole number from 10 to 400");
    }

    @Test
    void shouldKnowHowManyNodesThereAreOnEveryOneOfThem() {
        values.put("replicatedlog.advertised-url", "http://n2:8080");
        values.put("replicatedlog.nodes", "http://n1:8080,http://n2:8080,http://n3:8080");

        refuses("replicatedlog.quorum", "4", "from 1 to 3");
        refuses("replicatedlog.default-write-concern", "4", "from 1 to 3");
        refuses("replicatedlog.recovery-answers", "3", "from 0 to 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "4", "-1", "most", "all", "MAJORITY", "2.0", "99999999999999999999", "4294967297"})
    void shouldRefuseAQuorumThatThereIsNot(String value) {
        values.put("SECONDARY_URLS", "http://a:1,http://b:1");

        refuses("replicatedlog.quorum", value, "\"majority\" or a number of nodes from 1 to 3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "4", "-1", "most", "ALL", "2.0", "99999999999999999999", "4294967297"})
    void shouldRefuseADefaultWriteConcernThatThereIsNot(String value) {
        values.put("SECONDARY_URLS", "http://a:1,http://b:1");

        refuses("replicatedlog.default-write-concern", value, "\"majority\", \"all\" or a number of nodes from 1 to 3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "most", "-1"})
    void shouldRefuseOnASecondaryWhatIsWrongOnEveryNode(String value) {
        values.put("APP_MODE", "SECONDARY");

        refuses("replicatedlog.quorum", value, "number of nodes");
        refuses("replicatedlog.default-write-concern", value, "number of nodes");
    }

    @ParameterizedTest
    @CsvSource({
        "REQUEST_TIMEOUT_MILLISECONDS, 10, 600000",
        "HEALTHCHECK_PERIOD_MILLISECOND, 10, 600000",
        "HTTP_PORT, 1, 65535",
        "replicatedlog.max-message-bytes, 1, 33554432",
        "replicatedlog.max-log-bytes, 1, 805306368",
        "replicatedlog.max-waiting-appends, 1, 10000000",
        "replicatedlog.max-wait-ms, 1, 2147483647",
        "replicatedlog.max-batch-entries, 1, 1000000",
        "replicatedlog.max-held-back-entries, 0, 1000000",
        "replicatedlog.max-held-back-bytes, 0, 1073741824",
        "replicatedlog.backoff-base-ms, 1, 60000",
        "replicatedlog.backoff-cap-ms, 50, 600000",
        "replicatedlog.max-forwarded, 1, 1000000",
        "replicatedlog.election-timeout-ms, 50, 600000",
        "replicatedlog.idle-probe-ms, 10, 1500"
    })
    void shouldRefuseANumberOutOfItsRangeAndTakeBothEnds(String property, long min, long max) {
        String allowed = "a whole number from " + min + " to " + max;
        for (String end : new String[] {String.valueOf(min), String.valueOf(max)}) {
            values.put(property, end);
            assertThat(read()).isNotNull();
        }

        refuses(property, String.valueOf(min - 1), allowed);
        refuses(property, max == Long.MAX_VALUE ? "9223372036854775808" : String.valueOf(max + 1), allowed);
        for (String wrong : new String[] {"x", "1.5", "1e3", "1_000", "0x10", "-1", "99999999999999999999", "5s"}) {
            refuses(property, wrong, allowed);
        }
    }

    /** Or a message that is allowed could never arrive, or never be replicated. */
    @Test
    void shouldRefuseRequestsSmallerThanTheLargestMessage() {
        values.put("replicatedlog.max-message-bytes", "1000");
        refuses("replicatedlog.max-request-bytes", "1000", "a whole number from ");

        values.put("replicatedlog.max-request-bytes", "200000");
        assertThat(read().bounds().maxRequestBytes()).isEqualTo(200_000);
        refuses("replicatedlog.max-batch-bytes", "200000", "a whole number from 1 to ");
        refuses("replicatedlog.max-batch-bytes", "0", "a whole number from 1 to ");
    }

    @Test
    void shouldRefuseABackoffCapBelowItsBase() {
        values.put("replicatedlog.backoff-base-ms", "100");

        refuses("replicatedlog.backoff-cap-ms", "99", "from 100 to");
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "TRUE", "1"})
    void shouldRefuseASwitchThatIsNeitherTrueNorFalse(String value) {
        refuses("replicatedlog.testing-api.enabled", value, "true or false");
    }

    @ParameterizedTest
    @ValueSource(strings = {"disk", "MEMORY"})
    void shouldRefuseAnUnknownStorage(String value) {
        refuses("replicatedlog.storage", value, "file or memory");
    }

    @Test
    void shouldRefuseADataDirectoryThatIsNone() {
        values.put("replicatedlog.data-directory", " ");

        assertThat(failure()).hasMessage("replicatedlog.data-directory is \"\"; allowed: the path of a directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1", "all"})
    void shouldRefuseMoreRecoveryAnswersThanThereAreSecondaries(String value) {
        refuses("replicatedlog.recovery-answers", value, "a whole number from 0 to 0");
    }

    @Test
    void shouldSayItInOneLineWhateverTheValue() {
        values.put("APP_MODE", "PRI\nMARY\r\nONE");

        assertThat(failure().getMessage().lines()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "short",
                "with a space in it",
                "sixteen-letters-ä",
                "sixteen-letters-a,",
                "a-good-secret-one,short"
            })
    void shouldRefuseASecretAndNotShowIt(String value) {
        values.put("replicatedlog.cluster-secret", value);

        assertThat(failure())
                .hasMessageStartingWith("replicatedlog.cluster-secret is wrong")
                .hasMessageContaining("16");
        if (!value.isEmpty()) {
            assertThat(failure().getMessage()).doesNotContain(value);
        }
    }

    @ParameterizedTest
    @CsvSource({"TLS, on", "TLS, ON", "TLS, true", "CLIENT_AUTHENTICATION, jwt", "CLIENT_AUTHENTICATION, on"})
    void shouldNotStartWithADoorOpenThatWasMeantToBeClosed(String variable, String value) {
        refuses(variable, value, "--clean");
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "ON", "true"})
    void shouldNotStartWithoutTheTracesThatWereMeantToBeSent(String value) {
        refuses("TELEMETRY", value, "--clean");
    }

    @Test
    void shouldNotSendTracesThatNobodyWants() {
        values.put("replicatedlog.telemetry", "on");

        assertThat(failure()).hasMessageStartingWith("TELEMETRY is \"off\"");
    }

    @Test
    void shouldNotStartWithDoorsClosedThatNobodyWantsClosed() {
        there.add(TOKENS);
        values.put("replicatedlog.cluster-secret", "a-secret-of-the-cluster");

        assertThat(failure()).hasMessageStartingWith("CLIENT_AUTHENTICATION is \"off\"");
    }

    @ParameterizedTest
    @CsvSource({"SECONDARY_URLS, http://a", "replicatedlog.advertised-url, http://a"})
    void shouldNotCallInClearWhereTlsIsOn(String property, String value) {
        there.add("com.ibm.websphere.ssl.JSSEHelper");
        values.put("TLS", "on");
        values.put("replicatedlog.tls", "on");

        refuses(property, value, "https://");
    }

    @Test
    void shouldNotAskClientsWhoTheyAreAndLetAnyoneCallAsANode() {
        there.add(TOKENS);
        refuses("CLIENT_AUTHENTICATION", "jwt", "together with replicatedlog.cluster-secret");
    }

    @Test
    void shouldListenSomewhere() {
        refuses("HTTP_PORT", "-1", "a whole number from 1 to 65535");
    }

    private void refuses(String property, String value, String allowed) {
        values.put(property, value);

        assertThat(failure())
                .as("%s=%s", property, value)
                .isNotNull()
                .hasMessageStartingWith(property + " is \"" + value + "\"; allowed: ")
                .hasMessageContaining(allowed);
        values.remove(property);
    }

    private ConfigurationException failure() {
        return catchThrowableOfType(ConfigurationException.class, this::read);
    }

    private NodeConfig read() {
        return new NodeConfigReader(name -> Optional.ofNullable(values.get(name)), 1 << 30, there::contains).read();
    }
}
