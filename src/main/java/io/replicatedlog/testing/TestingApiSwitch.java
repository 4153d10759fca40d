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
 * Makes everything below {@code /api/test} a path that does not exist, unless the testing API is switched on; and always for
 * pages of other sites, which browsers let post without asking.
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
        if (first.equals("test") && (!config.testingApi() || isFromAnotherSite(request))) {
            throw new NotFoundException();
        }
    }

    private static boolean isFromAnotherSite(ContainerRequestContext request) {
        String origin = request.getHeaderString("Origin");
        return origin != null && !origin.endsWith("//" + request.getHeaderString(HttpHeaders.HOST));
    }
}
