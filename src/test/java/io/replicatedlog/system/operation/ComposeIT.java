package io.replicatedlog.system.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.Command;
import io.replicatedlog.system.fixture.LogClient;
import jakarta.json.JsonObject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.microshed.testing.jaxrs.RESTClient;
import org.microshed.testing.jupiter.MicroShedTest;

/**
 * The three containers of {@code compose.yaml}, which run already: nodes are lost and come back. {@code .ci/containers}
 * starts them and says where they are.
 */
@MicroShedTest
@EnabledIfSystemProperty(named = "microshed_manual_env", matches = "true")
public class ComposeIT {

    /** The API of a node, as far as it is used here. */
    @Path("/api/v1")
    public interface LogApi {
        @POST
        @Path("/append")
        @Consumes(MediaType.APPLICATION_JSON)
        Response append(String body);
    }

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Several election time-outs: the nodes share a machine. */
    private static final Duration FAIL_OVER = Duration.ofSeconds(15);

    @RESTClient
    public static LogApi node1;

    private final List<Container> containers =
            Stream.of("node1", "node2", "node3").map(Container::new).toList();

    private Container primary;
    private List<Container> secondaries;

    @BeforeEach
    void awaitAll() {
        containers.forEach(Container::awaitReady);
        primary =
                await().atMost(LIMIT).until(this::leading, Optional::isPresent).orElseThrow();
        secondaries = containers.stream().filter(each -> !each.equals(primary)).toList();
    }

    /** The primary that is followed by both others. */
    private Optional<Container> leading() {
        return containers.stream().filter(each -> each.leads(3)).findFirst();
    }

    @Test
    void shouldReplicateToEveryContainer() {
        assertThat(node1.append(LogClient.body("to all", 3)).getStatus()).isEqualTo(200);

        assertThat(primary.client().messages()).endsWith("to all");
        assertThat(secondaries)
                .extracting(each -> each.client().messages())
                .containsOnly(primary.client().messages());
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop", "kill", "pause"})
    void shouldGoOnWithoutThePrimary(String command) {
        Container other = secondaries.get(0);
        primary.podman(command);
        try {
            other.awaitAppend("without the primary: " + command, 2);
        } finally {
            primary.bringBackAfter(command);
        }

        assertHoldsWhatItMissed(primary, other);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop", "kill", "pause"})
    void shouldGoOnWithoutASecondary(String command) {
        Container lost = secondaries.get(1);
        Container other = secondaries.get(0);
        lost.podman(command);
        try {
            other.awaitAppend("without a secondary: " + command, 2);
        } finally {
            lost.bringBackAfter(command);
        }

        assertHoldsWhatItMissed(lost, other);
    }

    private static void assertHoldsWhatItMissed(Container lost, Container other) {
        other.awaitAppend("with all again", 3);
        assertThat(lost.client().messages()).isEqualTo(other.client().messages());
        lost.awaitAppend("through the one that was lost", 3);
    }

    @Test
    void shouldBeReadOnlyWhileTheQuorumIsLost() {
        long end = primary.client().end();
        secondaries.forEach(each -> each.podman("kill"));
        try {
            await().atMost(LIMIT).until(() -> primary.client().mode().equals("READ_ONLY"));
            LogClient.Answer refused = primary.client().append("nobody would hold it", 1);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.problem()).isEqualTo("read-only");
            assertThat(refused.body()).contains("\"appended\":\"no\"");
            assertThat(primary.client().end()).isEqualTo(end);
        } finally {
            secondaries.forEach(each -> each.podman("start"));
        }

        awaitAll();
        primary.awaitAppend("found again", 3);
        assertThat(secondaries.get(0).client().messages())
                .endsWith("found again")
                .doesNotContain("nobody would hold it");
    }

    /** A container with a node, and where it is published. */
    private record Container(String name, LogClient client) {

        /** @param service as {@code compose.yaml} calls it */
        private Container(String service) {
            this(
                    System.getProperty("compose.project") + "_" + service + "_1",
                    new LogClient("http://127.0.0.1:" + Integer.getInteger("compose." + service + ".port"), LIMIT));
        }

        private void podman(String command) {
            Command.run("podman", command, name);
        }

        private void bringBackAfter(String command) {
            podman(command.equals("pause") ? "unpause" : "start");
            awaitReady();
        }

        private void awaitReady() {
            await().atMost(LIMIT).until(client::isReady);
        }

        /** Another node may begin to lead now, as nodes start: then appends are refused for a moment. */
        private void awaitAppend(String message, int w) {
            await().atMost(FAIL_OVER).until(() -> client.append(message, w).status() == 200);
        }

        private boolean leads(int healthy) {
            JsonObject cluster = client.cluster();
            return cluster.getString("role").equals("PRIMARY")
                    && cluster.getString("mode").equals("READ_WRITE")
                    && cluster.getJsonObject("quorum").getInt("healthy") == healthy;
        }
    }
}
