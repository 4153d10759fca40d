package io.replicatedlog.system.operation;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.system.fixture.LibertyCluster;
import io.replicatedlog.system.fixture.LibertyNode;
import io.replicatedlog.system.fixture.SharedCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the cookbook tells a reader to type, and the example in Java, do what they say. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
@ExtendWith(SharedCluster.class)
class DocumentsIT {

    private static final Pattern RECIPE = Pattern.compile("```sh\n(.*?)```\n\n```text\n(.*?)```", Pattern.DOTALL);
    private static final int RECIPES = 10;

    @TempDir
    private Path elsewhere;

    private static LibertyCluster cluster;

    @BeforeAll
    static void useCluster(LibertyCluster shared) {
        cluster = shared;
    }

    @BeforeEach
    void emptyLog() {
        assertThat(cluster.primary().client().post("/api/test/clean", "").status())
                .isEqualTo(200);
        cluster.awaitAllCaughtUp();
    }

    @Test
    void shouldCookAsTheBookSays() throws Exception {
        List<String> urls = cluster.nodes().stream().map(LibertyNode::url).toList();
        int recipes = 0;
        for (Matcher recipe = RECIPE.matcher(Files.readString(Path.of("docs/cookbook.md"))); recipe.find(); recipes++) {
            cluster.awaitAllCaughtUp();
            ProcessBuilder bash = new ProcessBuilder("bash", "-euo", "pipefail", "-c", recipe.group(1));
            bash.directory(elsewhere.toFile());
            bash.environment().putAll(Map.of("LOG", urls.get(0), "READ", urls.get(1)));
            assertThat(output(bash)).as(recipe.group(1)).matches(pattern(recipe.group(2)));
        }
        assertThat(recipes).isEqualTo(RECIPES);
    }

    @Test
    void shouldRunTheExampleInJava() throws Exception {
        String message = "says \"hello\"\n\\";
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();

        String output = output(new ProcessBuilder(
                java,
                "-Dfile.encoding=UTF-8",
                "docs/LogExample.java",
                cluster.primary().url(),
                message));

        assertThat(output).contains("appended: {\"offset\":", "\"message\":\"says \\\"hello\\\"\\n\\\\\"");
    }

    private static String output(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    /** What comes out may end with a line's end, or not. */
    private static Pattern pattern(String expected) {
        String regex =
                Stream.of(expected.strip().split("…", -1)).map(Pattern::quote).collect(joining(".*?"));
        return Pattern.compile("\\s*" + regex + "\\s*", Pattern.DOTALL);
    }
}
