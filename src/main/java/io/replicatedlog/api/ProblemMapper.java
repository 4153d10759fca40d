package io.replicatedlog.api;

import static java.util.logging.Level.FINE;
import static java.util.logging.Level.SEVERE;

import io.replicatedlog.log.LogFullException;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.primary.AppendRefusedException;
import io.replicatedlog.primary.EndMovedException;
import io.replicatedlog.primary.OutcomeUnknownException;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.WireJson;
import io.replicatedlog.reading.TooManyReadersException;
import jakarta.json.Json;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.logging.Logger;

/** Turns whatever a resource throws into a problem document. What was not foreseen is logged, and not shown. */
@Provider
public class ProblemMapper implements ExceptionMapper<Throwable> {

    private static final Logger LOG = Logger.getLogger(ProblemMapper.class.getName());

    @Override
    public Response toResponse(Throwable failure) {
        return answer(failure);
    }

    /** As the mapper itself, which the platform calls with noise in the log where an answer comes later. */
    static Response answer(Throwable thrown) {
        Throwable failure = thrown instanceof CompletionException ? thrown.getCause() : thrown;
        if (failure instanceof BadRequestProblem bad) {
            return Problem.response(bad.type(), bad.getMessage());
        }
        if (failure instanceof AppendRefusedException refused) {
            return Problem.response(type(refused.reason()), refused.getMessage());
        }
        if (failure instanceof OutcomeUnknownException unknown) {
            return Problem.response(
                    ProblemType.OUTCOME_UNKNOWN,
                    unknown.getMessage() + "; if it has an Idempotency-Key, send it again,"
                            + " else read the log to see whether it is there");
        }
        if (failure instanceof LogFullException full) {
            return Problem.response(ProblemType.LOG_FULL, full.getMessage());
        }
        if (failure instanceof StorageException failed) {
            return Problem.response(ProblemType.STORAGE_FAILED, failed.getMessage());
        }
        if (failure instanceof TooManyReadersException many) {
            return Problem.response(ProblemType.TOO_MANY_READERS, many.getMessage());
        }
        if (failure instanceof EndMovedException moved) {
            return Problem.response(
                    ProblemType.END_MOVED,
                    ProblemType.END_MOVED.status(),
                    moved.getMessage(),
                    Json.createObjectBuilder().add("end", moved.end()).build());
        }
        if (failure instanceof MismatchException differs) {
            return Problem.response(
                    ProblemType.MISMATCH, ProblemType.MISMATCH.status(), differs.getMessage(), WireJson.write(differs));
        }
        if (failure instanceof ReplicationRefusedException refused) {
            return refused(refused);
        }
        if (failure instanceof WebApplicationException refused) {
            return platform(refused);
        }
        if (failure instanceof IOException) {
            LOG.log(FINE, "A body ended early", failure);
            return Problem.response(ProblemType.BAD_REQUEST, "The body ended early; send it whole");
        }
        String incident = UUID.randomUUID().toString();
        LOG.log(SEVERE, "A request failed, incident " + incident, failure);
        return Problem.response(ProblemType.INTERNAL, "The node's log file says more under incident " + incident);
    }

    private static ProblemType type(AppendRefusedException.Reason reason) {
        return switch (reason) {
            case READ_ONLY -> ProblemType.READ_ONLY;
            case TOO_MANY_WAITING -> ProblemType.TOO_MANY_WAITING;
            case STOPPING -> ProblemType.STOPPING;
            case KEY_REUSED -> ProblemType.KEY_REUSED;
        };
    }

    private static Response refused(ReplicationRefusedException refused) {
        ProblemType type = switch (refused.reason()) {
            case NOT_A_SECONDARY -> ProblemType.NOT_A_SECONDARY;
            case FOREIGN_LOG -> ProblemType.FOREIGN_LOG;
            case FENCED -> ProblemType.FENCED;
            case DIVERGED -> ProblemType.DIVERGED;
        };
        return Problem.response(type, type.status(), refused.getMessage(), WireJson.write(refused));
    }

    /** What the platform refuses by itself: no such path, wrong method, wrong media type. */
    private static Response platform(WebApplicationException refused) {
        int status = refused.getResponse().getStatus();
        if (status < 400) {
            return refused.getResponse();
        }
        LOG.log(FINE, "The platform refused a request", refused);
        Response problem = PlatformProblem.response(status);
        String allow = refused.getResponse().getHeaderString(HttpHeaders.ALLOW);
        return allow == null
                ? problem
                : Response.fromResponse(problem)
                        .header(HttpHeaders.ALLOW, allow)
                        .build();
    }
}
