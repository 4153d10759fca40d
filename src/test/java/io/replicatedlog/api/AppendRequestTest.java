package io.replicatedlog.api;

import static io.replicatedlog.api.Requests.refuses;
import static io.replicatedlog.api.Requests.utf8;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.NodeConfigReader;
import io.replicatedlog.primary.WriteConcern;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AppendRequestTest {

    private static final NodeConfig CONFIG = Requests.config();
    private static final int NODES = 3;

    @Test
    void shouldTakeAMessageAloneAndFillInTheDefaults() {
        AppendRequest request = parse("{\"message\":\"hello\"}");

        assertThat(texts(request)).containsExactly("hello");
        assertThat(request.isBulk()).isFalse();
        assertThat(request.w()).isEqualTo(new WriteConcern(2));
        assertThat(request.timeoutMs()).isEmpty();
    }

    @Test
    void shouldTakeEverythingThatCanBeAsked() {
        AppendRequest request = parse(" {\"timeoutMs\":3000,\r\n\t\"w\":3,\"message\":\"hello\"} \n");

        assertThat(texts(request)).containsExactly("hello");
        assertThat(request.w()).isEqualTo(new WriteConcern(3));
        assertThat(request.timeoutMs()).hasValue(3_000);
    }

    @ParameterizedTest
    @CsvSource({"all,3", "1,1", "3,3", "+3,3"})
    void shouldFillInTheWriteConcernThatIsConfigured(String configured, int nodes) {
        Map<String, String> values =
                Map.of("SECONDARY_URLS", "http://a:1,http://b:1", "replicatedlog.default-write-concern", configured);
        NodeConfig config =
                new NodeConfigReader(name -> Optional.ofNullable(values.get(name)), 1 << 30, type -> false).read();

        assertThat(AppendRequest.parse(utf8("{\"message\":\"a\"}"), config, NODES)
                        .w())
                .isEqualTo(new WriteConcern(nodes));
    }

    /** They may be others than this node was configured with. */
    @Test
    void shouldCountTheMembersThatThereAre() {
        byte[] all = utf8("{\"message\":\"a\",\"w\":\"all\"}");
        byte[] five = utf8("{\"message\":\"a\",\"w\":5}");
        byte[] byDefault = utf8("{\"message\":\"a\"}");

        assertThat(AppendRequest.parse(all, CONFIG, 5).w()).isEqualTo(new WriteConcern(5));
        assertThat(AppendRequest.parse(five, CONFIG, 5).w()).isEqualTo(new WriteConcern(5));
        assertThat(AppendRequest.parse(byDefault, CONFIG, 5).w()).isEqualTo(new WriteConcern(3));
        refuses(ProblemType.INVALID_WRITE_CONCERN, () -> AppendRequest.parse(five, CONFIG, 4));
        assertThat(AppendRequest.parseLines(utf8("\"a\""), "5", null, CONFIG, 5).w())
                .isEqualTo(new WriteConcern(5));
        refuses(ProblemType.INVALID_WRITE_CONCERN, () -> AppendRequest.parseLines(utf8("\"a\""), "5", null, CONFIG, 4));
    }

    /** The number was right for as many members as there were when it was configured. */
    @Test
    void shouldRefuseADefaultWriteConcernThatTheMembersCannotMeet() {
        Map<String, String> values =
                Map.of("SECONDARY_URLS", "http://a:1,http://b:1", "replicatedlog.default-write-concern", "3");
        NodeConfig config =
                new NodeConfigReader(name -> Optional.ofNullable(values.get(name)), 1 << 30, type -> false).read();

        refuses(ProblemType.INVALID_WRITE_CONCERN, () -> AppendRequest.parse(utf8("{\"message\":\"a\"}"), config, 2));
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "3,3", "'\"majority\"',2", "'\"all\"',3"})
    void shouldTakeEveryWriteConcernThatThereIs(String w, int nodes) {
        assertThat(parse("{\"message\":\"a\",\"w\":" + w + "}").w()).isEqualTo(new WriteConcern(nodes));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-1",
                "-0",
                "4",
                "1099511627776",
                "4294967297",
                "18446744073709551617",
                "2.5",
                "2.0",
                "2e0",
                "1e999999999",
                "\"most\"",
                "\"2\"",
                "\"\"",
                "\"ALL\"",
                "[1]",
                "[]",
                "{}",
                "{\"w\":1}",
                "null",
                "true"
            })
    void shouldRefuseAWriteConcernThatThereIsNot(String w) {
        refuses(ProblemType.INVALID_WRITE_CONCERN, () -> parse("{\"message\":\"a\",\"w\":" + w + "}"));
        refuses(ProblemType.INVALID_WRITE_CONCERN, () -> parse("{\"w\":" + w + ",\"message\":\"a\"}"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3_000, Requests.MAX_WAIT_MS})
    void shouldTakeATimeoutWithinItsBounds(int timeoutMs) {
        assertThat(parse("{\"message\":\"a\",\"timeoutMs\":" + timeoutMs + "}").timeoutMs())
                .hasValue(timeoutMs);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"-1", "60001", "4294967296", "1e3", "1.5", "99999999999999999999", "\"3000\"", "null", "[]", "{}"
            })
    void shouldRefuseATimeoutThatIsNotPossible(String timeoutMs) {
        refuses(ProblemType.INVALID_TIMEOUT, () -> parse("{\"message\":\"a\",\"timeoutMs\":" + timeoutMs + "}"));
    }

    @Test
    void shouldTakeAnyTextAsItIs() {
        assertThat(message("\"\"")).isEmpty();
        assertThat(message("\"\\u0000\"")).isEqualTo("\u0000");
        assertThat(message("\"say \\\"hi\\\" \\\\ \\/ \\b\\f\\n\\r\\t\"")).isEqualTo("say \"hi\" \\ / \b\f\n\r\t");
        assertThat(message("\"\ud83d\ude00 gr\u00fc\u00df\"")).isEqualTo("\ud83d\ude00 gr\u00fc\u00df");
        assertThat(message("\"\\ud83d\\uDE00\"")).isEqualTo("\ud83d\ude00");
        assertThat(message("\" \u2028\ufeff\uffff \"")).isEqualTo(" \u2028\ufeff\uffff ");
        assertThat(message("\"" + "x".repeat(500_000) + "\"")).hasSize(500_000).containsOnlyOnce("x".repeat(500_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "1", "1.5", "true", "[]", "[\"a\"]", "{}", "{\"a\":1}"})
    void shouldRefuseAMessageThatIsNoText(String message) {
        refuses(ProblemType.INVALID_MESSAGE, () -> message(message));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"w\":1}", "{\"Message\":\"a\"}", "{\"x\":{\"message\":\"a\"}}"})
    void shouldRefuseABodyWithoutAMessage(String body) {
        refuses(ProblemType.INVALID_MESSAGE, () -> parse(body));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\ud83d", "\\ude00", "a\\ud83d", "\\ud83dx", "\\ude00\\ud83d", "\\ud83d\\ud83d\\ude00"})
    void shouldRefuseHalfOfASurrogatePair(String text) {
        refuses(ProblemType.INVALID_MESSAGE, () -> message("\"" + text + "\""));
    }

    @Test
    void shouldMeasureAMessageInBytesOfUtf8() {
        int max = Requests.MAX_MESSAGE_BYTES;
        for (String character : new String[] {"x", "\u00fc", "\u20ac", "\ud83d\ude00"}) {
            String fits = character.repeat(max / utf8(character).length);

            assertThat(message("\"" + fits + "\"")).isEqualTo(fits);
            refuses(ProblemType.TOO_LARGE, () -> message("\"" + fits + "x\""));
        }
    }

    @Test
    void shouldIgnoreMembersThatItDoesNotKnow() {
        assertThat(texts(parse("{\"a\":null,\"b\":[1,{\"message\":\"no\",\"w\":[]}],\"c\":{\"w\":9},\"d\":1e999999999,"
                        + "\"message\":\"yes\",\"e\":\"\\ud83d\",\"\":true}")))
                .containsExactly("yes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"message\":\"a\",\"message\":\"a\"}",
                "{\"message\":\"a\",\"w\":1,\"w\":1}",
                "{\"message\":\"a\",\"x\":1,\"x\":2}",
                "{\"message\":\"a\",\"\\u006dessage\":\"b\"}"
            })
    void shouldRefuseAMemberThatComesTwice(String body) {
        refuses(ProblemType.BAD_REQUEST, () -> parse(body));
    }

    @ParameterizedTest
    @MethodSource("io.replicatedlog.api.Requests#notOneObject")
    void shouldRefuseWhatIsNotOneObject(String body) {
        refuses(ProblemType.BAD_REQUEST, () -> parse(body));
    }

    @Test
    void shouldRefuseBytesThatAreNoUtf8() {
        Requests.notUtf8()
                .forEach(body -> refuses(ProblemType.BAD_REQUEST, () -> AppendRequest.parse(body, CONFIG, NODES)));
    }

    @Test
    void shouldRefuseWhatNestsTooDeeply() {
        Requests.deeplyNested().forEach(body -> {
            ProblemType type =
                    body.startsWith("{\"message\":[") ? ProblemType.INVALID_MESSAGE : ProblemType.BAD_REQUEST;
            refuses(type, () -> parse(body));
        });
    }

    @Test
    void shouldTakeSeveralMessages() {
        AppendRequest request = parse("{\"w\":3,\"messages\":[\"a\",\"\",\"gr\u00fc\u00df\"]}");

        assertThat(texts(request)).containsExactly("a", "", "gr\u00fc\u00df");
        assertThat(request.isBulk()).isTrue();
        assertThat(request.w()).isEqualTo(new WriteConcern(3));
        assertThat(parse("{\"messages\":[\"one\"]}").isBulk()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"messages\":[]}",
                "{\"messages\":null}",
                "{\"messages\":\"a\"}",
                "{\"messages\":[\"a\",1]}",
                "{\"messages\":[[\"a\"]]}",
                "{\"messages\":[{\"message\":\"a\"}]}",
                "{\"messages\":[\"a\"],\"message\":\"b\"}",
                "{\"message\":\"b\",\"messages\":[\"a\"]}"
            })
    void shouldRefuseWhatIsNoListOfMessages(String body) {
        refuses(ProblemType.INVALID_MESSAGE, () -> parse(body));
    }

    @Test
    void shouldTakeAMessageOnEachLine() {
        AppendRequest request = lines("\"a\"\n{\"message\":\"b\",\"x\":[1]}\r\n\n \t\n  \"c\\nd\"", "3", "30");

        assertThat(texts(request)).containsExactly("a", "b", "c\nd");
        assertThat(request.isBulk()).isTrue();
        assertThat(request.w()).isEqualTo(new WriteConcern(3));
        assertThat(request.timeoutMs()).hasValue(30);
        assertThat(lines("\"a\"\n", "all", null).w()).isEqualTo(new WriteConcern(3));
        assertThat(lines("\"a\"\n", null, null).w()).isEqualTo(new WriteConcern(2));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BAD_REQUEST | hello",
                "BAD_REQUEST | \"a\" \"b\"",
                "BAD_REQUEST | {\"message\":\"a\",\"w\":3}",
                "BAD_REQUEST | {\"message\":\"a\",\"timeoutMs\":3}",
                "BAD_REQUEST | {\"messages\":[\"a\"]}",
                "BAD_REQUEST | \"a",
                "BAD_REQUEST | {\"message\":\"a\"",
                "BAD_REQUEST | {\"message\":\"a\",\"message\":\"b\"}",
                "INVALID_MESSAGE | 1",
                "INVALID_MESSAGE | [\"a\"]",
                "INVALID_MESSAGE | {}",
                "INVALID_MESSAGE | {\"message\":null}",
                "INVALID_MESSAGE | \"\\ud83d\""
            })
    void shouldNameTheLineThatIsWrong(ProblemType type, String line) {
        assertThatThrownBy(() -> lines("\"good\"\n\n" + line + "\n\"good\"\n", null, null))
                .isInstanceOfSatisfying(BadRequestProblem.class, refused -> {
                    assertThat(refused.type()).isEqualTo(type);
                    assertThat(refused).hasMessageStartingWith("Line 3: ");
                });
    }

    @Test
    void shouldRefuseLinesThatAreNoUtf8OrTooMany() {
        byte[] wrong = utf8("\"a\"\n\"..\"\n");
        wrong[5] = (byte) 0xff;
        refuses(ProblemType.BAD_REQUEST, () -> AppendRequest.parseLines(wrong, null, null, CONFIG, NODES));
        refuses(ProblemType.INVALID_MESSAGE, () -> lines("\n \n", null, null));
        int most = CONFIG.bounds().maxBatchEntries();
        assertThat(texts(lines("\"\"\n".repeat(most), null, null))).hasSize(most);
        refuses(ProblemType.TOO_LARGE, () -> lines("\"\"\n".repeat(most + 1), null, null));
        refuses(ProblemType.TOO_LARGE, () -> parse("{\"messages\":[" + "\"\",".repeat(most) + "\"\"]}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "4", "-1", "most", "2.0", "99999999999"})
    void shouldRefuseAWriteConcernOfLinesThatThereIsNot(String w) {
        refuses(ProblemType.INVALID_WRITE_CONCERN, () -> lines("\"a\"", w, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "60001", "1e3", "99999999999"})
    void shouldRefuseATimeoutOfLinesThatIsNotPossible(String timeoutMs) {
        refuses(ProblemType.INVALID_TIMEOUT, () -> lines("\"a\"", null, timeoutMs));
    }

    private static AppendRequest lines(String body, String w, String timeoutMs) {
        return AppendRequest.parseLines(utf8(body), w, timeoutMs, CONFIG, NODES);
    }

    private static List<String> texts(AppendRequest request) {
        return request.messages().stream()
                .map(message -> new String(message, UTF_8))
                .toList();
    }

    private static String message(String json) {
        return texts(parse("{\"message\":" + json + "}")).get(0);
    }

    private static AppendRequest parse(String body) {
        return AppendRequest.parse(utf8(body), CONFIG, NODES);
    }
}
