package io.replicatedlog.kube;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code kube/scale} asks of Kubernetes, and in which order; a script in the place of kubectl writes it down. */
class ScaleTest {

    private static final String SECONDARY = "statefulset/replicated-log-secondary";
    private static final String PRIMARY = "pod/replicated-log-primary-0";

    @TempDir
    private Path folder;

    @Test
    void shouldStartMoreNodesAndThenTellThePrimary() throws Exception {
        assertThat(scale("2", "3", "--namespace", "audit"))
                .containsExactly(
                        "--namespace audit get " + SECONDARY + " -o jsonpath={.spec.replicas}",
                        "--namespace audit scale " + SECONDARY + " --replicas=3",
                        "--namespace audit rollout status " + SECONDARY + " --timeout=10m",
                        "--namespace audit set env statefulset/replicated-log-primary SECONDARY_URLS=" + urls(3),
                        "--namespace audit delete " + PRIMARY,
                        "--namespace audit wait --for=create " + PRIMARY + " --timeout=2m",
                        "--namespace audit wait --for=condition=Ready " + PRIMARY + " --timeout=10m");
    }

    @Test
    void shouldWaitForNodesThatWereAskedForAndAreNotThereYet() throws Exception {
        assertThat(scale("6", "6"))
                .containsSubsequence(
                        "rollout status " + SECONDARY + " --timeout=10m",
                        "set env statefulset/replicated-log-primary SECONDARY_URLS=" + urls(6));
    }

    @Test
    void shouldTellThePrimaryAndThenStopNodes() throws Exception {
        assertThat(scale("4", "2"))
                .containsExactly(
                        "get " + SECONDARY + " -o jsonpath={.spec.replicas}",
                        "set env statefulset/replicated-log-primary SECONDARY_URLS=" + urls(2),
                        "delete " + PRIMARY,
                        "wait --for=create " + PRIMARY + " --timeout=2m",
                        "wait --for=condition=Ready " + PRIMARY + " --timeout=10m",
                        "scale " + SECONDARY + " --replicas=2",
                        "rollout status " + SECONDARY + " --timeout=10m");
    }

    private static String urls(int secondaries) {
        StringBuilder urls = new StringBuilder();
        for (int i = 0; i < secondaries; i++) {
            urls.append(i == 0 ? "" : ",")
                    .append("http://replicated-log-secondary-")
                    .append(i)
                    .append(".replicated-log-secondary:8080");
        }
        return urls.toString();
    }

    /** The calls of kubectl, of which there are {@code now} secondaries. */
    private List<String> scale(String now, String... arguments) throws IOException, InterruptedException {
        Path calls = folder.resolve("calls");
        Path kubectl = folder.resolve("kubectl");
        Files.writeString(kubectl, """
                #!/bin/sh
                echo "$*" >>%s
                case "$*" in *" -o "*) echo %s ;; esac
                """.formatted(calls, now));
        assertThat(kubectl.toFile().setExecutable(true)).isTrue();
        ProcessBuilder scale = new ProcessBuilder(Path.of("kube", "scale").toString()).redirectErrorStream(true);
        scale.command().addAll(List.of(arguments));
        scale.environment().merge("PATH", folder.toString(), (path, first) -> first + ":" + path);

        Process process = scale.start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return Files.readAllLines(calls);
    }
}
