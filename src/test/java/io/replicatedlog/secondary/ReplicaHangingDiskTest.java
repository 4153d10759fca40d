package io.replicatedlog.secondary;

import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.secondary.SampleBatches.NODE;
import static io.replicatedlog.secondary.SampleBatches.batch;
import static io.replicatedlog.secondary.SampleBatches.replica;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.log.Records;
import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.log.SimulatedDisk;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.protocol.Acknowledgement;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.PromiseRequest;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.storage.IdentityFile;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a replica still answers while a call to its disk does not come back. */
@Timeout(60)
class ReplicaHangingDiskTest {

    private static final Reign FIRST = new Reign(new UUID(1, 1), 1);

    private final SimulatedDisk disk = new SimulatedDisk();
    private Replica replica;

    @BeforeEach
    void start() throws IOException {
        replica = replica(
                new SegmentedLog(disk, new SegmentedLog.Limits(100_000, 0)), IdentityFile.open(disk, true, NODE));
        replica.receive(batch(FIRST, 0, 0, 1, records(0, 1, "a")));
        disk.holdForces();
    }

    @AfterEach
    void release() {
        disk.releaseForces();
    }

    @Test
    void shouldShowItselfWhileAForceHangs() throws Exception {
        CompletableFuture<Acknowledgement> call =
                CompletableFuture.supplyAsync(() -> replica.receive(batch(FIRST, 1, 0, 2, records(1, 1, "b"))));
        await().until(disk::isForceHeld);

        Replica.Status status = promptly(replica::status);
        assertThat(status.end()).as("what is durable").isEqualTo(1);
        assertThat(status.primaryEnd()).hasValue(2);
        assertThat(promptly(replica::position).end()).isEqualTo(1);
        assertThat(promptly(() -> replica.read(0, 0, 1_000)).count()).isEqualTo(1);
        assertThat(call).isNotDone();
        disk.releaseForces();
        assertThat(call)
                .succeedsWithin(30, SECONDS)
                .extracting(Acknowledgement::end)
                .isEqualTo(2L);
        disk.holdForces();
    }

    @Test
    void shouldShowItselfWhileAPromiseIsBeingForced() throws Exception {
        PromiseRequest request = new PromiseRequest(
                new Promise(5, new UUID(9, 9)), URI.create("http://candidate:8080"), Optional.empty());
        CompletableFuture<Long> call =
                CompletableFuture.supplyAsync(() -> replica.promise(request).promised());
        await().until(disk::isForceHeld);

        assertThat(promptly(replica::status).reign()).contains(FIRST);
        assertThat(promptly(replica::position).promised())
                .as("not before it is durable")
                .isEqualTo(1);
        assertThat(call).isNotDone();
        disk.releaseForces();
        assertThat(call).succeedsWithin(30, SECONDS).isEqualTo(5L);
        disk.holdForces();
    }

    @Test
    void shouldTakeNoMoreOnceTheDiskIsKnownToHang() {
        Replica careful = new Replica(
                new InMemoryLog(1_000),
                SampleBatches.inMemory(),
                new CommittedOffset(0),
                () -> {
                    throw StorageException.failed("Nothing is stored now", new IOException("the disk hangs"));
                },
                Replica.Listener.NONE,
                new Random(1),
                SampleBatches.WIDE);

        assertThatThrownBy(() -> careful.receive(batch(FIRST, 0, 0, 0, Records.empty(0))))
                .isInstanceOf(StorageException.class);
        assertThatThrownBy(() -> careful.promise(new PromiseRequest(
                        new Promise(5, new UUID(9, 9)), URI.create("http://candidate:8080"), Optional.empty())))
                .isInstanceOf(StorageException.class);
        assertThat(careful.status().reign()).isEmpty();
        assertThat(careful.position().promised()).isZero();
    }

    /** On another thread: one that waits for the disk would wait for ever. */
    private static <T> T promptly(Supplier<T> call) throws Exception {
        return CompletableFuture.supplyAsync(call).get(20, SECONDS);
    }
}
