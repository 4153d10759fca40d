package io.replicatedlog.api;

import io.replicatedlog.log.Entry;
import jakarta.json.Json;
import jakarta.json.stream.JsonGenerator;
import jakarta.json.stream.JsonGeneratorFactory;
import java.io.StringWriter;
import java.util.Map;

/** Writes entries as JSON, without binding. */
final class EntryJson {

    static final JsonGeneratorFactory GENERATORS = Json.createGeneratorFactory(Map.of());

    private EntryJson() {}

    /** Writes one object. */
    static void write(JsonGenerator json, Entry entry) {
        json.writeStartObject()
                .write("offset", entry.offset())
                .write("epoch", entry.epoch())
                .write("timestamp", entry.timestamp())
                .write("message", entry.message())
                .writeEnd();
    }

    /** One object on one line. */
    static String of(Entry entry) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = GENERATORS.createGenerator(text)) {
            write(json, entry);
        }
        return text.toString();
    }
}
