package io.replicatedlog.api;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.replicatedlog.cluster.NodeConfig;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * Reads the bodies of requests so that clients that send slowly do not take the server's threads from the others. A read
 * holds a thread until the body is there, or the platform's read time-out ends it. So only a few reads go on at one time on
 * the threads of the server, where they are over at once as a rule; the others have threads of their own, as many as there
 * may be slow clients. (Non-blocking reads of the Servlet API would need no threads; under load this runtime mixes up
 * requests that use them.) Thread-safe.
 */
@ApplicationScoped
public class RequestBodies {

    /** The server has twice as many threads, before it makes more. */
    private static final int AT_ONCE = Runtime.getRuntime().availableProcessors();

    private static final int MOST_ASIDE = 1_000;
    private static final int IDLE_S = 10;

    private final Semaphore atOnce = new Semaphore(AT_ONCE);

    @Inject
    private NodeConfig config;

    @Resource
    private ManagedThreadFactory threads;

    private ExecutorService aside;

    @PostConstruct
    void start() {
        aside = new ThreadPoolExecutor(0, MOST_ASIDE, IDLE_S, SECONDS, new SynchronousQueue<>(), threads);
    }

    @PreDestroy
    void stop() {
        aside.shutdownNow();
    }

    /**
     * Reads a body; to be called by a resource that answers later.
     *
     * @return the whole body; else a {@link BadRequestProblem}, or whatever broke
     * @throws BadRequestProblem if it is too large, or too many bodies are on their way
     */
    CompletionStage<byte[]> read(InputStream body) throws IOException {
        if (!atOnce.tryAcquire()) {
            return readAside(body);
        }
        try {
            return CompletableFuture.completedFuture(whole(body));
        } finally {
            atOnce.release();
        }
    }

    private CompletionStage<byte[]> readAside(InputStream body) {
        CompletableFuture<byte[]> whole = new CompletableFuture<>();
        try {
            aside.execute(() -> {
                try {
                    whole.complete(whole(body));
                } catch (IOException | RuntimeException | Error e) {
                    whole.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            throw new BadRequestProblem(
                    ProblemType.OVERLOADED, "Too many bodies are on their way to this node; send it again later");
        }
        return whole;
    }

    private byte[] whole(InputStream body) throws IOException {
        return JsonBody.read(body, config.bounds().maxRequestBytes());
    }
}
