package io.replicatedlog.api;

/**
 * The roles of clients, which are groups of their token. Checked with {@code CLIENT_AUTHENTICATION=jwt} only; otherwise every
 * client may call everything.
 */
public final class Roles {

    /** Reads the log and the state of the cluster. */
    public static final String READER = "log-reader";

    /** Appends. */
    public static final String WRITER = "log-writer";

    /** Everything, the testing API included. */
    public static final String ADMIN = "log-admin";

    private Roles() {}
}
