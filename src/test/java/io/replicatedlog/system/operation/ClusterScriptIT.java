package io.replicatedlog.system.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.LogClient;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ./cluster} as README shows it, from another directory. */
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class ClusterScriptIT {

    private static final int PORT = 18_900;
    private static final Path SCRIPT = Path.of("cluster").toAbsolutePath();
    private static final Path LAB = Path.of("lab").toAbsolutePath();
    private static final Path FILES =
            Path.of("target", "system-tests", "script").toAbsolutePath();

    @TempDir
    private Path elsewhere;

    private record Run(int status, String output) {}

    /** What an earlier run has left. */
    @BeforeEach
    void wipe() throws Exception {
        down();
        assertThat(run("wipe").status()).isZero();
    }

    @AfterEach
    void down() throws Exception {
        assertThat(run("down").status()).isZero();
    }

    @Test
    void shouldGoOnWithoutThePrimaryAsReadmeShows() throws Exception {
        assertThat(run("up")).satisfies(up -> {
            assertThat(up.status()).as(up.output()).isZero();
            assertThat(up.output()).contains("node3 is ready", "node1 leads (epoch ", "curl --json");
        });
        LogClient first = new LogClient("http://127.0.0.1:" + PORT);
        LogClient second = new LogClient("http://127.0.0.1:" + (PORT + 1));
        assertThat(first.append("hello", 3).status()).isEqualTo(200);
        long pid = Long.parseLong(Files.readString(FILES.resolve("node1/pid")).strip());
        assertThat(ProcessHandle.of(pid)).isPresent();

        assertThat(run("kill", "primary").output()).contains("node1 has been killed");
        assertThat(ProcessHandle.of(pid)).isEmpty();
        await("another node leads")
                .atMost(Duration.ofSeconds(30))
                .until(() -> second.append("world", 2, 1_000).status() == 200);
        assertThat(run("status").output())
                .containsPattern("node1 .* stopped")
                .containsPattern("node[23] leads \\(epoch [0-9]+\\)\n.* nobody leads\n.* node1 leads");
        assertThat(watch()[2]).containsPattern("node1 .* stopped").containsPattern("node[23] +PRIMARY .* up ");
        assertThat(run("start", "primary").output()).containsPattern("node[23] is already running");

        assertThat(run("start", "node1").output())
                .containsPattern("node1 holds 2 entries; node[23], which leads, holds 2");
        assertThat(first.messages()).containsExactly("hello", "world");

        assertThat(run("promote", "node1").output()).isEqualTo("node1 leads\n");
        assertThat(run("stop", "primary").output()).contains("node1 has stopped");
        assertThat(second.append("handed over", 2).status()).isEqualTo(200);
        assertThat(run("promote", "node1")).satisfies(promote -> {
            assertThat(promote.status()).as("it is down").isNotZero();
            assertThat(promote.output()).contains("node1 does not lead: ");
        });

        assertThat(run("down").status()).isZero();
        assertThat(second.isReady()).isFalse();
        assertThat(run("kill", "primary").output()).contains("no node says who leads");
        assertThat(run("up").status()).isZero();
        assertThat(first.messages()).containsExactly("hello", "world", "handed over");
        assertThat(second.append("again", 3).offset()).isEqualTo(3);

        assertThat(run("wipe")).satisfies(wipe -> {
            assertThat(wipe.status()).as("nodes run").isNotZero();
            assertThat(wipe.output()).contains("./cluster down first");
        });
        assertThat(run("start", "node9")).satisfies(start -> {
            assertThat(start.status()).isNotZero();
            assertThat(start.output()).contains("the nodes are: node1 node2 node3, and primary");
        });
        assertThat(run("down").status()).isZero();
        assertThat(run("wipe").status()).isZero();
        assertThat(FILES).isEmptyDirectory();
    }

    /** Its nodes forget what they promise. */
    @Test
    void shouldLetTheFirstNodeLeadAlwaysWhereTheLogIsInMemory() throws Exception {
        Map<String, String> memory = Map.of("REPLICATEDLOG_STORAGE", "memory");
        assertThat(run(memory, "up", "1").output()).contains("node1 leads");

        assertThat(run("stop", "node1").status()).isZero();
        LogClient second = new LogClient("http://127.0.0.1:" + (PORT + 1));
        assertThat(second.append("refused", 1).status()).isEqualTo(503);
        assertThat(run(memory, "start", "node1").output()).contains("node1, which leads");
    }

    /** As the caller sets them: then the script sets nothing of its own. */
    @Test
    void shouldTakeTheOtherFormOfTheConfigurationFromItsCaller() throws Exception {
        Map<String, String> form = Map.of("SECONDARY_URLS", "http://127.0.0.1:" + (PORT + 1));

        assertThat(run(form, "up", "1").output()).contains("node1 leads");

        LogClient second = new LogClient("http://127.0.0.1:" + (PORT + 1));
        assertThat(second.append("held by both", 2).status()).isEqualTo(200);
    }

    @Test
    void shouldRefuseABusyPortAndStartNothing() throws Exception {
        try (ServerSocket busy = new ServerSocket(PORT, 1, InetAddress.getByName("127.0.0.1"))) {
            Run up = run("up", "0");

            assertThat(busy.isBound()).isTrue();
            assertThat(up.status()).isNotZero();
            assertThat(up.output()).contains("port " + PORT + " is in use");
        }
    }

    @Test
    void shouldSayWhyANodeDoesNotStart() throws Exception {
        Run up = run(Map.of("REPLICATEDLOG_QUORUM", "9"), "up", "0");

        assertThat(up.status()).isNotZero();
        assertThat(up.output()).contains("replicatedlog.quorum is \"9\"");
        assertThat(run("status").output()).containsPattern("node1 .* stopped");
    }

    @Test
    void shouldFailAsSoonAsTheStorageOfANodeHasFailed() throws Exception {
        assertThat(run("up", "0").status()).isZero();
        LogClient primary = new LogClient("http://127.0.0.1:" + PORT);
        primary.append("a message that will be damaged", 1);
        primary.append("intact", 1);
        assertThat(run("kill", "node1").status()).isZero();
        flipABitOfTheFirstMessage();

        long began = System.nanoTime();
        Run start = run("start", "node1");

        assertThat(start.status()).isEqualTo(1);
        assertThat(start.output())
                .contains("node1 is not ready: its storage has failed", "is damaged at offset 0", "Move ");
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .as("long before it would give up")
                .isLessThan(Duration.ofSeconds(120));
        assertThat(run("status").output()).containsPattern("node1 .* stopped");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    up 2 3,          up takes the number of secondaries
                    up many,         up takes the number of secondaries
                    status primary,  status takes no arguments
                    watch 2,         watch takes no arguments
                    logs a b,        logs takes the name of one node
                    start,           start takes the name of one node
                    promote,         promote takes the name of one node
                    stop a b,        stop takes the name of one node
                    kill a b,        kill takes the name of one node
                    down primary,    down takes no arguments
                    wipe primary,    wipe takes no arguments
                    restart,         there is no command "restart"
                    """)
    void shouldRefuseWhatItDoesNotUnderstand(String arguments, String why) throws Exception {
        assertThat(run(arguments.split(" "))).satisfies(run -> {
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.output()).contains(why);
        });
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    bench now,       bench takes -Dbench.NAME=VALUE
                    torture,         torture takes minutes
                    torture 1 2 3,   torture takes minutes
                    soak 5,          soak takes minutes
                    up,              there is no command "up"
                    """)
    void shouldRefuseWhatTheLabDoesNotUnderstand(String arguments, String why) throws Exception {
        assertThat(run(LAB, Map.of(), arguments.split(" "))).satisfies(run -> {
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.output()).contains(why);
        });
    }

    private static void flipABitOfTheFirstMessage() throws IOException {
        Path segment = FILES.resolve("node1/replicated-log/data/00000000000000000000.log");
        try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
            file.seek(40);
            int read = file.read();
            file.seek(40);
            file.write(read ^ 1);
        }
    }

    private Run run(String... arguments) throws Exception {
        return run(Map.of(), arguments);
    }

    /** What it shows until a third picture has begun; it does not end by itself. */
    private String[] watch() throws IOException, InterruptedException {
        Path output = Files.createTempFile(elsewhere, "output", ".txt");
        Process process = start(SCRIPT, Map.of(), output, "watch");
        try {
            return await("one picture after the other")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> Files.readString(output).split("NODE +ROLE", -1), pictures -> pictures.length > 3);
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    private Run run(Map<String, String> environment, String... arguments) throws Exception {
        return run(SCRIPT, environment, arguments);
    }

    private Run run(Path script, Map<String, String> environment, String... arguments) throws Exception {
        Path output = Files.createTempFile(elsewhere, "output", ".txt");
        Process process = start(script, environment, output, arguments);
        assertThat(process.waitFor(200, TimeUnit.SECONDS)).as("it ends").isTrue();
        return new Run(process.exitValue(), Files.readString(output));
    }

    private Process start(Path script, Map<String, String> environment, Path output, String... arguments)
            throws IOException {
        String[] command = new String[arguments.length + 1];
        command[0] = script.toString();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(elsewhere.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("JVM_ARGS", LibertyNode.startsFast());
        builder.environment().putAll(environment);
        builder.environment().put("BASE_PORT", Integer.toString(PORT));
        builder.environment().put("CLUSTER_DIRECTORY", FILES.toString());
        return builder.start();
    }
}
