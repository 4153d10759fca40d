package io.replicatedlog.health;

import io.replicatedlog.leadership.LeadershipBean;
import io.replicatedlog.node.Liveness;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/** {@code /health/ready} and {@code /health/started}: up once the node is configured, unless its storage has failed. */
@Readiness
@Startup
@ApplicationScoped
public class NodeReadiness implements HealthCheck {

    @Inject
    private LeadershipBean leadership;

    @Inject
    private Liveness liveness;

    @Override
    public HealthCheckResponse call() {
        var storage = liveness.failure(Liveness.Cause.STORAGE);
        var response = HealthCheckResponse.named(Liveness.CHECK_NAME)
                .withData("role", leadership.role().name())
                .status(storage.isEmpty());
        storage.ifPresent(why -> response.withData("reason", why));
        return response.build();
    }
}
