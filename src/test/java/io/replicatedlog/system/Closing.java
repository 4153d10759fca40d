package io.replicatedlog.system;

import java.util.List;

/** What a test has opened is closed, all of it. */
final class Closing {

    private Closing() {}

    /**
     * Closes each, whatever becomes of the others.
     *
     * @throws AssertionError if one of them cannot be closed; the reasons are with it, suppressed
     */
    static void all(List<? extends AutoCloseable> all) {
        AssertionError failed = null;
        for (AutoCloseable one : all) {
            try {
                one.close();
            } catch (Exception | AssertionError e) {
                failed = failed == null ? new AssertionError("not everything was closed") : failed;
                failed.addSuppressed(e);
            }
        }
        if (failed != null) {
            throw failed;
        }
    }
}
