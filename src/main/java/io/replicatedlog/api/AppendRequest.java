package io.replicatedlog.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.primary.WriteConcern;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What {@code POST /api/v1/append} was asked for: one message, or several at once. Members that are not known are ignored.
 *
 * @param messages UTF-8, at least one
 * @param isBulk whether they were sent as a list, be it of one
 * @param timeoutMs how long the client will wait, in milliseconds; empty: as long as the node lets it
 */
record AppendRequest(List<byte[]> messages, boolean isBulk, WriteConcern w, OptionalInt timeoutMs) {

    /**
     * Reads one JSON object.
     *
     * @throws BadRequestProblem if the body is anything but a possible append
     */
    static AppendRequest parse(byte[] body, NodeConfig config) {
        Members members = new Members(config);
        JsonBody.parse(body, members);
        if (members.message != null && members.messages != null) {
            throw new BadRequestProblem(
                    ProblemType.INVALID_MESSAGE, "The body has \"message\" and \"messages\"; send one of them");
        }
        if (members.message == null && members.messages == null) {
            throw new BadRequestProblem(
                    ProblemType.INVALID_MESSAGE, "The body has no \"message\"; send {\"message\":\"hello\"}");
        }
        boolean isBulk = members.messages != null;
        return new AppendRequest(
                isBulk ? members.messages.atLeastOne() : List.of(members.message),
                isBulk,
                members.w != null ? members.w : defaultWriteConcern(config),
                members.timeoutMs);
    }

    /**
     * Reads NDJSON: on each line a message as a JSON string, or an object with one. Empty lines are passed over.
     *
     * @param w as in the JSON form, {@code null} for the default
     * @param timeoutMs as in the JSON form, {@code null} for none
     * @throws BadRequestProblem if that is anything but a possible append; it names the first line that is wrong
     */
    static AppendRequest parseLines(byte[] body, String w, String timeoutMs, NodeConfig config) {
        WriteConcern writeConcern = w == null
                ? defaultWriteConcern(config)
                : WriteConcern.parse(w, config.nodes()).orElseThrow(() -> impossibleWriteConcern(config));
        OptionalInt timeout = OptionalInt.empty();
        if (timeoutMs != null) {
            int maxWaitMs = config.bounds().maxWaitMs();
            timeout = OptionalInt.of(
                    possibleTimeout(timeoutMs.matches("[0-9]{1,9}") ? Integer.parseInt(timeoutMs) : -1, maxWaitMs));
        }
        Messages messages = new Messages(config);
        int number = 1;
        for (int start = 0; start < body.length; number++) {
            int end = start;
            while (end < body.length && body[end] != '\n') {
                end++;
            }
            try {
                readLine(ByteBuffer.wrap(body, start, end - start), messages);
            } catch (BadRequestProblem e) {
                throw new BadRequestProblem(e.type(), "Line " + number + ": " + e.getMessage());
            }
            start = end + 1;
        }
        return new AppendRequest(messages.atLeastOne(), true, writeConcern, timeout);
    }

    private static void readLine(ByteBuffer line, Messages messages) {
        if (isBlank(line)) {
            return;
        }
        String[] message = {null};
        String otherwise = "it must be one JSON string, or an object such as {\"message\":\"hello\"}";
        JsonBody.parse(line, otherwise, (first, parser) -> {
            if (first == Event.START_OBJECT) {
                JsonBody.readObject(parser, (name, value, rest) -> {
                    switch (name) {
                        case "message" -> message[0] = messages.text(value, rest);
                        case "messages", "w", "timeoutMs" ->
                            throw new BadRequestProblem(
                                    ProblemType.BAD_REQUEST,
                                    "a line has one \"message\"; \"w\" and \"timeoutMs\" go into the query");
                        default -> JsonBody.skip(value, rest);
                    }
                });
            } else {
                message[0] = messages.text(first, parser);
            }
        });
        if (message[0] == null) {
            throw new BadRequestProblem(ProblemType.INVALID_MESSAGE, "it has no \"message\"");
        }
        messages.add(message[0]);
    }

