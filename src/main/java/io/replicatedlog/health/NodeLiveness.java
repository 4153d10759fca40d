package io.replicatedlog.health;

import io.replicatedlog.node.Liveness;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;

/** {@code /health/live}: down while {@link Liveness} has a reason. The primary's heartbeats read it. */
@org.eclipse.microprofile.health.Liveness
@ApplicationScoped
public class NodeLiveness implements HealthCheck {

    @Inject
    private Liveness liveness;

    @Override
    public HealthCheckResponse call() {
        var response = HealthCheckResponse.named(Liveness.CHECK_NAME)
                .status(liveness.failure().isEmpty());
        liveness.failure().ifPresent(why -> response.withData("reason", why));
        return response.build();
    }
}
