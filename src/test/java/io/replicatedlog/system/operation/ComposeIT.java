package io.replicatedlog.system.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.Command;
import io.replicatedlog.system.fixture.LogClient;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
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

        @GET
        @Path("/cluster")
        String cluster();
    }

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @RESTClient
    public static LogApi primary;

    private final Container secondary1 = new Container("secondary1");
    private final Container secondary2 = new Container("secondary2");

    @BeforeEach
    void awaitAll() {
        secondary1.awaitReady();
        secondary2.awaitReady();
        await().atMost(LIMIT).until(() -> cluster().contains("\"healthy\":3"));
    }

    @Test
    void shouldReplicateToEveryContainer() {
        assertThat(append("to all", 3).getStatus()).isEqualTo(200);

        assertThat(secondary1.client().messages()).endsWith("to all");
        assertThat(secondary2.client().messages()).isEqualTo(secondary1.client().messages());
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop", "kill", "pause"})
    void shouldGoOnWithoutAContainerAndRefillItWhenItIsBack(String command) {
        secondary2.podman(command);
        try {
            assertThat(append("without one: " + command, 2).getStatus()).isEqualTo(200);
        } finally {
            secondary2.podman(command.equals("pause") ? "unpause" : "start");
        }

        assertThat(append("with all again", 3).getStatus()).isEqualTo(200);
        assertThat(secondary2.client().messages()).isEqualTo(secondary1.client().messages());
    }

    @Test
    void shouldBeReadOnlyWhileTheQuorumIsLost() {
        String before = cluster();
        secondary1.podman("kill");
        secondary2.podman("kill");
        try {
            await().atMost(LIMIT).until(() -> cluster().contains("READ_ONLY"));
            Response refused = append("nobody would hold it", 1);
            assertThat(refused.getStatus()).isEqualTo(503);
            assertThat(refused.readEntity(String.class)).contains("problem:read-only", "\"appended\":\"no\"");
            assertThat(end(cluster())).isEqualTo(end(before));
        } finally {
            secondary1.podman("start");
            secondary2.podman("start");
        }

        await().atMost(LIMIT).until(() -> cluster().contains("READ_WRITE"));
        assertThat(append("found again", 3).getStatus()).isEqualTo(200);
        assertThat(secondary1.client().messages()).endsWith("found again").doesNotContain("nobody would hold it");
    }

    private static Response append(String message, int w) {
        return primary.append(LogClient.body(message, w));
    }

    private static String cluster() {
        return primary.cluster();
    }

    private static String end(String cluster) {
        return cluster.replaceFirst(".*\"end\":(\\d+).*", "$1");
    }

    /** A container with a secondary, and where it is published. */
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

        private void awaitReady() {
            await().atMost(LIMIT).until(client::isReady);
        }
    }
}