    private static boolean isBlank(ByteBuffer line) {
        for (int i = line.position(); i < line.limit(); i++) {
            if (line.get(i) != ' ' && line.get(i) != '\t' && line.get(i) != '\r') {
                return false;
            }
        }
        return true;
    }

    private static WriteConcern defaultWriteConcern(NodeConfig config) {
        return WriteConcern.parse(config.defaultWriteConcern(), config.nodes()).orElseThrow();
    }

    private static BadRequestProblem impossibleWriteConcern(NodeConfig config) {
        return new BadRequestProblem(
                ProblemType.INVALID_WRITE_CONCERN,
                "\"w\" must be a whole number from 1 to " + config.nodes()
                        + " (the configured nodes), \"majority\" or \"all\"");
    }

    private static int possibleTimeout(long timeout, int maxWaitMs) {
        if (timeout < 0 || timeout > maxWaitMs) {
            throw new BadRequestProblem(
                    ProblemType.INVALID_TIMEOUT,
                    "\"timeoutMs\" must be a whole number of milliseconds from 0 to " + maxWaitMs);
        }
        return (int) timeout;
    }

    /** The messages of one request, within the bounds of one. */
    private static final class Messages {
        private final List<byte[]> messages = new ArrayList<>();
        private final int maxBytes;
        private final int most;

        private Messages(NodeConfig config) {
            this.maxBytes = config.bounds().maxMessageBytes();
            this.most = config.bounds().maxBatchEntries();
        }

        private String text(Event value, JsonParser parser) {
            return JsonBody.message(value, parser, maxBytes);
        }

        private void add(String message) {
            if (messages.size() == most) {
                throw new BadRequestProblem(
                        ProblemType.TOO_LARGE,
                        "A request takes at most " + most + " messages; send the others after it");
            }
            messages.add(message.getBytes(UTF_8));
        }

        private List<byte[]> atLeastOne() {
            if (messages.isEmpty()) {
                throw new BadRequestProblem(
                        ProblemType.INVALID_MESSAGE, "There is no message in the request; send at least one");
            }
            return messages;
        }
    }

    private static final class Members implements JsonBody.Member {
        private final NodeConfig config;
        private byte[] message;
        private Messages messages;
        private WriteConcern w;
        private OptionalInt timeoutMs = OptionalInt.empty();

        private Members(NodeConfig config) {
            this.config = config;
        }

        @Override
        public void read(String name, Event value, JsonParser parser) {
            switch (name) {
                case "message" ->
                    message = JsonBody.message(value, parser, config.bounds().maxMessageBytes())
                            .getBytes(UTF_8);
                case "messages" -> messages = messages(value, parser);
                case "w" -> w = writeConcern(value, parser);
                case "timeoutMs" -> {
                    int maxWaitMs = config.bounds().maxWaitMs();
                    timeoutMs = OptionalInt.of(possibleTimeout(JsonBody.number(value, parser, maxWaitMs), maxWaitMs));
                }
                default -> JsonBody.skip(value, parser);
            }
        }

        private Messages messages(Event value, JsonParser parser) {
            if (value != Event.START_ARRAY) {
                throw new BadRequestProblem(
                        ProblemType.INVALID_MESSAGE, "\"messages\" must be an array of JSON strings");
            }
            Messages several = new Messages(config);
            for (Event next = parser.next(); next != Event.END_ARRAY; next = parser.next()) {
                several.add(several.text(next, parser));
            }
            return several;
        }

        private WriteConcern writeConcern(Event value, JsonParser parser) {
            int nodes = config.nodes();
            Optional<WriteConcern> parsed = value == Event.VALUE_STRING
                    ? WriteConcern.named(parser.getString(), nodes)
                    : WriteConcern.of(JsonBody.number(value, parser, nodes), nodes);
            return parsed.orElseThrow(() -> impossibleWriteConcern(config));
        }
    }
}
