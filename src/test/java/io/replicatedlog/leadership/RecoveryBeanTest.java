package io.replicatedlog.leadership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.replicatedlog.leadership.Recovery.GoOn;
import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.membership.Health;
import io.replicatedlog.membership.Heartbeat;
import io.replicatedlog.node.NodeConfig;
import io.replicatedlog.node.NodeConfigReader;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.primary.IdempotencyWindow;
import io.replicatedlog.primary.PendingAppends;
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.ReplicationBean;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.PeerConnection;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.storage.IdentityStore;
import io.replicatedlog.storage.StorageBean;
import io.replicatedlog.storage.StorageChange;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.inject.Inject;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What asks, carries out and tells: the bean, with everything around it replaced. */
class RecoveryBeanTest {

    private static final UUID LOG = new UUID(1, 1);

    private final List<String> logFile = new ArrayList<>();
    private final List<Runnable> tasks = new ArrayList<>();
    private final IdentityStore identity = IdentityStore.inMemory();
    private final InMemoryLog log = new InMemoryLog(1_000_000);
    private final ReadOnlyMode readOnlyMode = new ReadOnlyMode();
    private final RecoveryBean bean = new RecoveryBean();
    private final Logger logger = Logger.getLogger(RecoveryBean.class.getName());
    private final PrimaryLog primaryLog = new PrimaryLog(
            log,
            new PendingAppends(1, Runnable::run),
            identity,
            10,
            URI.create("http://primary:8080"),
            new IdempotencyWindow.Limits(0, 0));

    /** Done once, when the bean asks whether the storage has failed; what it gives is the answer. */
    private Supplier<Optional<String>> whenStorageIsAsked = Optional::empty;

    private Runnable beforeBegin = () -> {};

    /** Done once, after a reign has begun. */
    private Runnable afterBegin = () -> {};

    /** What every call to a secondary fails with. */
    private RuntimeException whenCalled;

    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            logFile.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private final StorageBean storage = new StorageBean() {
        @Override
        public Optional<String> failure() {
            Supplier<Optional<String>> once = whenStorageIsAsked;
            whenStorageIsAsked = Optional::empty;
            return once.get();
        }
    };

    private final ReplicationBean replication = new ReplicationBean() {
        @Override
        public PrimaryLog primaryLog() {
            return primaryLog;
        }

        @Override
        public PeerConnection connection(int secondary) {
            throw whenCalled;
        }

        @Override
        public void begin(Reign reign, int followersNeeded) {
            beforeBegin.run();
            primaryLog.begin(reign, followersNeeded);
            Runnable once = afterBegin;
            afterBegin = () -> {};
            once.run();
        }
    };

    @BeforeEach
    void listen() {
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
    }

    @AfterEach
    void stopListening() {
        logger.removeHandler(handler);
        logger.setUseParentHandlers(true);
    }

    @Test
    void shouldRecoverAgainWhenTheStorageFailsAndMendsBeforeItHasForgottenTheRecoveryThatIsOver() throws Exception {
        build(0);
        afterBegin = () -> {
            bean.onStorageChange(new StorageChange(true));
            bean.onStorageChange(new StorageChange(false));
        };

        bean.start();
        runTasks();

        assertThat(primaryLog.isEstablished()).isTrue();
        assertThat(logFile).filteredOn(line -> line.startsWith("Begins epoch")).hasSize(2);
    }

    @Test
    void shouldNotBeginWhatWasDecidedBeforeTheStorageFailedAndMended() throws Exception {
        build(0);
        bean.onStorageChange(new StorageChange(false));
        whenStorageIsAsked = () -> {
            bean.onStorageChange(new StorageChange(true));
            bean.onStorageChange(new StorageChange(false));
            return Optional.empty();
        };

        runTasks();

        assertThat(primaryLog.isEstablished()).isTrue();
        assertThat(logFile).filteredOn(line -> line.startsWith("Begins epoch")).hasSize(1);
    }

    @Test
    void shouldNotReignOverAStorageThatFailedAndMendedSinceItWasDecided() throws Exception {
        build(0);
        beforeBegin = () -> {
            beforeBegin = () -> {};
            bean.onStorageChange(new StorageChange(true));
            bean.onStorageChange(new StorageChange(false));
        };

        bean.start();

        assertThat(primaryLog.reign()).isNull();
        runTasks();
        assertThat(primaryLog.isEstablished()).isTrue();
    }

