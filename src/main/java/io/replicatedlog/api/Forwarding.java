package io.replicatedlog.api;

import static io.replicatedlog.primary.ReplicationMeters.described;
import static java.util.logging.Level.FINE;

import io.replicatedlog.leadership.LeadershipBean;
import io.replicatedlog.leadership.Led;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.Member;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.logging.Logger;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.MetricRegistry;

/**
 * Forwards appends to the primary, and hands its answers back as they are. A request that waits holds no thread, only a
 * connection to the primary and its body. A request is forwarded once: the receiver answers it itself, whatever its role.
 *
 * <p>Thread-safe. At most {@link NodeConfig.Bounds#maxForwarded} requests are under way.
 */
@ApplicationScoped
class Forwarding {

    /** Marks a request that must not be forwarded again. */
    static final String FORWARDED = "Replicated-Log-Forwarded";

    private static final Logger LOG = Logger.getLogger(Forwarding.class.getName());

    /** Those of an answer that reach the client. */
    private static final List<String> ANSWERED = List.of(
            HttpHeaders.CONTENT_TYPE,
            HttpHeaders.LOCATION,
            HttpHeaders.RETRY_AFTER,
            HttpHeaders.WWW_AUTHENTICATE,
            HttpHeaders.ETAG);

    @Inject
    private NodeConfig config;

    @Inject
    private LeadershipBean leadership;

    @Inject
    private MetricRegistry registry;

    @Resource
    private ManagedExecutorService executor;

    private HttpClient client;
    private Semaphore places;
    private Counter forwarded;

    /** What is under way, by where it was sent. */
    private final Map<URI, Map<CompletableFuture<?>, Boolean>> underWay = new ConcurrentHashMap<>();

    @PostConstruct
    void open() {
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofMillis(config.requestTimeoutMs()))
                .executor(executor)
                .build();
        forwarded = registry.counter(
                described("replicatedlog.forwarded.appends", "Append requests that were sent on to the primary"));
        places = new Semaphore(config.bounds().maxForwarded());
    }

    @PreDestroy
    void close() {
        primaryIs(null);
    }

    /**
     * Sends an append to the primary; given up once another node leads.
     *
     * @param path and query of the request
     * @param headers that the primary needs, with their values
     */
    CompletionStage<Response> append(URI primary, String path, Map<String, List<String>> headers, byte[] body) {
        HttpRequest request = request(primary, path, headers, body);
        if (!places.tryAcquire()) {
            return CompletableFuture.completedFuture(Problem.response(
                    ProblemType.TOO_MANY_WAITING,
                    config.bounds().maxForwarded() + " appends are being forwarded to the primary, as many as may be;"
                            + " send this one to the primary itself, " + primary + ", or try again later"));
        }
        forwarded.inc();
        CompletableFuture<HttpResponse<byte[]>> sent =
                client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
        Map<CompletableFuture<?>, Boolean> toPrimary =
                underWay.computeIfAbsent(primary, any -> new ConcurrentHashMap<>());
        toPrimary.put(sent, true);
        return sent.whenComplete((answer, failure) -> {
                    places.release();
                    toPrimary.remove(sent);
                })
                .handle((answer, failure) -> failure == null ? answer(answer) : failed(primary, failure));
    }

    /** Sends any other request to another node. */
    CompletionStage<Response> forward(URI node, String path, Map<String, List<String>> headers, byte[] body) {
        return client.sendAsync(request(node, path, headers, body), HttpResponse.BodyHandlers.ofByteArray())
                .handle((answer, failure) -> failure == null ? answer(answer) : failed(node, failure));
    }

    /** @throws IllegalArgumentException for what no header may have */
    private HttpRequest request(URI node, String path, Map<String, List<String>> headers, byte[] body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(node.resolve(path))
                .header(FORWARDED, config.url().toString())
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach((name, values) -> values.forEach(value -> request.header(name, value)));
        return request.build();
    }

    /** Once another node leads, the one that was sent an append before may never answer it. */
    void onLed(@Observes Led led) {
        leadership.primary().map(Member::url).ifPresent(this::primaryIs);
    }

    private void primaryIs(URI primary) {
        underWay.forEach((sentTo, requests) -> {
            if (!sentTo.equals(primary)) {
                List.copyOf(requests.keySet()).forEach(request -> request.cancel(true));
            }
        });
    }

    private static Response answer(HttpResponse<byte[]> answer) {
        Response.ResponseBuilder response = Response.status(answer.statusCode()).entity(answer.body());
        for (String header : ANSWERED) {
            answer.headers().firstValue(header).ifPresent(value -> response.header(header, value));
        }
        return response.build();
    }

    private static Response failed(URI primary, Throwable failure) {
        Throwable cause = Failure.unwrap(failure);
        LOG.log(FINE, cause, () -> "An append that was forwarded to " + primary + " was not answered");
        return cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException
                ? Problem.response(
                        ProblemType.PRIMARY_UNKNOWN,
                        "The primary " + primary + " cannot be reached; try again in a moment")
                : Problem.response(
                        ProblemType.OUTCOME_UNKNOWN,
                        "The primary " + primary + " did not answer; send the append again if it has an"
                                + " Idempotency-Key, otherwise read the log to see whether it is there");
    }
}
