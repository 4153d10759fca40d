package io.replicatedlog.cluster;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import org.eclipse.microprofile.faulttolerance.exceptions.TimeoutException;

/** Puts the failure of a call to another node into few words. */
public final class Failure {

    private Failure() {}

    /** A few words for people, without names of classes. */
    public static String describe(Throwable failure) {
        Throwable root = rootOf(failure);
        if (root instanceof ConnectException) {
            return "the connection was refused";
        }
        if (isTimeout(failure)) {
            return "no answer in time";
        }
        if (root instanceof UnknownHostException || root instanceof UnresolvedAddressException) {
            return "its host name is unknown";
        }
        if (root instanceof IOException) {
            return "the connection broke";
        }
        return "the call failed";
    }

    /** Whether it took too long. */
    public static boolean isTimeout(Throwable failure) {
        return failure instanceof TimeoutException || rootOf(failure) instanceof SocketTimeoutException;
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
