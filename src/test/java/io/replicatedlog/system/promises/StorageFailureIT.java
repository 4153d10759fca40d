package io.replicatedlog.system.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import io.replicatedlog.system.fixture.LogClient.Answer;
import io.replicatedlog.system.fixture.SharedCluster;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Files that somebody damaged, or that somebody else uses: what a node says, and what the others make good. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
@ExtendWith(SharedCluster.class)
class StorageFailureIT {

    private static LibertyCluster cluster;

    private LogClient primary;

    @BeforeAll
    static void useCluster(LibertyCluster shared) {
        cluster = shared;
    }

    @BeforeEach
    void healCluster() {
        cluster.heal();
        primary = cluster.primary().client();
    }

    @Test
    void shouldCutATornTailAndGetTheEntryBackFromTheSecondaries() throws IOException {
        primary.append("first", 3);
        primary.append("torn off", 3);
        long end = primary.end();
        cluster.primary().kill();
        try (RandomAccessFile file =
                new RandomAccessFile(cluster.primary().lastSegment().toFile(), "rw")) {
            file.setLength(file.length() - 5);
        }

        cluster.heal();

        assertThat(cluster.primary().logSinceStart())
                .contains("bytes off the end of", "the log ends at offset " + (end - 1))
                .contains("Entries that this node had made durable are gone")
                .contains("Takes over the log of");
        assertThat(primary.messages()).endsWith("first", "torn off").hasSize((int) end);
        assertThat(primary.append("next", 3).offset()).isEqualTo(end);
    }

    @Test
    void shouldServeNothingFromADamagedLogAndSayWhatToDo() throws IOException {
        primary.append("a message that will be damaged", 3);
        primary.append("intact", 3);
        LibertyNode damaged = cluster.secondary(1);
        damaged.kill();
        flipABit(damaged.lastSegment(), 40);

        damaged.launch();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> damaged.logSinceStart().contains("Storage has failed"));
        await().atMost(Duration.ofSeconds(20)).until(() -> isDown(damaged.client()));

        assertThat(damaged.client().get("/health/live").body())
                .contains(damaged.lastSegment().toString(), "is damaged at offset ", "Move ");
        assertThat(damaged.client().get("/health/ready").status()).isEqualTo(503);
        assertThat(damaged.client().cluster().getJsonObject("storage").getString("failure"))
                .contains("is damaged at offset ");
        assertProblem(damaged.client().get("/api/v1/messages"));
        assertProblem(damaged.client().get("/api/v1/entries/0"));
        cluster.awaitHealth(damaged, "UNHEALTHY");
        assertThat(primary.append("without it", 2).status()).isEqualTo(200);

        // What it says an operator can do.
        damaged.kill();
        damaged.moveDataAway();
        cluster.heal();
        assertThat(damaged.client().messages()).isEqualTo(primary.messages());
    }

    @Test
    void shouldNotStartWithADamagedIdentity() throws IOException {
        primary.append("held", 3);
        LibertyNode node = cluster.secondary(2);
        node.kill();
        Path identity = node.data().resolve("identity");
        byte[] before = Files.readAllBytes(identity);
        flipABit(identity, 30);

        int status = node.launch().awaitExit();

        assertThat(status).as("EX_IOERR").isEqualTo(74);
        assertThat(node.logSinceStart())
                .contains("Node stops, its storage cannot be used: " + identity + " is damaged");
        Files.write(identity, before);
        cluster.heal();
        assertThat(node.client().messages()).isEqualTo(primary.messages());
    }

    @Test
    void shouldKeepASecondProcessOutOfItsDirectory() {
        LibertyNode intruder = LibertyCluster.node(
                "storage-failure",
                "intruder",
                Map.of("REPLICATEDLOG_DATA_DIRECTORY", cluster.primary().data().toString()));

        int status = intruder.launch().awaitExit();

        assertThat(status).isEqualTo(74);
        assertThat(intruder.logSinceStart())
                .contains("another process uses the directory "
                        + cluster.primary().data());
        assertThat(primary.append("undisturbed", 3).status()).isEqualTo(200);
    }

    private static boolean isDown(LogClient node) {
        try {
            return node.get("/health/live").status() == 503;
        } catch (java.io.UncheckedIOException e) {
            return false; // it does not listen yet
        }
    }

    private static void assertProblem(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(503);
        assertThat(answer.problem()).isEqualTo("storage-failed");
    }

    private static void flipABit(Path path, long position) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(position);
            int read = file.read();
            file.seek(position);
            file.write(read ^ 1);
        }
    }
}
