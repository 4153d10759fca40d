package io.replicatedlog.protocol;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.replicatedlog.node.ClusterSecret;
import jakarta.ws.rs.client.ClientRequestContext;
import jakarta.ws.rs.client.ClientRequestFilter;
import jakarta.ws.rs.core.HttpHeaders;
import java.net.URI;
import java.util.Optional;
import org.eclipse.microprofile.rest.client.RestClientBuilder;

/** Makes the REST clients that call other nodes, with the time-outs that every one of them needs. */
public final class RestClients {

    private RestClients() {}

    /**
     * A client of one node; it holds connections until it is closed.
     *
     * @param timeoutMs for connecting, and for each read of the answer, in milliseconds
     */
    public static <T> T open(Class<T> api, URI node, int timeoutMs) {
        return builder(node, timeoutMs).build(api);
    }

    /**
     * A client of what only nodes may call.
     *
     * @param secret what each call carries, if there is one
     */
    public static <T> T open(Class<T> api, URI node, int timeoutMs, Optional<ClusterSecret> secret) {
        RestClientBuilder builder = builder(node, timeoutMs);
        secret.ifPresent(carried -> builder.register(new Authorization(carried), ClientRequestFilter.class));
        return builder.build(api);
    }

    private static RestClientBuilder builder(URI node, int timeoutMs) {
        return RestClientBuilder.newBuilder()
                .baseUri(node)
                .connectTimeout(timeoutMs, MILLISECONDS)
                .readTimeout(timeoutMs, MILLISECONDS);
    }

    private record Authorization(ClusterSecret secret) implements ClientRequestFilter {
        @Override
        public void filter(ClientRequestContext request) {
            request.getHeaders().putSingle(HttpHeaders.AUTHORIZATION, secret.authorization());
        }
    }
}
