package io.replicatedlog.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.Seeds;
import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What one node writes another reads, and nothing else. */
class WireJsonTest {

    private static final UUID NODE = new UUID(-8, 8);
    private static final Reign REIGN = new Reign(new UUID(1, -1), Long.MAX_VALUE);

    @Test
    void shouldReadTheAcknowledgementThatItWrote() {
        for (long end : new long[] {0, 17, Long.MAX_VALUE}) {
            for (long refill : new long[] {0, 1, Long.MAX_VALUE}) {
                Acknowledgement written = new Acknowledgement(NODE, end, refill);

                assertThat(WireJson.acknowledgement(parse(WireJson.write(written))))
                        .isEqualTo(written);
            }
        }
    }

    @Test
    void shouldReadThePositionThatItWrote() {
        for (Optional<Reign> reign : List.of(Optional.<Reign>empty(), Optional.of(REIGN))) {
            for (boolean isComplete : new boolean[] {true, false}) {
                Position written = new Position(NODE, 5, reign, 2, Long.MAX_VALUE, 4, 3, isComplete);

                assertThat(WireJson.position(parse(WireJson.write(written).toString())))
                        .isEqualTo(written);
            }
        }
    }

    @Test
    void shouldReadTheRequestForAPromiseThatItWrote() {
        for (Optional<UUID> log : List.of(Optional.<UUID>empty(), Optional.of(new UUID(2, 2)))) {
            PromiseRequest written =
                    new PromiseRequest(new Promise(7, NODE), URI.create("https://[::1]:9443/a%20b?c=d"), log);

            assertThat(WireJson.promiseRequest(bytes(WireJson.write(written).toString())))
                    .isEqualTo(written);
        }
    }

    @Test
    void shouldReadTheQuestionThatItWrote() {
        for (Optional<UUID> log : List.of(Optional.<UUID>empty(), Optional.of(new UUID(2, 2)))) {
            Question written = new Question(NODE, URI.create("https://[::1]:9443/a%20b?c=d"), log, 7, Long.MAX_VALUE);

            assertThat(WireJson.question(bytes(WireJson.write(written).toString())))
                    .isEqualTo(written);
        }
    }

    @Test
    void shouldReadTheReadIndexThatItWrote() {
        ReadIndex written = new ReadIndex(REIGN, Long.MAX_VALUE);

        assertThat(WireJson.readIndex(parse(WireJson.write(written).toString())))
                .isEqualTo(written);
        refuses(() -> WireJson.readIndex(parse("{\"committed\":7}")));
        refuses(() -> WireJson.readIndex(WireJson.write(REIGN)));
    }

    @Test
    void shouldReadTheReignThatItWroteAndNothingElse() {
        assertThat(WireJson.reign(bytes(WireJson.write(REIGN).toString()))).isEqualTo(REIGN);

        String valid = WireJson.write(new Reign(new UUID(1, 1), 7)).toString();
        for (String body : List.of(
                "",
                "{",
                "[]",
                "{}",
                "{\"epoch\":7}",
                valid.replace("\"epoch\"", "\"era\""),
                valid.replace(":7", ":7.5"),
                valid.replace("logId\":\"", "logId\":\"x"))) {
            refuses(() -> WireJson.reign(bytes(body)));
        }
    }

    @Test
    void shouldSayNothingOfARefillThatIsOver() {
        assertThat(parse(WireJson.write(new Acknowledgement(NODE, 1, 0)))).doesNotContainKey("refill");
        assertThat(WireJson.acknowledgement(parse("{\"end\":1,\"node\":\"" + NODE + "\"}"))
                        .isComplete())
                .isTrue();
        assertThat(new Acknowledgement(NODE, 1, 77).isComplete()).isFalse();
    }

