package io.replicatedlog.api;

import static io.replicatedlog.api.Requests.refuses;
import static io.replicatedlog.api.Requests.utf8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.Seeds;
import io.replicatedlog.node.NodeConfig;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JsonBodyTest {

    private static final NodeConfig CONFIG = Requests.config();
    private static final JsonBody.Member SKIP = (name, value, parser) -> JsonBody.skip(value, parser);

    @Test
    void shouldSkipAnythingThatNestsNoDeeperThanAllowed() {
        for (int depth : new int[] {1, 64, 65, 1_000}) {
            byte[] arrays = utf8("{\"a\":" + "[".repeat(depth) + "]".repeat(depth) + ",\"b\":1}");
            byte[] objects = utf8("{\"a\":" + "{\"a\":".repeat(depth) + "1" + "}".repeat(depth) + ",\"b\":1}");
            for (byte[] body : new byte[][] {arrays, objects}) {
                if (depth <= 64) {
                    assertThatCode(() -> JsonBody.parse(body, SKIP)).doesNotThrowAnyException();
                } else {
                    refuses(ProblemType.BAD_REQUEST, () -> JsonBody.parse(body, SKIP));
                }
            }
        }
    }

    @Test
    void shouldRememberTheNamesOfFewMembersOnly() {
        String members = IntStream.range(0, 65).mapToObj(i -> "\"" + i + "\":1").collect(joining(","));
        byte[] body = utf8("{" + members + "}");

        assertThatThrownBy(() -> JsonBody.parse(body, SKIP))
                .isInstanceOf(BadRequestProblem.class)
                .hasMessageContaining("more than 64 members");
    }

    @Test
    void shouldShowEachMemberOnce() {
        StringBuilder seen = new StringBuilder();
        JsonBody.parse(utf8("{\"a\":{\"x\":[1,2,{}]},\"\":[],\"b\":null}"), (name, value, parser) -> {
            seen.append(name).append(' ').append(value).append(';');
            JsonBody.skip(value, parser);
        });

        assertThat(seen).hasToString("a START_OBJECT; START_ARRAY;b VALUE_NULL;");
    }

    /** Whatever is sent: it is understood, or refused with a problem; nothing else comes of it. */
    @Test
    void shouldAnswerHostileBytesWithNothingButAProblem() {
        byte[] good =
                utf8("{\"message\":\"gr\u00fc\u00df \\ud83d\\ude00\",\"w\":2,\"timeoutMs\":30,\"x\":[{\"y\":1.5e3}]}");
        byte[] signs = utf8("{}[]\",:\\u0e-+.9tfn \ud83d");
        Seeds.each(10_000, random -> {
            byte[] body = good.clone();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                body[random.nextInt(body.length)] = signs[random.nextInt(signs.length)];
            }
            parseOrRefuse(body);
            body = new byte[random.nextInt(30)];
            for (int i = 0; i < body.length; i++) {
                body[i] = signs[random.nextInt(signs.length)];
            }
            parseOrRefuse(body);
        });
    }

    private static void parseOrRefuse(byte[] body) {
        try {
            AppendRequest.parse(body, CONFIG, 3);
        } catch (BadRequestProblem refused) {
            assertThat(refused.type().status()).isBetween(400, 499);
        }
        try {
            ReplicateRequest.parse(body, 100);
        } catch (BadRequestProblem refused) {
            assertThat(refused.type().status()).isBetween(400, 499);
        }
    }
}
