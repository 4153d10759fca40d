package io.replicatedlog.api;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.replicatedlog.cluster.NodeConfig;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * Reads the bodies of requests so that clients that send slowly do not hold the server's threads. A read holds a thread
 * until the body is there, and the platform's read time-out begins anew with every byte: some hundred clients that send
 * one byte a second would hold all threads that there are. So only a few reads go on at one time on the threads of the
 * server, where they are over at once as a rule; the others have threads of their own, and end in time: the answer to the
 * client closes its connection, and with it ends the read. Thread-safe.
 */
@ApplicationScoped
public class RequestBodies {

    /** The server has twice as many threads, before it makes more. */
    private static final int AT_ONCE = Runtime.getRuntime().availableProcessors();

    private static final int MOST_ASIDE = 1_000;
    private static final int LOOK_EVERY_MS = 500;

    private final Semaphore atOnce = new Semaphore(AT_ONCE);

    /** What is read aside, and since when. */
    private final Map<CompletableFuture<byte[]>, Long> aside = new ConcurrentHashMap<>();

    @Inject
    private NodeConfig config;

    @Resource
    private ManagedThreadFactory threads;

    @Resource
    private ManagedScheduledExecutorService scheduler;

    private ExecutorService readers;
    private Future<?> looks;

    @PostConstruct
    void start() {
        readers = new ThreadPoolExecutor(0, MOST_ASIDE, 10, SECONDS, new SynchronousQueue<>(), threads);
        looks = scheduler.scheduleWithFixedDelay(this::refuseLate, LOOK_EVERY_MS, LOOK_EVERY_MS, MILLISECONDS);
    }

    @PreDestroy
    void stop() {
        looks.cancel(true);
        readers.shutdownNow();
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
        aside.put(whole, System.nanoTime());
        whole.whenComplete((bytes, failure) -> aside.remove(whole));
        try {
            readers.execute(() -> {
                try {
                    whole.complete(whole(body));
                } catch (IOException | RuntimeException e) {
                    whole.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            whole.cancel(false);
            throw new BadRequestProblem(
                    ProblemType.OVERLOADED, "Too many bodies are on their way to this node; send it again later");
        }
        return whole;
    }

    private byte[] whole(InputStream body) throws IOException {
        return JsonBody.read(body, config.bounds().maxRequestBytes());
    }

    private void refuseLate() {
        int limitMs = config.bounds().maxBodyMs();
        long sinceNanos = System.nanoTime() - MILLISECONDS.toNanos(limitMs);
        aside.forEach((whole, beganNanos) -> {
            if (beganNanos - sinceNanos < 0) {
                whole.completeExceptionally(new BadRequestProblem(
                        ProblemType.TOO_SLOW, "A request's body has to come within " + limitMs + " ms"));
            }
        });
    }
}
