package io.replicatedlog.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import jakarta.json.stream.JsonParserFactory;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HashSet;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/**
 * Reads JSON of a request, above all one object, member by member, without building it in memory and without trust in it:
 * its depth is bounded, its UTF-8 is checked, no member comes twice, and nothing follows it. Every breach is a
 * {@link BadRequestProblem}.
 */
final class JsonBody {

    /** A JSON value on each line. */
    static final String ND_JSON = "application/x-ndjson";

    /** How deep values that are skipped may nest. */
    private static final int MAX_DEPTH = 64;

    /** How many members an object may have: their names are remembered while it is read. */
    private static final int MAX_MEMBERS = 64;

    private static final String NOT_AN_OBJECT =
            "The body must be one JSON object and nothing else, such as {\"message\":\"hello\",\"w\":2}";

    private static final Pattern WHOLE_NUMBER = Pattern.compile("[0-9]{1,18}");

    private static final JsonParserFactory PARSERS = Json.createParserFactory(Map.of());

    private JsonBody() {}

    /** Reads one member of an object. The parser stands at the first event of its value, which must be consumed whole. */
    interface Member {
        void read(String name, Event value, JsonParser parser);
    }

    /** Reads an object, and nothing after it. */
    static void parse(byte[] body, Member member) {
        parse(ByteBuffer.wrap(body), NOT_AN_OBJECT, (first, parser) -> {
            if (first != Event.START_OBJECT) {
                throw new BadRequestProblem(ProblemType.BAD_REQUEST, NOT_AN_OBJECT);
            }
            readObject(parser, member);
        });
    }

    /**
     * Reads one value, and nothing after it.
     *
     * @param otherwise what to say if it is anything else
     * @param value is given the first event of the value, and consumes it whole
     */
    static void parse(ByteBuffer json, String otherwise, BiConsumer<Event, JsonParser> value) {
        try (JsonParser parser = PARSERS.createParser(new StringReader(decode(json)))) {
            value.accept(parser.next(), parser);
            if (parser.hasNext()) {
                throw new BadRequestProblem(ProblemType.BAD_REQUEST, otherwise);
            }
        } catch (JsonException | NoSuchElementException | IllegalStateException e) {
            throw new BadRequestProblem(ProblemType.BAD_REQUEST, otherwise);
        }
    }

    /** Reads the members of an object whose start was consumed, up to and with its end. */
    static void readObject(JsonParser parser, Member member) {
        Set<String> seen = new HashSet<>();
        for (Event event = parser.next(); event != Event.END_OBJECT; event = parser.next()) {
            String name = parser.getString();
            if (seen.size() == MAX_MEMBERS) {
                throw new BadRequestProblem(
                        ProblemType.BAD_REQUEST,
                        "An object in the body has more than " + MAX_MEMBERS
                                + " members; send those that are described");
            }
            if (!seen.add(name)) {
                throw new BadRequestProblem(
                        ProblemType.BAD_REQUEST, "A member comes twice in the body's JSON object; send each once");
            }
            member.read(name, parser.next(), parser);
        }
    }

    /** Consumes a value that nobody asked for. */
    static void skip(Event value, JsonParser parser) {
        int depth = 0;
        for (Event event = value; ; event = parser.next()) {
            if (event == Event.START_OBJECT || event == Event.START_ARRAY) {
                depth++;
            } else if (event == Event.END_OBJECT || event == Event.END_ARRAY) {
                depth--;
            }
            if (depth == 0) {
                return;
            }
            if (depth > MAX_DEPTH) {
                throw new BadRequestProblem(
                        ProblemType.BAD_REQUEST, "The body's JSON nests deeper than " + MAX_DEPTH + " levels");
            }
        }
    }

    /** A message: any text that has a UTF-8 form, within its bound. */
    static String message(Event value, JsonParser parser, int maxBytes) {
        if (value != Event.VALUE_STRING) {
            throw new BadRequestProblem(ProblemType.INVALID_MESSAGE, "A message must be a JSON string");
        }
        String message = parser.getString();
        if (!UTF_8.newEncoder().canEncode(message)) {
            throw new BadRequestProblem(
                    ProblemType.INVALID_MESSAGE,
                    "\"message\" contains half of a surrogate pair, which is no character");
        }
        if (message.length() > maxBytes / 3 && message.getBytes(UTF_8).length > maxBytes) {
            throw new BadRequestProblem(
                    ProblemType.TOO_LARGE, "A message takes at most " + maxBytes + " bytes in UTF-8; split it");
        }
        return message;
    }

    /**
     * A whole number in plain digits.
     *
     * @return -1 if it is anything else, or larger than {@code max}
     */
    static long number(Event value, JsonParser parser, long max) {
        if (value != Event.VALUE_NUMBER
                || !WHOLE_NUMBER.matcher(parser.getString()).matches()) {
            return -1;
        }
        long number = Long.parseLong(parser.getString());
        return number <= max ? number : -1;
    }

    private static String decode(ByteBuffer json) {
        try {
            // A fresh decoder reports what is malformed; new String() would replace it silently.
            return UTF_8.newDecoder().decode(json).toString();
        } catch (CharacterCodingException e) {
            throw new BadRequestProblem(ProblemType.BAD_REQUEST, "The body is not valid UTF-8");
        }
    }
}