    @Test
    void shouldReadEveryRefusalThatItWrote() {
        for (Reason reason : Reason.values()) {
            for (Optional<Reign> reign : List.of(Optional.<Reign>empty(), Optional.of(REIGN))) {
                ReplicationRefusedException written =
                        new ReplicationRefusedException(reason, "stop the older primary", reign, 9, 17);

                RuntimeException read = WireJson.failure(
                        409,
                        problem(WireJson.PROBLEM + reason.wireName(), written.getMessage(), WireJson.write(written)));

                assertThat(read).isInstanceOf(ReplicationRefusedException.class).hasMessage("stop the older primary");
                ReplicationRefusedException refused = (ReplicationRefusedException) read;
                assertThat(refused.reason()).isEqualTo(reason);
                assertThat(refused.reign()).isEqualTo(reign);
                assertThat(refused.epoch()).isEqualTo(9);
                assertThat(refused.end()).isEqualTo(17);
            }
        }
    }

    @Test
    void shouldReadTheMismatchThatItWrote() {
        RuntimeException read = WireJson.failure(
                409, problem(WireJson.PROBLEM + "mismatch", "look at 4", WireJson.write(new MismatchException(4, 2))));

        assertThat(read).isInstanceOf(MismatchException.class);
        assertThat(((MismatchException) read).end()).isEqualTo(4);
        assertThat(((MismatchException) read).epoch()).isEqualTo(2);
    }

    @Test
    void shouldTellOfAnyOtherProblemWhatItSays() {
        JsonObject tooLarge = problem(WireJson.PROBLEM + "too-large", "split it", JsonValue.EMPTY_JSON_OBJECT);

        RuntimeException read = WireJson.failure(413, tooLarge);

        assertThat(read)
                .isInstanceOf(NotAcknowledgedException.class)
                .hasMessage("it answered with status 413: split it");
        assertThat(((NotAcknowledgedException) read).isTooLarge()).isTrue();
        assertThat(((NotAcknowledgedException) WireJson.failure(500, tooLarge)).isTooLarge())
                .isFalse();
        assertThat(WireJson.failure(502, JsonValue.EMPTY_JSON_OBJECT))
                .hasMessage("it answered with status 502: no detail");
    }

    @Test
    void shouldIgnoreWhatItDoesNotKnow() {
        assertThat(WireJson.acknowledgement(parse("{\"end\":1,\"node\":\"" + NODE + "\",\"later\":{\"more\":[]}}")))
                .isEqualTo(new Acknowledgement(NODE, 1, 0));
    }

    @Test
    void shouldTakeANodeThatDoesNotSaySoForIncomplete() {
        JsonObject silent = Json.createObjectBuilder(
                        WireJson.write(new Position(NODE, 1, Optional.empty(), 0, 0, 0, 0, true)))
                .remove("complete")
                .build();

        assertThat(WireJson.position(silent).isComplete()).isFalse();
    }

    @Test
    void shouldRefuseAnAnswerWithoutAMemberOrWithAnotherKindOfIt() {
        JsonObject position = WireJson.write(new Position(NODE, 5, Optional.of(REIGN), 1, 4, 3, 2, true));
        for (String member : List.of("node", "promised", "epoch", "matched", "end", "lastEpoch", "committed")) {
            refuses(() -> WireJson.position(
                    Json.createObjectBuilder(position).remove(member).build()));
            refuses(() -> WireJson.position(
                    Json.createObjectBuilder(position).add(member, true).build()));
            refuses(() -> WireJson.position(
                    Json.createObjectBuilder(position).add(member, 1.5).build()));
        }
        refuses(() -> WireJson.acknowledgement(parse("{\"end\":1}")));
        refuses(() -> WireJson.acknowledgement(parse("{\"node\":\"" + NODE + "\"}")));
        refuses(() -> WireJson.acknowledgement(parse("{\"end\":1,\"node\":\"none\"}")));
        refuses(() -> WireJson.acknowledgement(parse("{\"end\":\"1\",\"node\":\"" + NODE + "\"}")));
        refuses(() -> WireJson.acknowledgement(parse("{\"end\":1,\"node\":\"" + NODE + "\",\"refill\":true}")));
        refuses(() -> WireJson.acknowledgement(parse("{\"end\":1e99,\"node\":\"" + NODE + "\"}")));
    }

