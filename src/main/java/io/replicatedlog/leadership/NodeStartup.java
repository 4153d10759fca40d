package io.replicatedlog.leadership;

import static jakarta.interceptor.Interceptor.Priority.LIBRARY_BEFORE;

import io.replicatedlog.log.StorageException;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.node.ConfigurationException;
import io.replicatedlog.node.FileLimit;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.storage.StorageBean;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.util.logging.Logger;

/** Starts this node, or stops the server if the configuration is wrong. */
@ApplicationScoped
public class NodeStartup {

    private static final Logger LOG = Logger.getLogger(NodeStartup.class.getName());

    /** The exit status of a node that was configured wrongly, after EX_CONFIG of sysexits.h. */
    private static final int WRONG_CONFIGURATION = 78;

    /** The exit status of a node whose storage cannot be used, after EX_IOERR of sysexits.h. */
    private static final int UNUSABLE_STORAGE = 74;

    @Inject
    private Instance<NodeConfig> configured;

    @Inject
    private StorageBean storage;

    @Inject
    private LeadershipBean leadership;

    void start(@Observes @Priority(LIBRARY_BEFORE) Startup startup) {
        try {
            start(configured.get());
        } catch (RuntimeException e) {
            // The container wraps what a bean throws while it is made, each kind of bean in another way.
            Throwable cause = e;
            while (cause != null && !(cause instanceof ConfigurationException || cause instanceof StorageException)) {
                cause = cause.getCause();
            }
            if (cause == null) {
                throw e;
            }
            refuse(cause);
        }
    }

    private void start(NodeConfig config) {
        LOG.info("Node starts: " + config);
        if (!config.isAlone() && config.access().clusterSecret().isEmpty()) {
            LOG.warning("Calls between nodes are open to everybody: set replicatedlog.cluster-secret on every node");
        }
        int nodes = config.members().size();
        if (nodes > 0 && nodes % 2 == 0) {
            int lost = nodes - Quorum.majority(nodes);
            LOG.info(nodes + " nodes survive the loss of " + lost + ", as " + (nodes - 1)
                    + " would: an odd number is enough");
        }
        FileLimit.warning(config.bounds().maxConnections()).ifPresent(LOG::warning);
        storage.start();
        leadership.start();
    }

    /** The server is stopped from another thread: its shutdown waits for this one. */
    private static void refuse(Throwable why) {
        boolean isConfiguration = why instanceof ConfigurationException;
        LOG.severe((isConfiguration
                        ? "Node stops, its configuration is wrong: "
                        : "Node stops, its storage cannot be used: ")
                + why.getMessage());
        int status = isConfiguration ? WRONG_CONFIGURATION : UNUSABLE_STORAGE;
        new Thread(() -> System.exit(status), "stop-node").start();
    }
}
