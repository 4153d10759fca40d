package io.replicatedlog.cluster;

/** Puts the failure of a call to another node into few words. */
public final class Failure {

    private Failure() {}

    /** One line without class names of the client's machinery: the root cause. */
    public static String describe(Throwable failure) {
        Throwable root = rootOf(failure);
        String name = root.getClass().getSimpleName();
        return root.getMessage() == null
                ? name
                : name + ": " + root.getMessage().lines().findFirst().orElse("");
    }

    /** The cause that has no cause of its own. */
    public static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root;
    }
}
