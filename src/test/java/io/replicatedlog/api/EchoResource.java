package io.replicatedlog.api;

import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.primary.PendingAppends.Outcome;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletionStage;

/**
 * {@code POST /api/test/echo} and {@code /api/test/echo/later}, added to the application by the benchmark only: read the
 * body of an append and answer as if it were done. No append can be faster. The second answers on another thread, as an
 * append that waits for other nodes does.
 */
@Path("/test/echo")
@ApplicationScoped
@RolesAllowed(Roles.ADMIN)
public class EchoResource {

    @Inject
    private NodeConfig config;

    @Inject
    private RequestBodies bodies;

    @Resource
    private ManagedExecutorService executor;

    private BodyReader reader;

    @PostConstruct
    void start() {
        Runtime runtime = Runtime.getRuntime();
        reader = new BodyReader(
                config.bounds().maxRequestBytes(),
                runtime.maxMemory() / 4,
                runtime.availableProcessors(),
                System::nanoTime);
    }

    /** Reads and answers on the server's thread. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public Response echo(InputStream body) throws IOException {
        return answer(reader.read(body, this::request));
    }

    @POST
    @Path("/later")
    @Consumes(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> echoLater(InputStream body) throws IOException {
        return bodies.read(body, this::request)
                .thenApplyAsync(EchoResource::answer, executor)
                .exceptionally(ProblemMapper::answer);
    }

    private AppendRequest request(byte[] body) {
        return AppendRequest.parse(body, config, config.members().size());
    }

    private static Response answer(AppendRequest request) {
        int nodes = request.w().nodes();
        int count = request.messages().size();
        AppendAnswer answer = AppendAnswer.of(new Outcome(count - 1, nodes, nodes, true), count, request.isBulk());
        return Response.ok(answer.toJson(), MediaType.APPLICATION_JSON_TYPE).build();
    }
}
