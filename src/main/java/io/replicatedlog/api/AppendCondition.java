package io.replicatedlog.api;

import io.replicatedlog.primary.Append;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The conditions that the headers of an append set for storing it.
 *
 * @param key of {@code Idempotency-Key}; empty for none
 * @param expectedEnd of {@code If-Match}: the end offset that the log must have
 */
record AppendCondition(String key, OptionalLong expectedEnd) {

    /** Printable ASCII. The header's draft requires quotes; most clients omit them. */
    private static final Pattern KEY = Pattern.compile("\"([ !#-\\[\\]-~]+)\"|([!#-~]+)");

    private static final Pattern END = Pattern.compile("\"([0-9]{1,18})\"");

    /**
     * Reads the headers, each of which may be absent.
     *
     * @throws BadRequestProblem if one is malformed
     */
    static AppendCondition parse(List<String> idempotencyKeys, List<String> ifMatches) {
        return new AppendCondition(
                idempotencyKeys.isEmpty() ? "" : key(idempotencyKeys),
                ifMatches.isEmpty() ? OptionalLong.empty() : end(ifMatches));
    }

    private static String key(List<String> values) {
        Matcher header = KEY.matcher(values.get(0).strip());
        if (values.size() == 1 && header.matches()) {
            String key = header.group(1) != null ? header.group(1) : header.group(2);
            if (key.length() <= Append.MAX_KEY_LENGTH) {
                return key;
            }
        }
        throw new BadRequestProblem(
                ProblemType.INVALID_CONDITION,
                "Send one Idempotency-Key of 1 to " + Append.MAX_KEY_LENGTH
                        + " printable ASCII characters, such as a random UUID; in quotes if it has spaces");
    }

    private static OptionalLong end(List<String> values) {
        String value = values.get(0).strip();
        Matcher end = END.matcher(value);
        if (values.size() > 1 || !end.matches() && !value.equals("*")) {
            throw new BadRequestProblem(
                    ProblemType.INVALID_CONDITION,
                    "If-Match must be the expected end offset of the log in quotes, such as If-Match: \"17\", or * for any");
        }
        return value.equals("*") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(end.group(1)));
    }
}
