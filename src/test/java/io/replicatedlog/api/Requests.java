package io.replicatedlog.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.NodeConfigReader;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Bodies for tests, and what is common to whatever reads them. */
final class Requests {

    static final int MAX_MESSAGE_BYTES = 600_000;
    static final int MAX_WAIT_MS = 60_000;

    private static final int DEEP = 100_000;

    private Requests() {}

    /** A primary of three nodes. */
    static NodeConfig config() {
        Map<String, String> values = Map.of(
                "SECONDARY_URLS", "http://a:1,http://b:1",
                "replicatedlog.max-message-bytes", String.valueOf(MAX_MESSAGE_BYTES),
                "replicatedlog.max-wait-ms", String.valueOf(MAX_WAIT_MS));
        return new NodeConfigReader(name -> Optional.ofNullable(values.get(name)), 1 << 30, type -> false).read();
    }

    /** Bodies that are not one JSON object and nothing else. */
    static Stream<String> notOneObject() {
        return Stream.of(
                "",
                " ",
                "\n",
                "{",
                "}",
                "[]",
                "[{\"message\":\"a\",\"order\":1}]",
                "null",
                "true",
                "1",
                "\"message\"",
                "message=hello",
                "{\"message\"",
                "{\"message\":",
                "{\"message\":\"a",
                "{\"message\":\"a\",\"order\":1",
                "{\"message\":\"a\",\"order\":1,}",
                "{\"message\":\"a\",\"order\":1]",
                "{\"message\":\"a\" \"order\":1}",
                "{message:\"a\",\"order\":1}",
                "{'message':'a','order':1}",
                "{\"message\":\"a\",\"order\":1}x",
                "{\"message\":\"a\",\"order\":1} {}",
                "{\"message\":\"a\",\"order\":1}]",
                "{\"message\":\"a\",\"order\":1}\u0000",
                "{\"message\":\"a\\x\",\"order\":1}",
                "{\"message\":\"a\nb\",\"order\":1}",
                "{\"message\":\"\\ud8\",\"order\":1}",
                "{\"order\":1,\"message\":\"a\",\"x\":nul}",
                "{\"order\":1,\"message\":\"a\",\"x\":01}",
                "\ufeff{\"message\":\"a\",\"order\":1}");
    }

    /** Bodies that nest deeper than anybody needs. */
    static Stream<String> deeplyNested() {
        return Stream.of(
                "[".repeat(DEEP),
                "[".repeat(DEEP) + "]".repeat(DEEP),
                "{\"a\":".repeat(DEEP) + "1" + "}".repeat(DEEP),
                "{\"message\":\"a\",\"order\":1,\"x\":" + "[".repeat(DEEP) + "]".repeat(DEEP) + "}",
                "{\"message\":\"a\",\"order\":1,\"x\":" + "{\"x\":".repeat(DEEP) + "1" + "}".repeat(DEEP) + "}",
                "{\"message\":" + "[".repeat(DEEP) + "]".repeat(DEEP) + ",\"order\":1}",
                "{\"entries\":" + "[".repeat(DEEP) + "]".repeat(DEEP) + "}",
                "{\"message\":\"a\",\"order\":1,\"x\":" + "[".repeat(DEEP));
    }

    /** A body with a message that holds bytes which are no UTF-8. */
    static Stream<byte[]> notUtf8() {
        return Stream.of(
                        new int[] {0xff},
                        new int[] {0xc3},
                        new int[] {0x80},
                        new int[] {0xc0, 0x80},
                        new int[] {0xed, 0xa0, 0x80},
                        new int[] {0xf4, 0x90, 0x80, 0x80},
                        new int[] {0xe2, 0x82})
                .map(wrong -> {
                    byte[] body = utf8("{\"order\":1,\"message\":\"....\"}");
                    for (int i = 0; i < wrong.length; i++) {
                        body[body.length - 6 + i] = (byte) wrong[i];
                    }
                    return body;
                });
    }

    static byte[] utf8(String body) {
        return body.getBytes(UTF_8);
    }

    /** Nothing but a problem of this type may come of it, and its detail tells what to do. */
    static void refuses(ProblemType type, ThrowingCallable parse) {
        Throwable thrown = catchThrowableOfType(Throwable.class, parse);

        assertThat(thrown).isInstanceOf(BadRequestProblem.class);
        assertThat(((BadRequestProblem) thrown).type()).isEqualTo(type);
        assertThat(thrown.getMessage()).hasSizeBetween(10, 300);
    }
}
