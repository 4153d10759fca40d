package io.replicatedlog.testing;

import io.replicatedlog.node.NodeConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.ext.Provider;

/**
 * Answers 404 below {@code /api/test} unless the testing API is enabled; and always to pages of other origins, which may post
 * without a preflight request.
 */
@Provider
@PreMatching
@ApplicationScoped
public class TestingApiSwitch implements ContainerRequestFilter {

    @Inject
    private NodeConfig config;

    @Override
    public void filter(ContainerRequestContext request) {
        String first = request.getUriInfo().getPathSegments().get(0).getPath();
        if (first.equals("test") && (!config.testingApi() || isCrossOrigin(request))) {
            throw new NotFoundException();
        }
    }

    private static boolean isCrossOrigin(ContainerRequestContext request) {
        String origin = request.getHeaderString("Origin");
        return origin != null && !origin.endsWith("//" + request.getHeaderString(HttpHeaders.HOST));
    }
}
