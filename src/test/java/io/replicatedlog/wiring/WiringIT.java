package io.replicatedlog.wiring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.replicatedlog.leadership.Leadership;
import io.replicatedlog.leadership.LeadershipBean;
import io.replicatedlog.log.Log;
import io.replicatedlog.membership.Health;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.membership.HeartbeatBean;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.primary.Append;
import io.replicatedlog.primary.AppendRefusedException;
import io.replicatedlog.primary.PendingAppends.Outcome;
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.primary.WriteConcern;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Member;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.io.File;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
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
    private LeadershipBean leadership;

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
    void shouldShareOneLogAndOneConfigurationAmongTheBeans() throws Exception {
        awaitReign();
        assertTrue(config.beginsTheLog());
        assertEquals(2, config.members().size());
        assertEquals(Leadership.Role.PRIMARY, leadership.role());
        assertEquals(1, replication.replication().status().size());
        assertEquals(log.end(), replication.primaryLog().end());
        assertSame(replication.primaryLog(), replication.primaryLog());
    }

    @Test
    void shouldRefuseAppendsUntilAQuorumIsSeenAndAgainWhenItIsLost() throws Exception {
        awaitReign(); // only the quorum is missing then
        heard.nextMissed();
        long end = log.end();
        assertTrue(readOnlyMode.reason().orElseThrow().contains("1 of 2 nodes are healthy and follow, 2 needed"));
        assertThrows(AppendRefusedException.class, () -> append("refused"));
        assertEquals(end, log.end());

        Member secondary = new Member(config.members().get(1));
        heartbeats.heartbeats().alive(secondary);
        assertTrue(readOnlyMode.reason().isPresent(), "healthy, and not following");
        PrimaryLog primaryLog = replication.primaryLog();
        primaryLog.acknowledge(
                secondary,
                primaryLog.reign().orElseThrow(),
                primaryLog.round(),
                new Acknowledgement(new UUID(9, 1), end, 0));
        replication.replication().acknowledged(secondary);

        assertTrue(readOnlyMode.reason().isEmpty());
        assertEquals(new Outcome(end, 1, 1, true), append("taken"));
        assertEquals(end + 1, log.end());

        Heartbeat missed = heard.nextMissed();
        assertEquals(Health.SUSPECTED, missed.after());
        assertTrue(readOnlyMode.reason().isPresent());
        assertThrows(AppendRefusedException.class, () -> append("refused again"));
    }

    /** As the configuration demands, this node leads without the promise of the other one, which is called from then on. */
    private void awaitReign() throws InterruptedException {
        while (!replication.primaryLog().isEstablished()) {
            heard.nextMissed();
        }
    }

    private Outcome append(String message) throws Exception {
        return replication
                .append(Append.of(List.of(message.getBytes(UTF_8)), new WriteConcern(1)), OptionalInt.empty())
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }
}
