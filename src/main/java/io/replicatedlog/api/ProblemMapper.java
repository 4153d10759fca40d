package io.replicatedlog.api;

import static java.util.logging.Level.FINE;
import static java.util.logging.Level.SEVERE;

import io.replicatedlog.api.Problem.Appended;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.primary.AppendRefusedException;
import io.replicatedlog.primary.EndMovedException;
import io.replicatedlog.primary.OutcomeUnknownException;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.NotConfirmedException;
import io.replicatedlog.protocol.ReplicationRefusedException;
import io.replicatedlog.protocol.WireJson;
import io.replicatedlog.reading.TooManyReadersException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.logging.Logger;

/** Maps exceptions of resources to problem documents. Unexpected ones are logged under an incident id, and not shown. */
@Provider
public class ProblemMapper implements ExceptionMapper<Throwable> {

    private static final Logger LOG = Logger.getLogger(ProblemMapper.class.getName());

    /** The expected failures; no two of them are related. */
    private static final List<Rule<?>> RULES = List.of(
            on(BadRequestProblem.class, bad -> Problem.of(bad.type(), bad.getMessage())),
            on(AppendRefusedException.class, refused -> Problem.of(type(refused.reason()), refused.getMessage())),
            on(OutcomeUnknownException.class, ProblemMapper::outcomeUnknown),
            on(LogFullException.class, full -> Problem.of(ProblemType.LOG_FULL, full.getMessage())),
            on(
                    StorageException.class,
                    failed -> Problem.of(ProblemType.STORAGE_FAILED, failed.getMessage())
                            .withAppended(failed.isOutcomeUnknown() ? Appended.UNKNOWN : Appended.NO)),
            on(TooManyReadersException.class, many -> Problem.of(ProblemType.TOO_MANY_READERS, many.getMessage())),
            on(
                    NotConfirmedException.class,
                    not -> Problem.of(ProblemType.PRIMARY_UNKNOWN, not.getMessage() + "; read again in a moment")),
            on(EndMovedException.class, ProblemMapper::endMoved),
            on(MismatchException.class, ProblemMapper::mismatch),
            on(ReplicationRefusedException.class, ProblemMapper::refused),
            on(IOException.class, ProblemMapper::incomplete));

    /** The problem for each failure of one class. */
    private record Rule<T extends Throwable>(Class<T> failure, Function<T, Problem> problem) {
        Problem apply(Throwable thrown) {
            return problem.apply(failure.cast(thrown));
        }
    }

    private static <T extends Throwable> Rule<T> on(Class<T> failure, Function<T, Problem> problem) {
        return new Rule<>(failure, problem);
    }

    @Override
    public Response toResponse(Throwable failure) {
        return answer(failure);
    }

    /** As {@link #toResponse}. Asynchronous resources call it themselves: the platform would log each failure first. */
    static Response answer(Throwable thrown) {
        Throwable failure = thrown instanceof CompletionException ? thrown.getCause() : thrown;
        if (failure instanceof WebApplicationException refused) {
            return platform(refused);
        }
        return problem(failure).response();
    }

    static Problem problem(Throwable failure) {
        return RULES.stream()
                .filter(rule -> rule.failure().isInstance(failure))
                .findFirst()
                .map(rule -> rule.apply(failure))
                .orElseGet(() -> unexpected(failure));
    }

    private static ProblemType type(AppendRefusedException.Reason reason) {
        return switch (reason) {
            case READ_ONLY -> ProblemType.READ_ONLY;
            case TOO_MANY_WAITING -> ProblemType.TOO_MANY_WAITING;
            case STOPPING -> ProblemType.STOPPING;
            case KEY_REUSED -> ProblemType.KEY_REUSED;
        };
    }

    private static ProblemType type(ReplicationRefusedException.Reason reason) {
        return switch (reason) {
            case FOREIGN_LOG -> ProblemType.FOREIGN_LOG;
            case FENCED -> ProblemType.FENCED;
            case NOT_A_MEMBER -> ProblemType.NOT_A_MEMBER;
            case LED -> ProblemType.LED;
            case FURTHER -> ProblemType.FURTHER;
            case DIVERGED -> ProblemType.DIVERGED;
        };
    }

    private static Problem outcomeUnknown(OutcomeUnknownException unknown) {
        return Problem.of(
                ProblemType.OUTCOME_UNKNOWN,
                unknown.getMessage() + "; send it again if it has an Idempotency-Key, otherwise read the log to see"
                        + " whether it is there");
    }

    private static Problem endMoved(EndMovedException moved) {
        return Problem.of(ProblemType.END_MOVED, moved.getMessage()).with("end", moved.end());
    }

    private static Problem mismatch(MismatchException mismatch) {
        return Problem.of(ProblemType.MISMATCH, mismatch.getMessage()).with(WireJson.write(mismatch));
    }

    private static Problem refused(ReplicationRefusedException refused) {
        return Problem.of(type(refused.reason()), refused.getMessage()).with(WireJson.write(refused));
    }

    private static Problem incomplete(IOException failure) {
        LOG.log(FINE, "The body of a request is incomplete", failure);
        return Problem.of(ProblemType.BAD_REQUEST, "The body is incomplete; send all of it");
    }

    private static Problem unexpected(Throwable failure) {
        String incident = UUID.randomUUID().toString();
        LOG.log(SEVERE, "A request failed, incident " + incident, failure);
        return Problem.of(ProblemType.INTERNAL, "The cause is in the node's log under incident " + incident);
    }

    /** Refusals by the platform itself: unknown path, method or media type. */
    private static Response platform(WebApplicationException refused) {
        int status = refused.getResponse().getStatus();
        if (status < 400) {
            return refused.getResponse();
        }
        LOG.log(FINE, "The platform refused a request", refused);
        Response problem = PlatformProblem.of(status).response();
        String allow = refused.getResponse().getHeaderString(HttpHeaders.ALLOW);
        return allow == null
                ? problem
                : Response.fromResponse(problem)
                        .header(HttpHeaders.ALLOW, allow)
                        .build();
    }
}
