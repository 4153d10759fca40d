package io.replicatedlog.wiring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.replicatedlog.log.Log;
import io.replicatedlog.membership.Health;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.membership.HeartbeatBean;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.primary.Append;
import io.replicatedlog.primary.AppendRefusedException;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.primary.WriteConcern;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.io.File;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The application as it is built, deployed to a managed Liberty; the tests run inside, with its beans injected. */
@ExtendWith(ArquillianExtension.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class WiringIT {

    @Inject
    private NodeConfig config;

    @Inject
    private Log log;

    @Inject
    private ReadOnlyMode readOnlyMode;

    @Inject
    private HeartbeatBean heartbeats;

    @Inject
    private ReplicationBean replication;

    @Inject
    private Heard heard;

    /** Hears every heartbeat, as the lanes do. */
    @ApplicationScoped
    public static class Heard {
        private final LinkedBlockingQueue<Heartbeat> missed = new LinkedBlockingQueue<>();

        void onHeartbeat(@Observes Heartbeat heartbeat) {
            if (heartbeat.after() != Health.HEALTHY) {
                missed.add(heartbeat);
            }
        }

        /** Waits for the next missed heartbeat from now on. */
        public Heartbeat nextMissed() throws InterruptedException {
            missed.clear();
            return missed.poll(30, TimeUnit.SECONDS);
        }
    }

    @Deployment
    static WebArchive application() {
        return ShrinkWrap.createFromZipFile(WebArchive.class, new File("target/replicated-log.war"))
                .addPackage(WiringIT.class.getPackage());
    }

    @Test
    void shouldShareOneLogAndOneConfigurationAmongTheBeans() {
        assertTrue(config.isPrimary());
        assertEquals(2, config.nodes());
        assertEquals(1, replication.replication().status().size());
        assertEquals(log.end(), replication.primaryLog().end());
        assertSame(replication.primaryLog(), replication.primaryLog());
    }

    @Test
    void shouldRefuseAppendsUntilAQuorumIsSeenAndAgainWhenItIsLost() throws Exception {
        // The third missed heartbeat ends the recovery; only the quorum is missing then.
        while (!replication.primaryLog().isEstablished()) {
            heard.nextMissed();
        }
        heard.nextMissed();
        long end = log.end();
        assertTrue(readOnlyMode.reason().orElseThrow().contains("1 of 2 nodes are healthy and follow, 2 needed"));
        assertThrows(AppendRefusedException.class, () -> append("refused"));
        assertEquals(end, log.end());

        Member secondary = new Member(config.secondaries().get(0));
        heartbeats.alive(secondary);
        assertTrue(readOnlyMode.reason().isPresent(), "healthy, and not following");
        replication
                .primaryLog()
                .acknowledge(secondary, replication.primaryLog().reign().orElseThrow(), end);
        replication.replication().acknowledged(secondary);

        assertTrue(readOnlyMode.reason().isEmpty());
        assertEquals(new Outcome(end, 1, 1, true), append("taken"));
        assertEquals(end + 1, log.end());

        Heartbeat missed = heard.nextMissed();
        assertEquals(Health.SUSPECTED, missed.after());
        assertTrue(readOnlyMode.reason().isPresent());
        assertThrows(AppendRefusedException.class, () -> append("refused again"));
    }

    private Outcome append(String message) throws Exception {
        return replication
                .append(Append.of(List.of(message.getBytes(UTF_8)), new WriteConcern(1)), OptionalInt.empty())
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }
}
