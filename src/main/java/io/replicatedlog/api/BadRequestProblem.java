package io.replicatedlog.api;

import io.replicatedlog.log.LogException;

/** A request that is refused before anything is stored. The message says what to send instead, or when. */
final class BadRequestProblem extends LogException {
    private static final long serialVersionUID = 1L;

    private final ProblemType type;

    BadRequestProblem(ProblemType type, String detail) {
        super(detail);
        this.type = type;
    }

    ProblemType type() {
        return type;
    }
}
