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
 * A streaming reader of untrusted JSON: valid UTF-8, bounded depth, no duplicate members, nothing after the value. Every
 * violation is a {@link BadRequestProblem}.
 */
final class JsonBody {

    /** The media type of NDJSON: a JSON value on each line. */
    static final String ND_JSON = "application/x-ndjson";

    /** The nesting depth of skipped values. */
    private static final int MAX_DEPTH = 64;

    /** The number of members of an object; their names are kept while it is read. */
    private static final int MAX_MEMBERS = 64;

    private static final String NOT_AN_OBJECT =
            "The body must be one JSON object and nothing else, such as {\"message\":\"hello\",\"w\":2}";

    private static final Pattern WHOLE_NUMBER = Pattern.compile("[0-9]{1,18}");

    private static final JsonParserFactory PARSERS = Json.createParserFactory(Map.of());

    private JsonBody() {}

    /** Reads one member of an object. The parser is at the first event of its value, which must be consumed completely. */
    interface Member {
        void read(String name, Event value, JsonParser parser);
    }

    /** Reads a body that is one object. */
    static void parse(byte[] body, Member member) {
        parse(ByteBuffer.wrap(body), NOT_AN_OBJECT, (first, parser) -> {
            if (first != Event.START_OBJECT) {
                throw new BadRequestProblem(ProblemType.BAD_REQUEST, NOT_AN_OBJECT);
            }
            readObject(parser, member);
        });
    }

    /**
     * Reads a text that is one value.
     *
     * @param otherwise the detail of the problem if the text is anything else
     * @param value receives the first event of the value, and consumes it completely
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

    /** Reads the members of an object whose start was consumed, and its end. */
    static void readObject(JsonParser parser, Member member) {
        Set<String> seen = new HashSet<>();
        for (Event event = parser.next(); event != Event.END_OBJECT; event = parser.next()) {
            String name = parser.getString();
            if (seen.size() == MAX_MEMBERS) {
                throw new BadRequestProblem(
                        ProblemType.BAD_REQUEST,
                        "An object in the body has more than " + MAX_MEMBERS
                                + " members; send only the documented ones");
            }
            if (!seen.add(name)) {
                throw new BadRequestProblem(
                        ProblemType.BAD_REQUEST, "An object in the body has a duplicate member; send each member once");
            }
            member.read(name, parser.next(), parser);
        }
    }

    /** Skips the value of an unknown member. */
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

    /** A message: text that UTF-8 can encode, in at most {@code maxBytes}. */
    static String message(Event value, JsonParser parser, int maxBytes) {
        if (value != Event.VALUE_STRING) {
            throw new BadRequestProblem(ProblemType.INVALID_MESSAGE, "A message must be a JSON string");
        }
        String message = parser.getString();
        if (!UTF_8.newEncoder().canEncode(message)) {
            throw new BadRequestProblem(
                    ProblemType.INVALID_MESSAGE, "A message contains an unpaired surrogate, which is not a character");
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
