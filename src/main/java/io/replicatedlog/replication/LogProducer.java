package io.replicatedlog.replication;

import io.replicatedlog.cluster.NodeConfig;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Log;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** Makes the log of this node, whatever its role, once. */
@ApplicationScoped
public class LogProducer {

    @Inject
    private NodeConfig config;

    @Produces
    @Singleton
    public Log log() {
        return new InMemoryLog(config.bounds().maxLogBytes());
    }
}
