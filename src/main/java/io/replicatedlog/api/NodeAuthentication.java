package io.replicatedlog.api;

import io.replicatedlog.node.NodeConfig;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.ext.Provider;

/** Refuses calls without the cluster secret, before their body is read. If no secret is configured, every call passes. */
@FromNodes
@Provider
@Priority(Priorities.AUTHENTICATION)
@ApplicationScoped
public class NodeAuthentication implements ContainerRequestFilter {

    @Inject
    private NodeConfig config;

    @Override
    public void filter(ContainerRequestContext request) {
        String authorization = request.getHeaderString(HttpHeaders.AUTHORIZATION);
        boolean isNode = config.access()
                .clusterSecret()
                .map(secret -> secret.isIn(authorization))
                .orElse(true);
        if (!isNode) {
            request.abortWith(Problem.response(
                    ProblemType.UNAUTHORIZED,
                    "Only nodes may call this path; configure the same replicatedlog.cluster-secret on both nodes"));
        }
    }
}
