package io.replicatedlog.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicatedlog.node.NodeConfig;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Reads the messages of one request to append, within the node's bounds. Not thread-safe. */
final class AppendMessages {

    private static final String NOT_A_LINE = "expected a JSON string, or an object such as {\"message\":\"hello\"}";

    private final List<byte[]> messages = new ArrayList<>();
    private final int maxBytes;
    private final int most;

    AppendMessages(NodeConfig config) {
        this.maxBytes = config.bounds().maxMessageBytes();
        this.most = config.bounds().maxBatchEntries();
    }

    /** Reads one JSON string. */
    void readOne(Event value, JsonParser parser) {
        add(text(value, parser));
    }

    /** Reads a JSON array of strings. */
    void readArray(Event value, JsonParser parser) {
        if (value != Event.START_ARRAY) {
            throw new BadRequestProblem(ProblemType.INVALID_MESSAGE, "\"messages\" must be an array of JSON strings");
        }
        for (Event next = parser.next(); next != Event.END_ARRAY; next = parser.next()) {
            readOne(next, parser);
        }
    }

    /** Reads NDJSON; a problem names the first invalid line. Empty lines are skipped. */
    void readLines(byte[] body) {
        int number = 1;
        for (int start = 0; start < body.length; number++) {
            int end = start;
            while (end < body.length && body[end] != '\n') {
                end++;
            }
            try {
                readLine(ByteBuffer.wrap(body, start, end - start));
            } catch (BadRequestProblem e) {
                throw new BadRequestProblem(e.type(), "Line " + number + ": " + e.getMessage());
            }
            start = end + 1;
        }
    }

    /** The messages in UTF-8, at least one. */
    List<byte[]> atLeastOne() {
        if (messages.isEmpty()) {
            throw new BadRequestProblem(ProblemType.INVALID_MESSAGE, "The request has no messages; send at least one");
        }
        return messages;
    }

    private void readLine(ByteBuffer line) {
        if (isBlank(line)) {
            return;
        }
        String[] message = {null};
        JsonBody.parse(line, NOT_A_LINE, (first, parser) -> {
            if (first == Event.START_OBJECT) {
                JsonBody.readObject(parser, (name, value, rest) -> {
                    switch (name) {
                        case "message" -> message[0] = text(value, rest);
                        case "messages", "w", "timeoutMs" ->
                            throw new BadRequestProblem(
                                    ProblemType.BAD_REQUEST,
                                    "a line has one \"message\"; send \"w\" and \"timeoutMs\" in the query");
                        default -> JsonBody.skip(value, rest);
                    }
                });
            } else {
                message[0] = text(first, parser);
            }
        });
        if (message[0] == null) {
            throw new BadRequestProblem(ProblemType.INVALID_MESSAGE, "\"message\" is missing");
        }
        add(message[0]);
    }

    private static boolean isBlank(ByteBuffer line) {
        for (int i = line.position(); i < line.limit(); i++) {
            if (line.get(i) != ' ' && line.get(i) != '\t' && line.get(i) != '\r') {
                return false;
            }
        }
        return true;
    }

    private String text(Event value, JsonParser parser) {
        return JsonBody.message(value, parser, maxBytes);
    }

    private void add(String message) {
        if (messages.size() == most) {
            throw new BadRequestProblem(
                    ProblemType.TOO_LARGE,
                    "A request takes at most " + most + " messages; send the rest in another request");
        }
        messages.add(message.getBytes(UTF_8));
    }
}
