package io.replicatedlog.cluster;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.net.URI;
import org.eclipse.microprofile.rest.client.RestClientBuilder;

/** Makes the REST clients that call other nodes, with the time-outs that every one of them needs. */
public final class NodeClient {

    private NodeClient() {}

    /**
     * A client of one node; it holds connections until it is closed.
     *
     * @param timeoutMs for connecting, and for each read of the answer, in milliseconds
     */
    public static <T> T open(Class<T> api, URI node, int timeoutMs) {
        return RestClientBuilder.newBuilder()
                .baseUri(node)
                .connectTimeout(timeoutMs, MILLISECONDS)
                .readTimeout(timeoutMs, MILLISECONDS)
                .build(api);
    }
}
