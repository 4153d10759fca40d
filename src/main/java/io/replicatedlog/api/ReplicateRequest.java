package io.replicatedlog.api;

import io.replicatedlog.log.Entry;
import io.replicatedlog.protocol.Reign;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The JSON form of a replicate call: {@code {"order":3,"message":"…"}} or {@code {"entries":[…]}}, where {@code offset} is
 * another name for {@code order}. {@code logId} and {@code epoch} are the sender's reign; without them the entries belong
 * to the reign that the secondary follows.
 */
record ReplicateRequest(Optional<Reign> sender, List<Sent> sent) {

    /** One entry as it was sent. */
    record Sent(long offset, long timestamp, String message) {}

    /** @throws BadRequestProblem if the body is invalid */
    static ReplicateRequest parse(byte[] body, int maxMessageBytes) {
        Members members = new Members(maxMessageBytes);
        JsonBody.parse(body, members);
        return members.request();
    }

    /**
     * The entries to store.
     *
     * @param followed the epoch of the entries if the sender did not name its reign
     */
    List<Entry> entries(long followed) {
        long epoch = sender.map(Reign::epoch).orElse(followed);
        return sent.stream()
                .map(entry -> new Entry(entry.offset(), epoch, entry.timestamp(), "", entry.message()))
                .toList();
    }

    /** Collects the members of one entry. */
    private static class EntryMembers implements JsonBody.Member {
        final int maxMessageBytes;
        private Long offset;
        private long timestamp;
        private String message;

        EntryMembers(int maxMessageBytes) {
            this.maxMessageBytes = maxMessageBytes;
        }

        @Override
        public void read(String name, Event value, JsonParser parser) {
            switch (name) {
                case "order", "offset" -> offset = number(name, value, parser);
                case "timestamp" -> timestamp = number(name, value, parser);
                case "message" -> message = JsonBody.message(value, parser, maxMessageBytes);
                default -> JsonBody.skip(value, parser);
            }
        }

        boolean isEmpty() {
            return offset == null && message == null;
        }

        Sent sent() {
            if (offset == null || message == null) {
                throw bad("An entry needs \"order\" and \"message\"");
            }
            return new Sent(offset, timestamp, message);
        }
    }

    private static final class Members extends EntryMembers {
        private final List<Sent> entries = new ArrayList<>();
        private UUID logId;
        private long epoch;

        private Members(int maxMessageBytes) {
            super(maxMessageBytes);
        }

        @Override
        public void read(String name, Event value, JsonParser parser) {
            switch (name) {
                case "entries" -> readEntries(value, parser);
                case "logId" -> logId = uuid(value, parser);
                case "epoch" -> epoch = number(name, value, parser);
                default -> super.read(name, value, parser);
            }
        }

        private void readEntries(Event value, JsonParser parser) {
            if (value != Event.START_ARRAY) {
                throw bad("\"entries\" must be an array of objects");
            }
            for (Event event = parser.next(); event != Event.END_ARRAY; event = parser.next()) {
                if (event != Event.START_OBJECT) {
                    throw bad("\"entries\" must be an array of objects");
                }
                EntryMembers entry = new EntryMembers(maxMessageBytes);
                JsonBody.readObject(parser, entry);
                entries.add(entry.sent());
            }
        }

        private ReplicateRequest request() {
            if (!isEmpty()) {
                entries.add(sent());
            }
            if (entries.isEmpty()) {
                throw bad("Send {\"order\":3,\"message\":\"hello\"} or {\"entries\":[…]}");
            }
            if ((logId == null) != (epoch == 0)) {
                throw bad("\"logId\" and \"epoch\" (from 1) go together; send both or none");
            }
            return new ReplicateRequest(
                    Optional.ofNullable(logId).map(id -> new Reign(id, epoch)), List.copyOf(entries));
        }
    }

    private static long number(String name, Event value, JsonParser parser) {
        long number = JsonBody.number(value, parser, Long.MAX_VALUE);
        if (number < 0) {
            throw bad("\"" + name + "\" must be a whole number from 0");
        }
        return number;
    }

    private static UUID uuid(Event value, JsonParser parser) {
        try {
            if (value == Event.VALUE_STRING) {
                return UUID.fromString(parser.getString());
            }
        } catch (IllegalArgumentException e) {
            // Same answer as for a value that is not a string.
        }
        throw bad("\"logId\" must be a UUID");
    }

    private static BadRequestProblem bad(String detail) {
        return new BadRequestProblem(ProblemType.BAD_REQUEST, detail);
    }
}
