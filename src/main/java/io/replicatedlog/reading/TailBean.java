package io.replicatedlog.reading;

import io.replicatedlog.log.Log;
import io.replicatedlog.node.ExitHook;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.NodeThreads;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/** What this node shows to readers, and those of them who wait for more. */
@ApplicationScoped
public class TailBean {

    @Inject
    private NodeConfig config;

    @Inject
    private Log log;

    @Inject
    private CommittedOffset committed;

    @Inject
    private NodeThreads threads;

    private Shown shown;
    private Tail tail;
    private ExitHook onExit;

    /** For each stream of events that may be open. */
    private Semaphore subscriptions;

    @PostConstruct
    void build() {
        subscriptions = new Semaphore(config.bounds().maxSubscribers());
        shown = new Shown(log, committed);
        tail = new Tail(config.bounds().maxReaders(), this::end, threads);
        onExit = new ExitHook("answer-waiting-readers", tail::close);
    }

    @PreDestroy
    void stop() {
        onExit.remove();
        tail.close();
    }

    /** Whether the node stops: nobody may wait any more. */
    public boolean isClosed() {
        return tail.isClosed();
    }

    /** Everything below this is shown at a level. */
    public long end(Level level) {
        return shown.end(level);
    }

    /** The committed offset, as far as this node knows. */
    public long committed() {
        return committed.get();
    }

    /** As {@link Tail#await}. */
    public CompletableFuture<Void> await(Level level, long offset) {
        return tail.await(level, offset);
    }

    /** Where readers wait. */
    public Tail tail() {
        return tail;
    }

    /** As {@link Tail#moved}. */
    public void moved() {
        tail.moved();
    }

    /**
     * Takes one of the places for streams that stay open.
     *
     * @return gives it back; running it again does nothing
     * @throws TooManyReadersException if none is free
     */
    public Runnable subscribe() {
        if (!subscriptions.tryAcquire()) {
            throw new TooManyReadersException(
                    config.bounds().maxSubscribers(), "follow the log by events", "replicatedlog.max-subscribers");
        }
        AtomicBoolean isOpen = new AtomicBoolean(true);
        return () -> {
            if (isOpen.compareAndSet(true, false)) {
                subscriptions.release();
            }
        };
    }

    /** How many of those places are taken. */
    public int subscribers() {
        return config.bounds().maxSubscribers() - subscriptions.availablePermits();
    }

    /** How many readers wait. */
    public int waiting() {
        return tail.size();
    }
}
