package io.replicatedlog.api;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.replicatedlog.node.NodeConfig;
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
import java.util.function.Function;

/**
 * Reads request bodies such that slow senders cannot exhaust the server's threads. A read blocks its thread until the body
 * is complete or refused. A few reads at a time use the server's threads, where most return at once; the others use
 * threads of their own, as many as there may be slow senders. (Non-blocking reads of the Servlet API would need no threads,
 * but under load this runtime mixes up requests that use them.) Thread-safe.
 */
@ApplicationScoped
public class RequestBodies {

    /** Half of the threads that the server begins with. */
    private static final int AT_ONCE = Runtime.getRuntime().availableProcessors();

    private static final int MOST_ASIDE = 1_000;
    private static final int IDLE_S = 10;

    private final Semaphore atOnce = new Semaphore(AT_ONCE);

    @Inject
    private NodeConfig config;

    @Resource
    private ManagedThreadFactory threads;

    private BodyReader reader;
    private ExecutorService aside;

    @PostConstruct
    void start() {
        Runtime runtime = Runtime.getRuntime();
        reader = new BodyReader(
                config.bounds().maxRequestBytes(),
                runtime.maxMemory() / 4,
                runtime.availableProcessors(),
                System::nanoTime);
        aside = new ThreadPoolExecutor(0, MOST_ASIDE, IDLE_S, SECONDS, new SynchronousQueue<>(), threads);
    }

    @PreDestroy
    void stop() {
        aside.shutdownNow();
    }

    /**
     * Reads and parses a body, for a resource that answers asynchronously.
     *
     * @return the parsed body; completes exceptionally if a body that is read on another thread is refused or incomplete
     * @throws BadRequestProblem if the body is refused, or too many bodies are being read
     */
    <T> CompletionStage<T> read(InputStream body, Function<byte[], T> parse) throws IOException {
        if (!atOnce.tryAcquire()) {
            return readAside(body, parse);
        }
        try {
            return CompletableFuture.completedFuture(reader.read(body, parse));
        } finally {
            atOnce.release();
        }
    }

    private <T> CompletionStage<T> readAside(InputStream body, Function<byte[], T> parse) {
        CompletableFuture<T> made = new CompletableFuture<>();
        try {
            aside.execute(() -> {
                try {
                    made.complete(reader.read(body, parse));
                } catch (IOException | RuntimeException | Error e) {
                    made.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            throw new BadRequestProblem(ProblemType.OVERLOADED, "This node is reading too many bodies; retry later");
        }
        return made;
    }
}
