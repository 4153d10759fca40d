package io.replicatedlog.api;

import static io.replicatedlog.api.Requests.refuses;
import static io.replicatedlog.api.Requests.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.api.ReplicateRequest.Sent;
import io.replicatedlog.log.Entry;
import io.replicatedlog.protocol.Reign;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicateRequestTest {

    private static final UUID LOG_ID = UUID.fromString("0f0e0d0c-0b0a-0908-0706-050403020100");

    @Test
    void shouldTakeOneEntryFromWhoeverSendsIt() {
        ReplicateRequest request = parse("{\"order\":3,\"message\":\"hello\"}");

        assertThat(request.sent()).containsExactly(new Sent(3, 0, "hello"));
        assertThat(request.sender()).isEmpty();
        assertThat(request.entries(7)).containsExactly(new Entry(3, 7, 0, "", "hello"));
    }

    @Test
    void shouldTakeSeveralEntriesInTheOrderThatTheyAreSent() {
        ReplicateRequest request = parse("{\"entries\":[{\"order\":4,\"message\":\"b\"},"
                + "{\"message\":\"a\",\"offset\":3,\"timestamp\":1700000000000,\"x\":[1]}]}");

        assertThat(request.sent()).containsExactly(new Sent(4, 0, "b"), new Sent(3, 1_700_000_000_000L, "a"));
    }

    @Test
    void shouldTakeTheEpochOfTheSenderThatNamesItself() {
        ReplicateRequest request =
                parse("{\"epoch\":5,\"offset\":0,\"message\":\"\",\"logId\":\"" + LOG_ID + "\",\"timestamp\":9}");

        assertThat(request.sender()).contains(new Reign(LOG_ID, 5));
        assertThat(request.entries(7)).containsExactly(new Entry(0, 5, 9, "", ""));
    }

    @Test
    void shouldTakeAnyTextAsItIs() {
        String message = "\u0000 \"\\ \ud83d\ude00" + "x".repeat(500_000);
        String json = message.replace("\\", "\\\\").replace("\"", "\\\"").replace("\u0000", "\\u0000");

        assertThat(parse("{\"order\":0,\"message\":\"" + json + "\"}").sent()).containsExactly(new Sent(0, 0, message));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"order\":3}",
                "{\"message\":\"a\"}",
                "{\"entries\":[]}",
                "{\"entries\":{}}",
                "{\"entries\":null}",
                "{\"entries\":\"a\"}",
                "{\"entries\":[1]}",
                "{\"entries\":[[]]}",
                "{\"entries\":[null]}",
                "{\"entries\":[{}]}",
                "{\"entries\":[{\"order\":1}]}",
                "{\"entries\":[{\"message\":\"a\"}]}",
                "{\"entries\":[{\"order\":1,\"message\":\"a\"},{\"order\":2}]}",
                "{\"order\":3,\"entries\":[{\"order\":1,\"message\":\"a\"}]}"
            })
    void shouldRefuseWhatIsNoEntry(String body) {
        refuses(ProblemType.BAD_REQUEST, () -> parse(body));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.5", "1e2", "\"3\"", "null", "[]", "{}", "true", "9223372036854775808"})
    void shouldRefuseNumbersThatAreNone(String number) {
        refuses(ProblemType.BAD_REQUEST, () -> parse("{\"order\":" + number + ",\"message\":\"a\"}"));
        refuses(ProblemType.BAD_REQUEST, () -> parse("{\"offset\":" + number + ",\"message\":\"a\"}"));
        refuses(
                ProblemType.BAD_REQUEST,
                () -> parse("{\"entries\":[{\"order\":1,\"message\":\"a\",\"timestamp\":" + number + "}]}"));
        refuses(
                ProblemType.BAD_REQUEST,
                () -> parse("{\"order\":1,\"message\":\"a\",\"logId\":\"" + LOG_ID + "\",\"epoch\":" + number + "}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"logId\":\"0f0e0d0c-0b0a-0908-0706-050403020100\"",
                "\"epoch\":1",
                "\"logId\":\"0f0e0d0c-0b0a-0908-0706-050403020100\",\"epoch\":0",
                "\"logId\":\"mine\",\"epoch\":1",
                "\"logId\":7,\"epoch\":1",
                "\"logId\":null,\"epoch\":1"
            })
    void shouldRefuseASenderThatNamesItselfOnlyInPart(String sender) {
        refuses(ProblemType.BAD_REQUEST, () -> parse("{\"order\":1,\"message\":\"a\"," + sender + "}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "1", "[]", "{}", "\"\\ud83d\"", "\"a\\ude00\""})
    void shouldRefuseAMessageThatIsNoText(String message) {
        refuses(ProblemType.INVALID_MESSAGE, () -> parse("{\"order\":1,\"message\":" + message + "}"));
        refuses(ProblemType.INVALID_MESSAGE, () -> parse("{\"entries\":[{\"order\":1,\"message\":" + message + "}]}"));
    }

    @Test
    void shouldRefuseAMessageThatIsTooLarge() {
        String message = "x".repeat(Requests.MAX_MESSAGE_BYTES + 1);

        refuses(ProblemType.TOO_LARGE, () -> parse("{\"order\":1,\"message\":\"" + message + "\"}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"order\":1,\"order\":1,\"message\":\"a\"}",
                "{\"entries\":[{\"order\":1,\"message\":\"a\",\"message\":\"b\"}]}",
                "{\"entries\":[{\"order\":1,\"message\":\"a\"}],\"entries\":[{\"order\":2,\"message\":\"a\"}]}"
            })
    void shouldRefuseAMemberThatComesTwice(String body) {
        refuses(ProblemType.BAD_REQUEST, () -> parse(body));
    }

    @Test
    void shouldAllowTheSameMembersInEachEntry() {
        assertThat(parse("{\"entries\":[{\"order\":1,\"message\":\"a\"},{\"order\":1,\"message\":\"a\"}]}")
                        .sent())
                .hasSize(2);
    }

    @ParameterizedTest
    @MethodSource("io.replicatedlog.api.Requests#notOneObject")
    void shouldRefuseWhatIsNotOneObject(String body) {
        refuses(ProblemType.BAD_REQUEST, () -> parse(body));
    }

    @Test
    void shouldRefuseBytesThatAreNoUtf8() {
        Requests.notUtf8()
                .forEach(body -> refuses(
                        ProblemType.BAD_REQUEST, () -> ReplicateRequest.parse(body, Requests.MAX_MESSAGE_BYTES)));
    }

    @Test
    void shouldRefuseWhatNestsTooDeeply() {
        Requests.deeplyNested().forEach(body -> {
            ProblemType type =
                    body.startsWith("{\"message\":[") ? ProblemType.INVALID_MESSAGE : ProblemType.BAD_REQUEST;
            refuses(type, () -> parse(body));
        });
    }

    private static ReplicateRequest parse(String body) {
        return ReplicateRequest.parse(utf8(body), Requests.MAX_MESSAGE_BYTES);
    }
}
