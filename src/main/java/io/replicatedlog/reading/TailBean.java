package io.replicatedlog.reading;

import static java.util.logging.Level.FINE;

import io.replicatedlog.log.Log;
import io.replicatedlog.node.ExitHook;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.secondary.ReplicaBean;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Logger;

/** What this node shows to readers, and those of them who wait for more. */
@ApplicationScoped
public class TailBean {

    private static final Logger LOG = Logger.getLogger(TailBean.class.getName());

    @Inject
    private NodeConfig config;

    @Inject
    private Log log;

    @Inject
    private ReplicationBean replication;

    @Inject
    private ReplicaBean replica;

    @Resource
    private ManagedExecutorService executor;

    private Tail tail;
    private ExitHook onExit;

    /** For each stream of events that may be open. */
    private Semaphore subscriptions;

    @PostConstruct
    void build() {
        subscriptions = new Semaphore(config.bounds().maxSubscribers());
        tail = new Tail(config.bounds().maxReaders(), this::end, this::execute);
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
        return level == Level.LOCAL ? log.durable() : Math.min(log.durable(), committed());
    }

    /** The committed offset, as far as this node knows. */
    public long committed() {
        return config.isPrimary() ? replication.primaryLog().committed() : replica.committed();
    }

    /** As {@link Tail#await}. */
    public CompletableFuture<Void> await(Level level, long offset) {
        return tail.await(level, offset);
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

    private void execute(Runnable look) {
        try {
            executor.execute(look);
        } catch (RejectedExecutionException e) {
            LOG.log(FINE, "The node stops; whoever waits is answered when the time is up", e);
        }
    }
}
