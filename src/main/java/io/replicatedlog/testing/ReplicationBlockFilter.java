package io.replicatedlog.testing;

import io.replicatedlog.api.FromNodes;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.ServiceUnavailableException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.ext.Provider;

/** Holds replicate calls to this node while {@link ReplicationBlock} is on. */
@FromNodes
@Provider
@ApplicationScoped
public class ReplicationBlockFilter implements ContainerRequestFilter, ContainerResponseFilter {

    private static final String HELD = ReplicationBlockFilter.class.getName();

    @Inject
    private ReplicationBlock block;

    @Override
    public void filter(ContainerRequestContext request) {
        if (request.getUriInfo().getPath().endsWith("v1/internal/replicate")) {
            try {
                if (block.pass()) {
                    request.setProperty(HELD, true);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ServiceUnavailableException(1L, e);
            }
        }
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (request.getProperty(HELD) != null) {
            block.answered();
        }
    }
}
