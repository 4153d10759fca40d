package io.replicatedlog.protocol;

import io.replicatedlog.log.LogException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.eclipse.microprofile.faulttolerance.exceptions.TimeoutException;

/** Puts the failure of a call to another node, or of what is done with its answer, into few words. */
public final class Failure {

    private Failure() {}

    /** A few words for people, without names of classes. */
    public static String describe(Throwable failure) {
        Optional<String> own = ownMessage(failure);
        if (own.isPresent()) {
            return own.get();
        }
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

    /** A call that may throw what its stage would fail with, as a stage alone. */
    public static <T> CompletionStage<T> staged(Supplier<CompletionStage<T>> call) {
        try {
            return call.get();
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** What a stage failed with, without the {@link CompletionException} round it. */
    public static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private static Optional<String> ownMessage(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Failure::causeOf)
                .filter(LogException.class::isInstance)
                .map(Throwable::getMessage)
                .filter(Objects::nonNull)
                .findFirst();
    }

    /** Whether it took too long. */
    public static boolean isTimeout(Throwable failure) {
        return failure instanceof TimeoutException || rootOf(failure) instanceof SocketTimeoutException;
    }

    /** The cause that has no cause of its own. */
    public static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        while (causeOf(root) != null) {
            root = causeOf(root);
        }
        return root;
    }

    private static Throwable causeOf(Throwable failure) {
        return failure.getCause() == failure ? null : failure.getCause();
    }
}
