package io.replicatedlog.replication;

import io.replicatedlog.cluster.ConfigurationException;
import io.replicatedlog.cluster.HeartbeatMonitor;
import io.replicatedlog.cluster.NodeConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.enterprise.inject.CreationException;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.util.logging.Logger;

/** Starts what the configured role needs, or stops the server if the configuration is wrong. */
@ApplicationScoped
public class NodeStartup {

    private static final Logger LOG = Logger.getLogger(NodeStartup.class.getName());

    /** The exit status of a node that was configured wrongly, after EX_CONFIG of sysexits.h. */
    private static final int WRONG_CONFIGURATION = 78;

    @Inject
    private Instance<NodeConfig> configured;

    @Inject
    private HeartbeatMonitor heartbeats;

    void start(@Observes Startup startup) {
        try {
            start(configured.get());
        } catch (ConfigurationException e) {
            refuse(e);
        } catch (CreationException e) {
            if (e.getCause() instanceof ConfigurationException wrong) {
                refuse(wrong);
            } else {
                throw e;
            }
        }
    }

    private void start(NodeConfig config) {
        LOG.info("Node starts: " + config);
        if (config.isPrimary()) {
            heartbeats.start();
        }
    }

    /** The server is stopped from another thread: its shutdown waits for this one. */
    private static void refuse(ConfigurationException wrong) {
        LOG.severe("Node stops, its configuration is wrong: " + wrong.getMessage());
        new Thread(() -> System.exit(WRONG_CONFIGURATION), "stop-misconfigured-node").start();
    }
}
