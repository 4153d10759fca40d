package io.replicatedlog.primary;

import static java.util.logging.Level.FINE;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.reading.TailBean;
import io.replicatedlog.storage.StorageBean;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Logger;

/**
 * On the primary: the way of entries to its own disk, beside the lanes that bring them to the secondaries. There is never
 * more than one force under way; whatever is appended meanwhile is covered by the next.
 */
@ApplicationScoped
public class GroupCommitBean {

    private static final Logger LOG = Logger.getLogger(GroupCommitBean.class.getName());

    @Inject
    private Log log;

    @Inject
    private ReplicationBean replication;

    @Inject
    private StorageBean storage;

    @Inject
    private TailBean tail;

    @Inject
    private ReplicationMeters meters;

    @Resource
    private ManagedExecutorService executor;

    private final AtomicBoolean underWay = new AtomicBoolean();
    private final Gathering gathering = new Gathering(Gathering.MOST_NS);

    /** Sees to it that everything appended so far becomes durable. Call it after each append. */
    public void wake() {
        gathering.appended(log.end());
        if (log.durable() < log.end() && underWay.compareAndSet(false, true)) {
            try {
                executor.execute(this::force);
            } catch (RejectedExecutionException e) {
                LOG.log(FINE, "The node stops; closing the log forces it", e);
                underWay.set(false);
            }
        }
    }

    private void force() {
        boolean storageFailed = false;
        try {
            while (log.durable() < log.end()) {
                long from = log.durable();
                gathering.await(from, log::end);
                long began = System.nanoTime();
                replication.primaryLog().force();
                meters.forced(log.durable() - from, System.nanoTime() - began);
                tail.moved();
                gathering.served((int) Math.min(log.durable() - from, Integer.MAX_VALUE));
            }
        } catch (StorageException e) {
            storageFailed = true;
        } finally {
            underWay.set(false);
        }
        if (storageFailed) {
            storage.check();
        }
        if (storage.failure().isEmpty()) {
            wake();
        }
    }
}
