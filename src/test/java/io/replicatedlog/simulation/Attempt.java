package io.replicatedlog.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.checker.History;
import io.replicatedlog.primary.WriteConcern;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * One append of a client, of one message or several, under a key, and what the client is told; the first answer counts.
 */
final class Attempt {

    /** On which end of the log it depends. */
    enum Condition {
        NONE,
        /** The one that the primary's log has. */
        TRUE,
        FALSE
    }

    private final List<History.Call> calls;
    private final List<String> texts;
    private final String key;
    private final int w;
    private final OptionalInt timeoutMs;
    private final Condition condition;
    private final boolean isRetried;
    private boolean isSentAgain;
    private boolean given;

    /** @param isRetried whether the client sends it again while it does not know what became of it */
    Attempt(
            List<History.Call> calls,
            List<String> texts,
            String key,
            int w,
            OptionalInt timeoutMs,
            Condition condition,
            boolean isRetried) {
        this.calls = calls;
        this.texts = texts;
        this.key = key;
        this.w = w;
        this.timeoutMs = timeoutMs;
        this.condition = condition;
        this.isRetried = isRetried;
    }

    /** How many messages of the same append follow this one. */
    static int following(String message) {
        int number = message.indexOf('.') + 1;
        return Integer.parseInt(message.substring(number, message.indexOf(':', number))) - 1;
    }

    String key() {
        return key;
    }

    List<byte[]> messages() {
        return texts.stream().map(text -> text.getBytes(UTF_8)).toList();
    }

    WriteConcern w() {
        return new WriteConcern(w);
    }

    OptionalInt timeoutMs() {
        return timeoutMs;
    }

    OptionalLong expectedEnd(long end) {
        return switch (condition) {
            case NONE -> OptionalLong.empty();
            case TRUE -> OptionalLong.of(end);
            case FALSE -> OptionalLong.of(end + 1);
        };
    }

    void assertConditionHeld() {
        assertThat(condition).as("the condition of an append that was taken").isNotEqualTo(Condition.FALSE);
    }

    boolean isRetried() {
        return isRetried;
    }

    /** From here on one refusal says nothing of the others. */
    void sentAgain() {
        isSentAgain = true;
        calls.forEach(History.Call::repeated);
    }

    /** @param last offset of the last message */
    void acknowledged(long last) {
        first(index -> calls.get(index).acknowledged(last - (calls.size() - 1) + index));
    }

    /** @param last offset of the last message */
    void stored(long last, int acks) {
        first(index -> calls.get(index).stored(last - (calls.size() - 1) + index, acks));
    }

    void refused() {
        if (!isSentAgain) {
            first(index -> calls.get(index).refused());
        }
    }

    /** The node says that the outcome is unknown. */
    void nobodyKnows() {
        if (!isRetried) {
            unknown();
        }
    }

    void unknown() {
        first(index -> calls.get(index).unknown());
    }

    boolean isGiven() {
        return given;
    }

    private void first(Consumer<Integer> answer) {
        if (!given) {
            given = true;
            for (int index = 0; index < calls.size(); index++) {
                answer.accept(index);
            }
        }
    }
}
