package io.replicatedlog.api;

/** Every kind of error that the API answers with. A program switches on {@link #uri}; it never changes its meaning. */
enum ProblemType {
    BAD_REQUEST(400, "The request is not understood"),
    INVALID_MESSAGE(400, "The message is missing or is not text"),
    INVALID_WRITE_CONCERN(400, "The write concern w is not possible"),
    INVALID_CONDITION(400, "A header that names a condition is not understood"),
    INVALID_TIMEOUT(400, "The timeoutMs is not possible"),
    UNAUTHORIZED(401, "The caller did not say who it is, or not truly"),
    FORBIDDEN(403, "The caller may not do this"),
    NOT_FOUND(404, "There is nothing here"),
    METHOD_NOT_ALLOWED(405, "The method is not allowed here"),
    UNSUPPORTED_MEDIA_TYPE(415, "The body's media type is not understood"),
    TOO_SLOW(408, "The body comes too slowly"),
    FOREIGN_LOG(409, "The secondary holds another log"),
    FENCED(409, "The caller's epoch is over"),
    DIVERGED(409, "The secondary holds other entries"),
    MISMATCH(409, "The secondary does not hold what comes before"),
    NOT_A_SECONDARY(409, "This node is not a secondary"),
    END_MOVED(412, "The log does not end where it was expected to"),
    TOO_LARGE(413, "The message or the request is too large"),
    KEY_REUSED(422, "The Idempotency-Key stands for another append"),
    TOO_MANY_WAITING(429, "Too many appends are waiting"),
    TOO_MANY_READERS(429, "Too many readers are waiting"),
    LOG_FULL(507, "The log is full"),
    INTERNAL(500, "The node failed to answer"),
    OVERLOADED(503, "The node has too much to do"),
    STORAGE_FAILED(503, "The node's storage has failed"),
    READ_ONLY(503, "The log is read-only"),
    STOPPING(503, "The node stops"),
    PRIMARY_UNKNOWN(503, "The primary is not known here"),
    OUTCOME_UNKNOWN(503, "The outcome of the append is unknown"),
    OTHER(0, "The request was refused");

    private final int status;
    private final String title;

    ProblemType(int status, String title) {
        this.status = status;
        this.title = title;
    }

    int status() {
        return status;
    }

    String title() {
        return title;
    }

    /** The {@code type} of the problem document. */
    String uri() {
        return "urn:replicated-log:problem:"
                + name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
