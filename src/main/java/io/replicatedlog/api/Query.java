package io.replicatedlog.api;

import io.replicatedlog.reading.Level;
import java.util.Locale;

/** Reads query parameters. */
final class Query {

    /** Eighteen digits. */
    static final long MAX_OFFSET = 999_999_999_999_999_999L;

    private Query() {}

    /**
     * A whole number.
     *
     * @param value {@code null} if it is absent
     * @throws BadRequestProblem if it is anything else
     */
    static long number(String name, String value, long absent, long least, long most) {
        if (value == null) {
            return absent;
        }
        long number = value.matches("[0-9]{1,18}") ? Long.parseLong(value) : -1;
        if (number < least || number > most) {
            throw new BadRequestProblem(
                    ProblemType.BAD_REQUEST,
                    "\"" + name + "\" must be a whole number "
                            + (most == Long.MAX_VALUE ? "of at least " + least : "from " + least + " to " + most));
        }
        return number;
    }

    /** Whether the level is the one that is asked for in a call, and then shows what is committed. */
    static boolean isLinearizable(String level) {
        return "linearizable".equalsIgnoreCase(level);
    }

    /** What is shown. */
    static Level level(String value) {
        if (value == null) {
            return Level.LOCAL;
        }
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "local" -> Level.LOCAL;
            case "committed", "linearizable" -> Level.COMMITTED;
            default ->
                throw new BadRequestProblem(
                        ProblemType.BAD_REQUEST, "\"level\" must be \"local\", \"committed\" or \"linearizable\"");
        };
    }
}
