package io.replicatedlog.storage;

import static io.replicatedlog.log.SampleRecords.append;
import static io.replicatedlog.log.SampleRecords.messages;
import static io.replicatedlog.log.SampleRecords.records;
import static io.replicatedlog.log.SampleRecords.together;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.logging.Level.INFO;
import static java.util.logging.Level.SEVERE;
import static java.util.logging.Level.WARNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.log.SimulatedDisk;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.node.Liveness;
import io.replicatedlog.node.LogLines;
import io.replicatedlog.node.ManualTime;
import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.protocol.Reign;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node shows of a storage that fails, hangs or has lost something, and how it goes on. */
@Timeout(60)
class StorageTest {

    private static final UUID NODE = new UUID(8, 8);
    private static final UUID ANOTHER = new UUID(7, 7);
    private static final Reign FIRST = new Reign(new UUID(1, 1), 1);
    private static final int RESERVE = 1_000;
    private static final int DISK_TIMEOUT_MS = 5_000;
    private static final String SEGMENT = "00000000000000000000.log";

    private final ManualTime time = new ManualTime();
    private final Liveness liveness = new Liveness();
    private final ReadOnlyMode readOnlyMode = new ReadOnlyMode();
    private final List<StorageChange> changes = new ArrayList<>();
    private final LogLines lines = new LogLines(Storage.class);

    private SimulatedDisk disk = new SimulatedDisk(50_000);

    @AfterEach
    void close() {
        lines.close();
    }

    @Test
    void shouldSayThatTheDiskHangsOnceACallHasTakenTooLong() {
        takeAppends();
        Storage storage = start();
        append(storage.log(), 1, "a");
        disk.holdForces();
        CompletableFuture<Long> force = CompletableFuture.supplyAsync(storage.log()::force);
        await().until(disk::isForceHeld);

        time.advance(DISK_TIMEOUT_MS);
        storage.watch();
        assertThat(liveness.failure()).as("it may still come back").isEmpty();
        storage.requireResponsive();
        time.advance(1_000);
        storage.watch();
        storage.watch();

        assertThat(liveness.failure(Liveness.Cause.DISK))
                .hasValueSatisfying(why -> assertThat(why).contains("disk/").contains("6 s"));
        assertThat(readOnlyMode.reason())
                .hasValueSatisfying(why -> assertThat(why).contains("disk/"));
        assertThat(lines.at(SEVERE)).singleElement().asString().contains("The disk hangs");
        assertThatThrownBy(storage::requireResponsive)
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("has not answered");
        assertThat(changes).as("the storage has not failed").isEmpty();
        disk.releaseForces();
        assertThat(force).succeedsWithin(30, SECONDS).isEqualTo(1L);
        storage.watch();

        assertThat(liveness.failure()).isEmpty();
        assertThat(readOnlyMode.reason()).isEmpty();
        storage.requireResponsive();
        assertThat(lines.at(INFO)).contains("The disk answers again");
    }

    /** The clock is that of the oldest call, however many come and go beside it. */
    @Test
    void shouldSeeTheCallThatHangsAmongOthersThatDoNot() {
        Storage storage = start();
        append(storage.log(), 1, "a");
        disk.holdForces();
        CompletableFuture<Long> force = CompletableFuture.supplyAsync(storage.log()::force);
        await().until(disk::isForceHeld);
        for (int seconds = 0; seconds < 6; seconds++) {
            time.advance(1_000);
            append(storage.log(), 1, "written, not forced");
        }

        storage.watch();

        assertThat(liveness.failure(Liveness.Cause.DISK)).isPresent();
        disk.releaseForces();
        assertThat(force).succeedsWithin(30, SECONDS);
    }