    @Test
    void shouldLookAgainForThoseWhoCameWhileItLooked() throws Exception {
        build(0);
        bean.onStorageChange(new StorageChange(false));
        whenStorageIsAsked = () -> {
            bean.onStorageChange(new StorageChange(true));
            bean.onStorageChange(new StorageChange(false));
            CompletableFuture.runAsync(this::runTasks).join();
            return Optional.of("it has failed");
        };

        runTasks();

        assertThat(primaryLog.isEstablished()).isTrue();
    }

    @Test
    void shouldShowAndLogOnceWhyItFailed() throws Exception {
        build(0);
        List<String> reasons = List.of("The disk is full", "/data cannot be forced", "The disk is full", "/data");
        for (String reason : reasons) {
            beforeBegin = () -> {
                throw new LogFullException(reason);
            };
            bean.start();
            assertThat(readOnlyMode.reason().orElseThrow())
                    .contains("recovering: failed and begins again (" + reason + ")");
        }

        assertThat(logFile)
                .filteredOn(line -> line.contains("failed"))
                .containsExactly(
                        "Read-only, recovering: failed and begins again (The disk is full)",
                        "Read-only, recovering: failed and begins again (/data cannot be forced)",
                        "Read-only, recovering: failed and begins again (/data)");
    }

    @Test
    void shouldShowAndLogWhyASecondaryDoesNotSayWhereItStands() throws Exception {
        build(1);
        bean.start();
        for (int i = 1; i <= 3; i++) {
            whenCalled = new PeerConnection.NotAcknowledgedException("incident " + i, false);
            heartbeat();
        }
        String steady = "http://s1:8080 (does not say: incident 3)";
        assertThat(readOnlyMode.reason().orElseThrow()).contains(steady);
        assertThat(logFile).as("what is new each time").filteredOn(this::isWait).hasSize(1);

        heartbeat();
        heartbeat();

        assertThat(logFile)
                .filteredOn(this::isWait)
                .hasSize(2)
                .last()
                .asString()
                .contains(steady);
        whenCalled = new PeerConnection.NotAcknowledgedException("This node is a primary", false);

        heartbeat();
        heartbeat();
        heartbeat();

        assertThat(logFile)
                .filteredOn(this::isWait)
                .hasSize(3)
                .last()
                .asString()
                .contains("is a primary");
    }

    @Test
    void shouldSayWhoseLogCouldNotBeTakenOverAndWhy() throws Exception {
        build(1);
        Position holds = new Position(Optional.of(new Reign(LOG, 5)), 7, 5, true);
        GoOn decision = new GoOn(OptionalInt.of(0), holds, new Reign(LOG, 6), true, Optional.empty());

        assertThat(notTakenOver(decision, new MismatchException(0, 0)))
                .isEqualTo("http://s1:8080: it refuses to begin at the beginning");
        assertThat(notTakenOver(decision, new IllegalStateException("org.example.Client is closed")))
                .isEqualTo("http://s1:8080: the call failed");
        assertThat(notTakenOver(decision, new PeerConnection.NotAcknowledgedException("status 503", false)))
                .isEqualTo("http://s1:8080: status 503");
    }

    private String notTakenOver(GoOn decision, RuntimeException failure) {
        whenCalled = failure;
        return Failure.describe(catchThrowable(() -> bean.takeOver(0, decision)));
    }

    private boolean isWait(String line) {
        return line.startsWith("Read-only, recovering: waits for ");
    }

    private void heartbeat() {
        bean.onHeartbeat(new Heartbeat(0, Health.HEALTHY, Health.HEALTHY));
        runTasks();
    }

    private void runTasks() {
        while (!tasks.isEmpty()) {
            tasks.remove(0).run();
        }
    }

    private void build(int secondaries) throws IllegalAccessException {
        Optional<String> urls = secondaries == 0 ? Optional.empty() : Optional.of("http://s1:8080");
        NodeConfig config = new NodeConfigReader(
                        name -> name.equals("SECONDARY_URLS") ? urls : Optional.empty(), Long.MAX_VALUE, type -> false)
                .read();
        ManagedExecutorService executor = proxy(ManagedExecutorService.class, (proxy, method, arguments) -> {
            tasks.add((Runnable) arguments[0]);
            return null;
        });
        ManagedScheduledExecutorService never =
                proxy(ManagedScheduledExecutorService.class, (proxy, method, arguments) -> null);
        List<Object> around = List.of(config, log, identity, storage, replication, readOnlyMode, executor, never);
        for (Field field : RecoveryBean.class.getDeclaredFields()) {
            if (field.isAnnotationPresent(Inject.class) || field.isAnnotationPresent(Resource.class)) {
                field.setAccessible(true);
                field.set(
                        bean,
                        around.stream()
                                .filter(field.getType()::isInstance)
                                .findFirst()
                                .orElseThrow());
            }
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
