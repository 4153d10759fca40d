package io.replicatedlog.api;

import io.replicatedlog.log.LogException;

/** A request that cannot be carried out as it was sent. The message says what to send instead; nothing was stored. */
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
