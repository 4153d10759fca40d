package io.replicatedlog.system;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Follows a log by server-sent events over a connection of its own, as bare as can be: closing it is what a client does
 * that vanishes. Not thread-safe.
 */
final class EventClient implements AutoCloseable {

    private final Socket socket;
    private final String status;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> comments = new LinkedBlockingQueue<>();

    /** One event; {@code data} is JSON. */
    record Event(String id, String name, String data) {
        JsonObject json() {
            return Json.createReader(new StringReader(data)).readObject();
        }

        String message() {
            return json().getString("message");
        }
    }

    /** @param headers each with its line's end */
    EventClient(String nodeUrl, String query, String headers) {
        URI url = URI.create(nodeUrl);
        try {
            socket = new Socket(url.getHost(), url.getPort());
            socket.getOutputStream()
                    .write(("GET /api/v1/entries" + query + " HTTP/1.1\r\nHost: " + url.getHost()
                                    + "\r\nAccept: text/event-stream\r\n" + headers + "\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            status = lines.readLine();
            Thread reader = new Thread(() -> read(lines), "events");
            reader.setDaemon(true);
            reader.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    EventClient(String nodeUrl, String query) {
        this(nodeUrl, query, "");
    }

    /** The line that begins the answer. */
    String status() {
        return status;
    }

    /** The next event, which must come within a few seconds. */
    Event next() {
        return taken(events);
    }

    String nextComment() {
        return taken(comments);
    }

    boolean isEmpty() {
        return events.isEmpty();
    }

    private static <T> T taken(BlockingQueue<T> queue) {
        try {
            T taken = queue.poll(20, TimeUnit.SECONDS);
            assertThat(taken).as("something comes").isNotNull();
            return taken;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private void read(BufferedReader lines) {
        String id = null;
        String name = null;
        StringBuilder data = new StringBuilder();
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id:")) {
                    id = line.substring(3).strip();
                } else if (line.startsWith("event:")) {
                    name = line.substring(6).strip();
                } else if (line.startsWith("data:")) {
                    data.append(line.substring(5).strip());
                } else if (line.startsWith(":")) {
                    comments.add(line.substring(1).strip());
                } else if (line.isEmpty() && data.length() > 0) {
                    events.add(new Event(id, name, data.toString()));
                    data.setLength(0);
                }
            }
        } catch (IOException e) {
            // Closed, by the test or by the node.
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