    /** Members that should be numbers or texts may be anything in what a proxy answers. */
    @Test
    void shouldReadAProblemOfAnyForm() {
        JsonObject strange = parse("{\"type\":7,\"detail\":[],\"end\":\"x\"}");

        assertThat(WireJson.failure(500, strange)).isInstanceOf(NotAcknowledgedException.class);
        refuses(() -> WireJson.failure(409, parse("{\"type\":\"" + WireJson.PROBLEM + "fenced\"}")));
        refuses(() -> WireJson.failure(409, parse("{\"type\":\"" + WireJson.PROBLEM + "mismatch\"}")));
    }

    @Test
    void shouldRefuseARequestForAPromiseThatIsNone() {
        String valid = WireJson.write(new PromiseRequest(
                        new Promise(7, NODE), URI.create("http://candidate:8080"), Optional.of(new UUID(2, 2))))
                .toString();
        List<String> bodies = List.of(
                "",
                "7",
                "[]",
                "null",
                "{",
                "{}",
                valid.replace("\"epoch\":7", "\"epoch\":0"),
                valid.replace("\"epoch\":7", "\"epoch\":-1"),
                valid.replace("\"epoch\":7", "\"epoch\":7.5"),
                valid.replace("\"epoch\":7", "\"epoch\":99999999999999999999"),
                valid.replace("\"epoch\":7", "\"epoch\":\"7\""),
                valid.replace(NODE.toString(), "nobody"),
                valid.replace("http://candidate:8080", "http://a b"),
                valid.replace("logId\":\"", "logId\":\"x"),
                valid.replace("\"candidate\"", "\"who\""),
                valid.replace("\"url\"", "\"where\""));

        assertThat(bodies).allSatisfy(body -> refuses(() -> WireJson.promiseRequest(bytes(body))));
    }

    @Test
    void shouldRefuseAQuestionThatIsNone() {
        String valid = WireJson.write(
                        new Question(NODE, URI.create("http://candidate:8080"), Optional.of(new UUID(2, 2)), 7, 17))
                .toString();
        List<String> bodies = List.of(
                "",
                "7",
                "[]",
                "null",
                "{",
                "{}",
                valid.replace("\"matched\":7", "\"matched\":7.5"),
                valid.replace("\"matched\":7", "\"matched\":\"7\""),
                valid.replace("\"matched\"", "\"known\""),
                valid.replace("\"end\":17", "\"end\":99999999999999999999"),
                valid.replace("\"end\"", "\"until\""),
                valid.replace(NODE.toString(), "nobody"),
                valid.replace("http://candidate:8080", "http://a b"),
                valid.replace("logId\":\"", "logId\":\"x"),
                valid.replace("\"candidate\"", "\"who\""),
                valid.replace("\"url\"", "\"where\""));

        assertThat(bodies).doesNotContain(valid).allSatisfy(body -> refuses(() -> WireJson.question(bytes(body))));
    }

    @Test
    void shouldAnswerHostileBytesWithNothingButARefusal() {
        byte[] valid = bytes(WireJson.write(new PromiseRequest(
                        new Promise(7, NODE), URI.create("http://candidate:8080"), Optional.of(new UUID(2, 2))))
                .toString());
        Seeds.each(2_000, random -> {
            byte[] hostile = valid.clone();
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                hostile[random.nextInt(hostile.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(WireJson.promiseRequest(hostile).promise().epoch()).isPositive();
            } catch (NotAcknowledgedException e) {
                assertThat(e).hasMessageContaining("not understood");
            }
        });
    }

    private static void refuses(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(NotAcknowledgedException.class);
    }

    private static JsonObject problem(String type, String detail, JsonObject members) {
        return Json.createObjectBuilder(members)
                .add("type", type)
                .add("detail", detail)
                .build();
    }

    private static JsonObject parse(String json) {
        try (JsonReader reader = Json.createReader(new StringReader(json))) {
            return reader.readObject();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