    @Test
    void shouldReportAFailureMendItAndTellBothInTheirOrder() {
        takeAppends();
        Storage storage = start();
        append(storage.log(), 1, "a");
        storage.log().force();
        append(storage.log(), 1, "in doubt");
        disk.failForces();
        assertThatThrownBy(storage.log()::force).isInstanceOf(StorageException.class);

        storage.check();
        storage.check();
        assertThat(storage.failure()).isPresent();
        assertThat(liveness.failure(Liveness.Cause.STORAGE)).isPresent();
        assertThat(readOnlyMode.reason())
                .hasValueSatisfying(why -> assertThat(why).contains("storage has failed"));
        assertThat(changes).containsExactly(new StorageChange(true));
        assertThat(lines.at(SEVERE))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).startsWith("Storage has failed"));
        disk.heal();
        storage.check();

        assertThat(storage.failure()).isEmpty();
        assertThat(liveness.failure()).isEmpty();
        assertThat(readOnlyMode.reason()).isEmpty();
        assertThat(changes).containsExactly(new StorageChange(true), new StorageChange(false));
        assertThat(messages(storage.log())).as("what was not forced is cut").containsExactly("a");
        storage.check();
        assertThat(changes).hasSize(2);
    }

    @Test
    void shouldReportDamageOnceAndNotPretendToMendIt() throws IOException {
        Storage before = start();
        for (int entries = 0; entries < 30; entries++) {
            append(before.log(), 1, "x".repeat(1_000));
        }
        before.close();
        byte[] damaged = disk.content(SEGMENT);
        damaged[500] ^= 1;
        disk.put(SEGMENT, damaged);
        Storage storage = start();

        storage.verify();
        storage.check();

        assertThat(storage.failure()).hasValueSatisfying(why -> assertThat(why).contains(SEGMENT));
        assertThat(liveness.failure(Liveness.Cause.STORAGE)).isPresent();
        assertThat(changes).containsExactly(new StorageChange(true));
        assertThat(lines.at(SEVERE)).hasSize(1);
    }

    @Test
    void shouldNotPassForCompleteAfterItHasLostEntriesWhileItRan() throws IOException {
        Storage storage = start();
        storage.identity().update(Identity::complete);
        append(storage.log(), 1, "a");
        append(storage.log(), 1, "b");
        storage.log().force();
        append(storage.log(), 1, "c");
        disk.failForces();
        assertThatThrownBy(storage.log()::force).isInstanceOf(StorageException.class);
        storage.check();
        disk.heal();
        byte[] left = disk.content(SEGMENT);
        disk.put(SEGMENT, Arrays.copyOf(left, left.length / 3 + 5));

        storage.check();

        assertThat(storage.failure()).isEmpty();
        assertThat(storage.log().end()).isLessThan(2);
        assertThat(storage.identity().load().isComplete()).isFalse();
        assertThat(lines.at(WARNING)).anySatisfy(line -> assertThat(line).contains("had made durable are gone"));
        storage.close();
        assertThat(start().identity().load().isComplete())
                .as("nor after a start")
                .isFalse();
    }

    /** An old copy of the segments beside the identity as it was. */
    @Test
    void shouldNotPassForCompleteIfMoreWasCommittedThanItHolds() throws IOException {
        Storage before = start();
        append(before.log(), 1, "a");
        before.log().append(records(together(1, 1, "b", "c", "d").subList(0, 2)));
        before.log().force();
        before.identity()
                .update(identity -> identity.following(
                                FIRST, Optional.of(ANOTHER), Optional.of(URI.create("http://p")), Optional.empty())
                        .complete()
                        .committed(5));
        before.close();

        Storage storage = start();

        assertThat(storage.identity().load().isComplete()).isFalse();
        assertThat(storage.identity().load().committed())
                .as("what was committed is")
                .isEqualTo(5);
        assertThat(storage.committed().get())
                .as("shown is what it holds of whole appends")
                .isEqualTo(1);
        assertThat(lines.at(WARNING))
                .singleElement()
                .asString()
                .contains("ends at offset 3")
                .contains("below 5");
        storage.close();
        start();
        assertThat(lines.at(WARNING)).as("it is said at every start").hasSize(2);
    }

    @Test
    void shouldStayCompleteIfItHoldsWhatWasCommitted() throws IOException {
        Storage before = start();
        append(before.log(), 1, "a");
        before.log().force();
        before.identity().update(identity -> identity.complete().committed(1));
        before.close();

        Storage storage = start();

        assertThat(storage.identity().load().isComplete()).isTrue();
        assertThat(storage.committed().get()).isEqualTo(1);
        assertThat(lines.at(WARNING)).isEmpty();
        assertThat(storage.identity().load().node()).isEqualTo(NODE);
    }

    /** Whatever the first start had written by then, the operator reads of the room, and not of a node id. */
    @Test
    void shouldSayAtEveryStartThatThereIsNoRoomAndBeginOnceThereIs() throws IOException {
        int refusals = 0;
        for (int room = 0; room < 600; room += 10) {
            disk = new SimulatedDisk(50_000);
            disk.needRoomToReplace();
            disk.reserve(50_000 - room);
            if (catchThrowable(this::start) == null) {
                continue;
            }
            refusals++;
            for (int starts = 0; starts < 3; starts++) {
                Throwable refused = catchThrowable(this::start);
                if (refused != null) {
                    assertThat(refused)
                            .as("with " + room + " bytes")
                            .hasMessageContaining("space left")
                            .hasMessageNotContaining("is missing");
                }
            }
            disk.reserve(0);
            Storage storage = start();
            storage.check();
            assertThat(storage.failure()).as("with " + room + " bytes first").isEmpty();
            assertThat(storage.identity().load()).isEqualTo(Identity.begun(NODE));
            append(storage.log(), 1, "a");
            storage.close();
        }
        assertThat(refusals).isGreaterThan(5);
    }

    @Test
    void shouldRefuseToTakeEntriesWithoutAnIdentityForANewNode() throws IOException {
        Storage before = start();
        append(before.log(), 1, "a");
        before.close();
        disk.delete(IdentityFile.NAME);

        assertThatThrownBy(this::start).isInstanceOf(StorageException.class).hasMessageContaining("is missing");
    }

    @Test
    void shouldKeepALogInMemoryWithNothingToWatch() throws IOException {
        try (Storage storage = Storage.inMemory(1_000, NODE, signals())) {
            storage.watch();
            storage.check();
            storage.verify();
            storage.requireResponsive();

            assertThat(storage.failure()).isEmpty();
            assertThat(storage.identity().load()).isEqualTo(Identity.begun(NODE));
            storage.log().append(1, 0, new byte[0], List.of("a".getBytes(UTF_8)));
            assertThat(storage.log().durable()).isEqualTo(1);
        }
    }

    private Storage start() {
        try {
            Storage.Bounds bounds = new Storage.Bounds(new SegmentedLog.Limits(10_000, RESERVE), DISK_TIMEOUT_MS);
            UUID fresh = disk.list().contains(IdentityFile.NAME) ? ANOTHER : NODE;
            return Storage.inFiles(disk, bounds, fresh, signals(), time, left -> {});
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private Storage.Signals signals() {
        return new Storage.Signals(liveness, readOnlyMode, changes::add);
    }

    private void takeAppends() {
        readOnlyMode.leave(ReadOnlyMode.Cause.RECOVERY);
        readOnlyMode.leave(ReadOnlyMode.Cause.QUORUM);
    }
}
