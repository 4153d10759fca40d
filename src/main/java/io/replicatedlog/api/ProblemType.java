package io.replicatedlog.api;

import io.replicatedlog.api.Problem.Appended;
import java.util.Locale;

/** The kinds of error that the API reports. Programs switch on {@link #uri}, whose meaning never changes. */
enum ProblemType {
    BAD_REQUEST(400, "The request is malformed"),
    INVALID_MESSAGE(400, "The message is missing or invalid"),
    INVALID_WRITE_CONCERN(400, "The write concern w is invalid"),
    INVALID_CONDITION(400, "The Idempotency-Key or If-Match header is invalid"),
    INVALID_TIMEOUT(400, "timeoutMs is invalid"),
    UNAUTHORIZED(401, "Authentication is missing or invalid"),
    FORBIDDEN(403, "Permission denied"),
    NOT_FOUND(404, "Not found"),
    METHOD_NOT_ALLOWED(405, "The path does not support this method"),
    TOO_SLOW(408, "The body arrives too slowly"),
    FOREIGN_LOG(409, "The secondary follows a different log"),
    FENCED(409, "The caller's epoch is stale"),
    DIVERGED(409, "The logs have diverged"),
    MISMATCH(409, "The preceding entry does not match"),
    NOT_A_MEMBER(409, "The caller is not a member"),
    LED(409, "The node hears from a primary"),
    FURTHER(409, "The node's own log goes further"),
    CANNOT_LEAD(409, "The node cannot lead now"),
    END_MOVED(412, "The log has a different end offset"),
    TOO_LARGE(413, "The message or the request is too large"),
    UNSUPPORTED_MEDIA_TYPE(415, "The media type of the body is not supported"),
    KEY_REUSED(422, "The Idempotency-Key belongs to a different append"),
    TOO_MANY_WAITING(429, "Too many appends are waiting"),
    TOO_MANY_READERS(429, "Too many readers are waiting"),
    INTERNAL(500, "Internal error"),
    OVERLOADED(503, "The node is overloaded"),
    STORAGE_FAILED(503, "The storage has failed"),
    READ_ONLY(503, "The log is read-only"),
    STOPPING(503, "The node is shutting down"),
    PRIMARY_UNKNOWN(503, "The primary is unknown"),
    OUTCOME_UNKNOWN(503, "The outcome of the append is unknown"),
    LOG_FULL(507, "The log is full"),
    OTHER(0, "The request was refused");

    private final int status;
    private final String title;

    ProblemType(int status, String title) {
        this.status = status;
        this.title = title;
    }

    /** The HTTP status; 0 for {@link #OTHER}, which goes with any. */
    int status() {
        return status;
    }

    String title() {
        return title;
    }

    /** What became of the messages of the request, unless the answer says otherwise. */
    Appended appended() {
        return this == OUTCOME_UNKNOWN || this == INTERNAL ? Appended.UNKNOWN : Appended.NO;
    }

    /** The {@code type} of the problem document. */
    String uri() {
        return "urn:replicated-log:problem:" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
