package io.replicatedlog.protocol;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.replicatedlog.log.InMemoryLog;
import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The real REST client, inside a managed Liberty, against peers that misbehave. */
@ExtendWith(ArquillianExtension.class)
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class PeerConnectionIT {

    private static final int TIMEOUT_MS = 500;

    /** More than the socket buffers of both sides take. */
    private static final int LARGE_BYTES = 40_000_000;

    @Deployment
    static WebArchive application() {
        return ShrinkWrap.createFromZipFile(WebArchive.class, new File("target/replicated-log.war"))
                .addClass(PeerConnectionIT.class);
    }

    @Test
    void shouldCutAWriteToAPeerThatDoesNotRead() throws Exception {
        try (ServerSocket peer = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                PeerConnection connection = new PeerConnection(url(peer), TIMEOUT_MS, Optional.empty())) {
            CompletableFuture<CompletionStage<Acknowledgement>> call =
                    CompletableFuture.supplyAsync(() -> connection.replicate(batch(LARGE_BYTES)));
            try (Socket silent = peer.accept()) {
                assertTrue(silent.isConnected());
                // No time-out ends it: that is why there is something to cut.
                assertThrows(TimeoutException.class, () -> call.get(4 * TIMEOUT_MS, TimeUnit.MILLISECONDS));

                connection.abort();

                assertNotNull(assertThrows(ExecutionException.class, () -> call.get(10, TimeUnit.SECONDS))
                        .getCause());
            }
        }
    }

    @Test
    void shouldGiveUpOnAPeerThatDoesNotAnswer() throws Exception {
        try (ServerSocket peer = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                PeerConnection connection = new PeerConnection(url(peer), TIMEOUT_MS, Optional.empty())) {
            long start = System.nanoTime();

            RuntimeException failure = assertThrows(RuntimeException.class, () -> connection.replicate(batch(100)));

            assertTrue(Failure.isTimeout(failure), failure::toString);
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(10));
            assertFalse(peer.isClosed());
        }
    }

    private static URI url(ServerSocket peer) {
        return URI.create("http://127.0.0.1:" + peer.getLocalPort());
    }

    private static Batch batch(int bytes) {
        InMemoryLog log = new InMemoryLog(2L * bytes + 1_000);
        log.append(1, 0, new byte[0], List.of(new byte[bytes]));
        return new Batch(
                new Reign(new UUID(0, 1), 1),
                0,
                0,
                0,
                Long.MAX_VALUE,
                0,
                0,
                new UUID(0, 2),
                URI.create("http://primary:8080"),
                Optional.empty(),
                log.read(0, 1, bytes));
    }
}
