package io.replicatedlog.protocol;

import io.replicatedlog.protocol.ReplicationRefusedException.Reason;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * The JSON that nodes send to each other, beside the binary {@link Batch}: written and read here alone. Members of an answer
 * that are not known are ignored; a member that is missing or of another kind is a {@link NotAcknowledgedException}.
 * Stateless.
 */
public final class WireJson {

    /** What precedes the name of a problem in its {@code type}. */
    public static final String PROBLEM = "urn:replicated-log:problem:";

    private static final String MISMATCH = PROBLEM + "mismatch";

    private WireJson() {}

    /** As text: once for each batch. */
    public static String write(Acknowledgement acknowledgement) {
        String refill = acknowledgement.isComplete() ? "" : ",\"refill\":" + acknowledgement.refill();
        return "{\"end\":" + acknowledgement.end() + ",\"node\":\"" + acknowledgement.node() + "\"" + refill + "}";
    }

    public static Acknowledgement acknowledgement(JsonObject json) {
        return new Acknowledgement(
                uuid(json, "node"), number(json, "end"), json.containsKey("refill") ? number(json, "refill") : 0);
    }

    public static JsonObject write(Position position) {
        JsonObjectBuilder json = Json.createObjectBuilder()
                .add("node", position.node().toString())
                .add("promised", position.promised());
        position.reign().ifPresent(reign -> add(json, reign));
        return json.add("matched", position.matched())
                .add("end", position.end())
                .add("lastEpoch", position.lastEpoch())
                .add("committed", position.committed())
                .add("complete", position.isComplete())
                .build();
    }

    public static Position position(JsonObject json) {
        return new Position(
                uuid(json, "node"),
                number(json, "promised"),
                reign(json),
                number(json, "matched"),
                number(json, "end"),
                number(json, "lastEpoch"),
                number(json, "committed"),
                json.getBoolean("complete", false));
    }

    public static JsonObject write(PromiseRequest request) {
        JsonObjectBuilder json = Json.createObjectBuilder()
                .add("epoch", request.promise().epoch())
                .add("candidate", request.promise().candidate().toString())
                .add("url", request.url().toString());
        request.logId().ifPresent(log -> json.add("logId", log.toString()));
        return json.build();
    }

    /** @throws NotAcknowledgedException if the body is anything else */
    public static PromiseRequest promiseRequest(byte[] body) {
        return read(body, "a request for a promise", json -> {
            long epoch = number(json, "epoch");
            if (epoch < 1) {
                throw bad("\"epoch\" must be at least 1");
            }
            return new PromiseRequest(
                    new Promise(epoch, uuid(json, "candidate")),
                    URI.create(string(json, "url")),
                    json.containsKey("logId") ? Optional.of(uuid(json, "logId")) : Optional.empty());
        });
    }

    public static JsonObject write(Question question) {
        JsonObjectBuilder json = Json.createObjectBuilder()
                .add("candidate", question.candidate().toString())
                .add("url", question.url().toString())
                .add("matched", question.matched())
                .add("end", question.end());
        question.logId().ifPresent(log -> json.add("logId", log.toString()));
        return json.build();
    }

    /** @throws NotAcknowledgedException if the body is anything else */
    public static Question question(byte[] body) {
        return read(
                body,
                "a question",
                json -> new Question(
                        uuid(json, "candidate"),
                        URI.create(string(json, "url")),
                        json.containsKey("logId") ? Optional.of(uuid(json, "logId")) : Optional.empty(),
                        number(json, "matched"),
                        number(json, "end")));
    }

    private static <T> T read(byte[] body, String what, Function<JsonObject, T> read) {
        try (JsonReader reader = Json.createReader(new ByteArrayInputStream(body))) {
            return read.apply(reader.readObject());
        } catch (JsonException | IllegalArgumentException | IllegalStateException e) {
            throw bad("the body is not " + what);
        }
    }

    public static JsonObject write(Reign reign) {
        JsonObjectBuilder json = Json.createObjectBuilder();
        add(json, reign);
        return json.build();
    }

    /** @throws NotAcknowledgedException if the body is anything else */
    public static Reign reign(byte[] body) {
        return read(body, "a reign", json -> reign(json).orElseThrow(() -> bad("\"logId\" is missing")));
    }

    public static JsonObject write(ReadIndex index) {
        JsonObjectBuilder json = Json.createObjectBuilder();
        add(json, index.reign());
        return json.add("committed", index.offset()).build();
    }

    public static ReadIndex readIndex(JsonObject json) {
        return new ReadIndex(reign(json).orElseThrow(() -> bad("\"logId\" is missing")), number(json, "committed"));
    }

    /** What the problem document of a refusal has beside its text. */
    public static JsonObject write(ReplicationRefusedException refused) {
        JsonObjectBuilder json =
                Json.createObjectBuilder().add("end", refused.end()).add("promised", refused.epoch());
        refused.reign().ifPresent(reign -> add(json, reign));
        return json.build();
    }

    /** What the problem document of a mismatch has beside its text. */
    public static JsonObject write(MismatchException differs) {
        return Json.createObjectBuilder()
                .add("end", differs.end())
                .add("lastEpoch", differs.epoch())
                .build();
    }

    /**
     * What a problem document says.
     *
     * @param status that it came with
     */
    static RuntimeException failure(int status, JsonObject problem) {
        String type = problem.getString("type", "");
        String detail = problem.getString("detail", "no detail");
        if (type.equals(MISMATCH)) {
            return new MismatchException(number(problem, "end"), number(problem, "lastEpoch"));
        }
        for (Reason reason : Reason.values()) {
            if (type.equals(PROBLEM + reason.wireName())) {
                return new ReplicationRefusedException(
                        reason, detail, reign(problem), number(problem, "promised"), number(problem, "end"));
            }
        }
        return new NotAcknowledgedException("it answered with status " + status + ": " + detail, status == 413);
    }

    private static void add(JsonObjectBuilder json, Reign reign) {
        json.add("logId", reign.logId().toString()).add("epoch", reign.epoch());
    }

    private static Optional<Reign> reign(JsonObject json) {
        return json.containsKey("logId")
                ? Optional.of(new Reign(uuid(json, "logId"), number(json, "epoch")))
                : Optional.empty();
    }

    private static long number(JsonObject json, String member) {
        if (json.get(member) instanceof JsonNumber number && number.isIntegral()) {
            try {
                return number.longValueExact();
            } catch (ArithmeticException e) {
                throw bad("\"" + member + "\" is too large");
            }
        }
        throw bad("the number \"" + member + "\" is missing");
    }

    private static UUID uuid(JsonObject json, String member) {
        try {
            return UUID.fromString(string(json, member));
        } catch (IllegalArgumentException e) {
            throw bad("\"" + member + "\" is not a UUID");
        }
    }

    private static String string(JsonObject json, String member) {
        if (json.get(member) instanceof JsonString text) {
            return text.getString();
        }
        throw bad("the text \"" + member + "\" is missing");
    }

    private static NotAcknowledgedException bad(String what) {
        return new NotAcknowledgedException("its JSON is not understood: " + what, false);
    }
}
