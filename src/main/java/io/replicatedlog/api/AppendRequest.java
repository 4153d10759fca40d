package io.replicatedlog.api;

import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.primary.WriteConcern;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A request to append one message, or several at once. Unknown members of the body are ignored.
 *
 * @param messages in UTF-8, at least one
 * @param isBulk whether the messages were sent as a list
 * @param timeoutMs how long the client waits, in milliseconds; empty for the node's own limit
 */
record AppendRequest(List<byte[]> messages, boolean isBulk, WriteConcern w, OptionalInt timeoutMs) {

    /**
     * Reads one JSON object.
     *
     * @param nodes how many members there are
     * @throws BadRequestProblem if the body is not a valid append
     */
    static AppendRequest parse(byte[] body, NodeConfig config, int nodes) {
        Members members = new Members(config, nodes);
        JsonBody.parse(body, members);
        return members.request();
    }

    /**
     * Reads NDJSON: each line is a message, as a JSON string or an object with {@code message}.
     *
     * @param w as in the JSON form, {@code null} for the default
     * @param timeoutMs as in the JSON form, {@code null} for the node's own limit
     * @param nodes how many members there are
     * @throws BadRequestProblem if the body is not a valid append; the detail names the first invalid line
     */
    static AppendRequest parseLines(byte[] body, String w, String timeoutMs, NodeConfig config, int nodes) {
        WriteConcern writeConcern = w == null
                ? defaultWriteConcern(config, nodes)
                : WriteConcern.parse(w, nodes).orElseThrow(() -> invalidWriteConcern(nodes));
        OptionalInt timeout = OptionalInt.empty();
        if (timeoutMs != null) {
            long number = timeoutMs.matches("[0-9]{1,9}") ? Integer.parseInt(timeoutMs) : -1;
            timeout = OptionalInt.of(validTimeout(number, config));
        }
        AppendMessages messages = new AppendMessages(config);
        messages.readLines(body);
        return new AppendRequest(messages.atLeastOne(), true, writeConcern, timeout);
    }

    private static WriteConcern defaultWriteConcern(NodeConfig config, int nodes) {
        return WriteConcern.parse(config.defaultWriteConcern(), nodes).orElseThrow(() -> invalidWriteConcern(nodes));
    }

    private static BadRequestProblem invalidWriteConcern(int nodes) {
        return new BadRequestProblem(
                ProblemType.INVALID_WRITE_CONCERN,
                "\"w\" must be a whole number from 1 to " + nodes + " (the members), \"majority\" or \"all\"");
    }

    private static int validTimeout(long timeoutMs, NodeConfig config) {
        int maxWaitMs = config.bounds().maxWaitMs();
        if (timeoutMs < 0 || timeoutMs > maxWaitMs) {
            throw new BadRequestProblem(
                    ProblemType.INVALID_TIMEOUT,
                    "\"timeoutMs\" must be a whole number of milliseconds from 0 to " + maxWaitMs);
        }
        return (int) timeoutMs;
    }

    /** Collects the members of the JSON form. */
    private static final class Members implements JsonBody.Member {
        private final NodeConfig config;
        private final int nodes;
        private AppendMessages message;
        private AppendMessages messages;
        private WriteConcern w;
        private OptionalInt timeoutMs = OptionalInt.empty();

        private Members(NodeConfig config, int nodes) {
            this.config = config;
            this.nodes = nodes;
        }

        @Override
        public void read(String name, Event value, JsonParser parser) {
            switch (name) {
                case "message" -> {
                    message = new AppendMessages(config);
                    message.readOne(value, parser);
                }
                case "messages" -> {
                    messages = new AppendMessages(config);
                    messages.readArray(value, parser);
                }
                case "w" -> w = writeConcern(value, parser);
                case "timeoutMs" ->
                    timeoutMs = OptionalInt.of(validTimeout(JsonBody.number(value, parser, Integer.MAX_VALUE), config));
                default -> JsonBody.skip(value, parser);
            }
        }

        private WriteConcern writeConcern(Event value, JsonParser parser) {
            Optional<WriteConcern> parsed = value == Event.VALUE_STRING
                    ? WriteConcern.named(parser.getString(), nodes)
                    : WriteConcern.of(JsonBody.number(value, parser, nodes), nodes);
            return parsed.orElseThrow(() -> invalidWriteConcern(nodes));
        }

        private AppendRequest request() {
            if (message != null && messages != null) {
                throw new BadRequestProblem(
                        ProblemType.INVALID_MESSAGE,
                        "The body has both \"message\" and \"messages\"; send one of them");
            }
            if (message == null && messages == null) {
                throw new BadRequestProblem(
                        ProblemType.INVALID_MESSAGE, "The body has no \"message\"; send {\"message\":\"hello\"}");
            }
            boolean isBulk = messages != null;
            return new AppendRequest(
                    (isBulk ? messages : message).atLeastOne(),
                    isBulk,
                    w != null ? w : defaultWriteConcern(config, nodes),
                    timeoutMs);
        }
    }
}
