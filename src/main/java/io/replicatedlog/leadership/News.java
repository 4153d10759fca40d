package io.replicatedlog.leadership;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Judges what is worth a line in the log file: each text once. A reason to wait is logged when it occurs a second time: most
 * waits end with the next heartbeat. Remembers a bounded number of texts. Not thread-safe.
 */
final class News {

    private static final int MAX_TEXTS = 32;

    private final Map<String, Integer> heard = new LinkedHashMap<>();

    boolean isWorthALine(String text) {
        return isWorthALine(text, 2);
    }

    /** @param times the occurrence that is logged, from 1 */
    boolean isWorthALine(String text, int times) {
        int heardNow = heard.merge(text, 1, Integer::sum);
        if (heard.size() > MAX_TEXTS) {
            heard.remove(heard.keySet().iterator().next());
        }
        return heardNow == times;
    }
}
