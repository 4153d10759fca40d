import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Iterator;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A client of the replicated log in plain Java: appends a message exactly once, whatever happens on the way, and follows
 * the log, whatever happens on the way.
 *
 * <p>Run it with {@code java docs/LogExample.java http://localhost:8080 hello}: it appends the message, reads everything up
 * to it, and ends.
 */
public class LogExample {

    private static final int TRIES = 20;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).followRedirects(HttpClient.Redirect.NORMAL).build();
    private final String url;

    LogExample(String url) {
        this.url = url;
    }

    public static void main(String[] arguments) throws Exception {
        LogExample log = new LogExample(arguments[0]);
        String answer = log.append(arguments[1]);
        System.out.println("appended: " + answer);
        long offset = Long.parseLong(answer.replaceFirst(".*\"offset\":(\\d+).*", "$1"));
        log.follow(0, offset + 1);
    }

    /** The key stays the same over all tries: the message is stored once, even if an answer was lost. */
    String append(String message) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/api/v1/append"))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .timeout(Duration.ofSeconds(10))
                .POST(BodyPublishers.ofString("{\"message\":" + quoted(message) + ",\"w\":\"majority\"}"))
                .build();
        for (int i = 1; i <= TRIES; i++) {
            try {
                HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
                if (answer.statusCode() < 300) {
                    return answer.body();
                }
                if (answer.statusCode() < 500 && answer.statusCode() != 408 && answer.statusCode() != 429) {
                    throw new IllegalArgumentException(answer.body()); // it will not get better
                }
            } catch (IOException e) {
                // No answer: it may be stored, or not. The same key makes it safe to ask again.
            }
            Thread.sleep((long) (Math.random() * Math.min(5_000, 100L << i)));
        }
        throw new IllegalStateException("Not appended after " + TRIES + " tries, or not known to be");
    }

    /**
     * Prints entries from one offset up to another. However often the connection breaks, it is made again behind the last
     * event that was read as a whole. (A peer that vanishes without a word is noticed by the operating system alone; the
     * node sends a comment every five seconds for those who want to be faster.)
     */
    void follow(long from, long until) throws InterruptedException {
        for (long next = from; next < until; ) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/api/v1/entries?level=committed&from=" + next))
                    .header("Accept", "text/event-stream")
                    .build();
            try {
                HttpResponse<Stream<String>> answer = http.send(request, BodyHandlers.ofLines());
                if (answer.statusCode() >= 400 && answer.statusCode() < 500 && answer.statusCode() != 429) {
                    throw new IllegalArgumentException("Not to be read: status " + answer.statusCode());
                }
                Iterator<String> lines = answer.body().iterator();
                String id = null;
                String data = null;
                while (next < until && answer.statusCode() == 200 && lines.hasNext()) {
                    String line = lines.next();
                    if (line.startsWith("id: ")) {
                        id = line.substring(4);
                    } else if (line.startsWith("data: ")) {
                        data = line.substring(6);
                    } else if (line.isEmpty() && data != null) {
                        System.out.println(data);
                        next = Long.parseLong(id) + 1;
                        data = null;
                    }
                }
            } catch (IOException | UncheckedIOException e) {
                // It broke.
            }
            if (next < until) {
                Thread.sleep(500);
            }
        }
    }

    /** As a JSON string. */
    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            json.append(c < ' ' || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : c);
        }
        return json.append('"').toString();
    }
}
