package io.replicatedlog.system;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;

/** A client of one node. Thread-safe. */
final class LogClient {

    /** No test waits longer for one answer. */
    private static final Duration LIMIT = Duration.ofSeconds(120);

    private final Duration limit;
    private final Optional<String> token;
    private final HttpClient http;

    private static final HttpClient HTTP = builder().build();

    private final String url;

    LogClient(String url) {
        this(url, LIMIT);
    }

    /** @param limit how long it waits for an answer */
    LogClient(String url, Duration limit) {
        this(url, limit, Optional.empty(), HTTP);
    }

    private LogClient(String url, Duration limit, Optional<String> token, HttpClient http) {
        this.http = http;
        this.url = url;
        this.limit = limit;
        this.token = token;
    }

    /** The same client, with this bearer token. */
    LogClient with(String token) {
        return new LogClient(url, limit, Optional.of(token), http);
    }

    /** The same client, which trusts what this context trusts. */
    LogClient with(SSLContext trust) {
        return new LogClient(url, limit, token, builder().sslContext(trust).build());
    }

    private static HttpClient.Builder builder() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10));
    }

    /** An answer of the API. */
    record Answer(int status, String contentType, Map<String, List<String>> headers, String body) {

        JsonObject json() {
            try (JsonReader reader = Json.createReader(new StringReader(body))) {
                return reader.readObject();
            }
        }

        long offset() {
            return json().getJsonNumber("offset").longValue();
        }

        /** The end of a problem's type. */
        String problem() {
            return json().getString("type").replace("urn:replicated-log:problem:", "");
        }
    }

    Answer append(String message, Object w) {
        return join(appendAsync(message, w));
    }

    Answer append(String message, Object w, int timeoutMs) {
        return post("/api/v1/append", body(message, w).replaceFirst("}$", ",\"timeoutMs\":" + timeoutMs + "}"));
    }

    CompletableFuture<Answer> appendAsync(String message, Object w) {
        return postAsync("/api/v1/append", body(message, w));
    }

    List<String> messages() {
        return get("/api/v1/messages").json().getJsonArray("messages").getValuesAs(JsonString.class).stream()
                .map(JsonString::getString)
                .toList();
    }

    JsonObject cluster() {
        return get("/api/v1/cluster").json();
    }

    long end() {
        return cluster().getJsonNumber("end").longValue();
    }

    String mode() {
        return cluster().getString("mode");
    }

    /** What the primary says of its secondaries; numbers as {@code Long}. */
    List<Map<String, Object>> secondaries() {
        JsonArray secondaries = cluster().getJsonArray("secondaries");
        return secondaries.getValuesAs(JsonObject.class).stream()
                .map(secondary -> {
                    Map<String, Object> members = new LinkedHashMap<>();
                    secondary.forEach((name, value) -> members.put(name, plain(value)));
                    return members;
                })
                .toList();
    }

    /** Never throws: a node that cannot be reached is not ready. */
    boolean isReady() {
        try {
            HttpRequest request = request("/health/ready")
                    .timeout(Duration.ofSeconds(5))
                    .GET()
                    .build();
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    Answer get(String path) {
        return send(request(path).GET().build());
    }

    /** Posts JSON. */
    Answer post(String path, String json) {
        return join(postAsync(path, json));
    }

    /** As {@link #post}, without waiting. */
    CompletableFuture<Answer> postAsync(String path, String json) {
        return sendAsync(json(path, json));
    }

    Answer send(HttpRequest request) {
        return join(sendAsync(request));
    }

    CompletableFuture<Answer> sendAsync(HttpRequest request) {
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .thenApply(response -> new Answer(
                        response.statusCode(),
                        response.headers().firstValue("Content-Type").orElse(""),
                        response.headers().map(),
                        response.body()));
    }

    HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).timeout(limit);
        token.ifPresent(bearer -> request.header("Authorization", "Bearer " + bearer));
        return request;
    }

    static String body(String message, Object w) {
        return Json.createObjectBuilder()
                .add("message", message)
                .add("w", writeConcern(w))
                .build()
                .toString();
    }

    /** The same message many times in one request. */
    static String bulk(String message, int times, Object w) {
        return Json.createObjectBuilder()
                .add("messages", Json.createArrayBuilder(Collections.nCopies(times, message)))
                .add("w", writeConcern(w))
                .build()
                .toString();
    }

    private static JsonValue writeConcern(Object w) {
        return w instanceof Integer nodes ? Json.createValue(nodes) : Json.createValue((String) w);
    }

    private HttpRequest json(String path, String json) {
        return request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build();
    }

    private static Object plain(JsonValue value) {
        return switch (value.getValueType()) {
            case NUMBER -> ((JsonNumber) value).longValue();
            case STRING -> ((JsonString) value).getString();
            default -> value.toString();
        };
    }

    private static <T> T join(CompletableFuture<T> future) {
        try {
            return future.get(LIMIT.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new UncheckedIOException(new IOException(e.getCause()));
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError("No answer within " + LIMIT, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
