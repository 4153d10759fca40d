package io.replicatedlog.api;

/**
 * What a client may do, where clients have to say who they are ({@code CLIENT_AUTHENTICATION}): the groups of its token.
 * Everywhere else everybody may do everything.
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
