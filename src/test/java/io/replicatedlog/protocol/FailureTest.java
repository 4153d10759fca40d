package io.replicatedlog.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.LogException;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.log.StorageException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import org.eclipse.microprofile.faulttolerance.exceptions.TimeoutException;
import org.junit.jupiter.api.Test;

class FailureTest {

    @Test
    void shouldSayTheRootCauseInWords() {
        assertThat(describe(new ConnectException("Connection refused"))).isEqualTo("the connection was refused");
        assertThat(describe(new SocketTimeoutException("Read timed out"))).isEqualTo("no answer in time");
        assertThat(describe(new UnknownHostException("secondary1"))).isEqualTo("its host name is unknown");
        assertThat(describe(new IOException("Broken pipe"))).isEqualTo("the connection broke");
    }

    @Test
    void shouldNameNoClassOfWhatItDoesNotKnow() {
        assertThat(describe(new NullPointerException("\"jakarta.json.JsonObject.get()\" is null")))
                .isEqualTo("the call failed");
    }

    @Test
    void shouldSayWhatAnExceptionOfThisProjectSays() {
        String full = "The disk is full: 5 bytes are left in /data; make room";
        StorageException failed = StorageException.failed("/data/log cannot be forced", new IOException("I/O error"));

        assertThat(describe(new LogFullException(full))).isEqualTo(full);
        assertThat(describe(failed)).isEqualTo("/data/log cannot be forced (I/O error)");
        assertThat(describe(new OfAnotherPackageException("it answered with status 409", new IOException("cut"))))
                .isEqualTo("it answered with status 409");
        assertThat(Failure.describe(new LogFullException(full))).isEqualTo(full);
    }

    @Test
    void shouldSayTheRootCauseWhereAnExceptionOfThisProjectSaysNothing() {
        assertThat(describe(new OfAnotherPackageException(null, new ConnectException("Connection refused"))))
                .isEqualTo("the connection was refused");
    }

    /** It stands for those that this package does not know. */
    private static final class OfAnotherPackageException extends LogException {
        private static final long serialVersionUID = 1L;

        OfAnotherPackageException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    @Test
    void shouldTellATimeoutFromOtherFailures() {
        assertThat(Failure.isTimeout(new TimeoutException("replicate"))).isTrue();
        assertThat(Failure.isTimeout(wrapped(new SocketTimeoutException()))).isTrue();
        assertThat(Failure.isTimeout(wrapped(new ConnectException()))).isFalse();
        assertThat(Failure.describe(new TimeoutException("replicate"))).isEqualTo("no answer in time");
    }

    private static String describe(Throwable root) {
        return Failure.describe(wrapped(root));
    }

    private static Throwable wrapped(Throwable root) {
        return new IllegalStateException("the client's machinery", new RuntimeException(root));
    }
}
