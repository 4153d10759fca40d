package io.replicatedlog.health;

import io.replicatedlog.cluster.Liveness;
import io.replicatedlog.cluster.NodeConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/** {@code /health/ready} and {@code /health/started}: up as soon as the node is configured and answers. */
@Readiness
@Startup
@ApplicationScoped
public class NodeReadiness implements HealthCheck {

    @Inject
    private NodeConfig config;

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named(Liveness.CHECK_NAME)
                .withData("role", config.role().name())
                .up()
                .build();
    }
}
