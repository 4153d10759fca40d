package io.replicatedlog.api;

import io.replicatedlog.cluster.NodeConfig;
import io.replicatedlog.replication.WriteConcern;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What {@code POST /api/v1/append} was asked for. Members that are not known are ignored.
 *
 * @param timeoutMs how long the client will wait, in milliseconds; empty: as long as the node lets it
 */
record AppendRequest(String message, WriteConcern w, OptionalInt timeoutMs) {

    /** @throws BadRequestProblem if the body is anything but a possible append */
    static AppendRequest parse(byte[] body, NodeConfig config) {
        Members members = new Members(config);
        JsonBody.parse(body, members);
        if (members.message == null) {
            throw new BadRequestProblem(
                    ProblemType.INVALID_MESSAGE, "The body has no \"message\"; send {\"message\":\"hello\"}");
        }
        WriteConcern w = members.w != null ? members.w : defaultWriteConcern(config);
        return new AppendRequest(members.message, w, members.timeoutMs);
    }

    private static WriteConcern defaultWriteConcern(NodeConfig config) {
        return WriteConcern.parse(config.defaultWriteConcern(), config.nodes()).orElseThrow();
    }

    private static final class Members implements JsonBody.Member {
        private final NodeConfig config;
        private String message;
        private WriteConcern w;
        private OptionalInt timeoutMs = OptionalInt.empty();

        private Members(NodeConfig config) {
            this.config = config;
        }

        @Override
        public void read(String name, Event value, JsonParser parser) {
            switch (name) {
                case "message" ->
                    message = JsonBody.message(value, parser, config.bounds().maxMessageBytes());
                case "w" -> w = writeConcern(value, parser);
                case "timeoutMs" -> timeoutMs = OptionalInt.of(timeout(value, parser));
                default -> JsonBody.skip(value, parser);
            }
        }

        private WriteConcern writeConcern(Event value, JsonParser parser) {
            int nodes = config.nodes();
            Optional<WriteConcern> parsed = value == Event.VALUE_STRING
                    ? WriteConcern.named(parser.getString(), nodes)
                    : WriteConcern.of(JsonBody.number(value, parser, nodes), nodes);
            return parsed.orElseThrow(() -> new BadRequestProblem(
                    ProblemType.INVALID_WRITE_CONCERN,
                    "\"w\" must be a whole number from 1 to " + nodes
                            + " (the configured nodes), \"majority\" or \"all\""));
        }

        private int timeout(Event value, JsonParser parser) {
            int maxWaitMs = config.bounds().maxWaitMs();
            long timeout = JsonBody.number(value, parser, maxWaitMs);
            if (timeout < 0) {
                throw new BadRequestProblem(
                        ProblemType.INVALID_TIMEOUT,
                        "\"timeoutMs\" must be a whole number of milliseconds from 0 to " + maxWaitMs);
            }
            return (int) timeout;
        }
    }
}
