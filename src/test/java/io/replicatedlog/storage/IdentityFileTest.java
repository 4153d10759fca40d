package io.replicatedlog.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.replicatedlog.Seeds;
import io.replicatedlog.log.SimulatedDisk;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Promise;
import io.replicatedlog.protocol.Reign;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node remembers in its file, and that a damaged one is never taken for that of a new node. */
class IdentityFileTest {

    private static final UUID NODE = new UUID(8, 8);
    /** Drawn at every start; counts at the first alone. */
    private static final UUID ANOTHER = new UUID(7, 7);

    private static final Identity BEGUN = Identity.begun(NODE);
    private static final Identity OLD = identity(1, "http://one:8080", 3, 1, true);
    private static final Identity NEW = identity(2, "https://two.example.org:9443", 17, 0, false);

    private final SimulatedDisk disk = new SimulatedDisk();

    @Test
    void shouldRememberEveryCombinationOfMembers() throws IOException {
        List<Optional<Reign>> reigns = List.of(
                Optional.empty(),
                Optional.of(new Reign(new UUID(0, 0), 1)),
                Optional.of(new Reign(new UUID(-1, Long.MIN_VALUE), Long.MAX_VALUE)));
        List<Optional<URI>> primaries = List.of(
                Optional.empty(),
                Optional.of(URI.create("http://primary")),
                Optional.of(URI.create("https://[::1]:8443/a%20b?c=d#crc32c")));
        List<Optional<Promise>> promises = List.of(
                Optional.empty(),
                Optional.of(new Promise(1, new UUID(0, 0))),
                Optional.of(new Promise(Long.MAX_VALUE, new UUID(-1, Long.MIN_VALUE))));
        List<Optional<Members>> lists = List.of(
                Optional.empty(),
                Optional.of(new Members(3, Map.of())),
                Optional.of(Members.of(List.of(URI.create("http://crc32c"), URI.create("https://[::1]:8443")))),
                Optional.of(members(Long.MAX_VALUE)));
        IdentityFile file = IdentityFile.open(disk, true, NODE);
        for (Optional<Promise> promise : promises) {
            for (Optional<Reign> reign : reigns) {
                for (Optional<URI> primary : primaries) {
                    for (Optional<Members> members : lists) {
                        for (long number : new long[] {0, 1, Long.MAX_VALUE}) {
                            shouldRemember(file, new Identity(NODE, promise, reign, primary, number, 7, true, members));
                            shouldRemember(
                                    file, new Identity(NODE, promise, reign, primary, 7, number, false, members));
                        }
                    }
                }
            }
        }
    }

    @Test
    void shouldRememberTheOrderOfTheMembers() throws IOException {
        stored(OLD);

        assertThat(reopened().members().orElseThrow().list())
                .containsExactlyElementsOf(OLD.members().orElseThrow().list());
    }

    private void shouldRemember(IdentityFile file, Identity identity) throws IOException {
        assertThat(file.update(before -> identity)).isEqualTo(identity);
        assertThat(file.load()).isEqualTo(identity);
        assertThat(reopened()).isEqualTo(identity);
    }

    @Test
    void shouldBeginAsANodeThatRemembersNothing() throws IOException {
        assertThat(IdentityFile.open(disk, true, NODE).load()).isEqualTo(BEGUN);

        assertThat(reopened())
                .as("the file is there from now on, and no other node id is drawn")
                .isEqualTo(BEGUN);
    }

    @Test
    void shouldNotTakeANodeWithEntriesForANewOne() {
        assertRefused(disk, false, "is missing");

        assertThat(disk.list()).as("nothing was changed").isEmpty();
    }

    @Test
    void shouldWriteWhatAnOperatorCanRead() throws IOException {
        stored(OLD);

        assertThat(new String(disk.content(IdentityFile.NAME), UTF_8))
                .startsWith("replicated-log identity 4\nnode 00000000-0000-0008-0000-000000000008\n"
                        + "promised 1\ncandidate 00000000-0000-0009-0000-000000000009\n"
                        + "log-id 00000000-0000-0001-0000-000000000001\nepoch 1\n"
                        + "primary http://one:8080\ncommitted 3\nmatched 1\ncomplete true\n"
                        + "members 1 http://two:8080#00000000-0000-0008-0000-000000000008 http://one:8080\ncrc32c ");
    }

    @Test
    void shouldRefuseEveryFlippedBit() throws IOException {
        for (Identity identity : List.of(OLD, NEW, BEGUN)) {
            byte[] intact = stored(identity);
            for (int bit = 0; bit < 8 * intact.length; bit++) {
                byte[] damaged = intact.clone();
                damaged[bit / 8] ^= (byte) (1 << bit % 8);
                assertDamaged(damaged);
            }
        }
    }

    @Test
    void shouldRefuseEveryTruncation() throws IOException {
        byte[] intact = stored(OLD);
        for (int length = 0; length < intact.length; length++) {
            assertDamaged(Arrays.copyOf(intact, length));
        }
    }

    @Test
    void shouldRefuseWhatIsNoIdentityAtAll() throws IOException {
        byte[] intact = stored(OLD);
        List<byte[]> others = new ArrayList<>(List.of("\n".getBytes(UTF_8), "crc32c ".getBytes(UTF_8), new byte[512]));
        others.add(Arrays.copyOf(intact, intact.length + 1));
        others.add((new String(intact, UTF_8) + new String(intact, UTF_8)).getBytes(UTF_8));
        others.add("crc32c 00000000\n".getBytes(UTF_8));

        others.forEach(this::assertDamaged);
    }

    @Test
    void shouldHoldTheOldOrTheNewOneWheneverTheMachineStops() {
        Seeds.each(50, random -> {
            for (int failAfter = 0; failAfter < 4; failAfter++) {
                SimulatedDisk crashing = new SimulatedDisk();
                IdentityFile file = IdentityFile.open(crashing, true, NODE);
                file.update(before -> OLD);
                crashing.failAfter(failAfter);
                boolean failed = catchThrowable(() -> file.update(before -> NEW)) != null;
                crashing.crash(random);

                Identity held = IdentityFile.open(crashing, false, ANOTHER).load();
                assertThat(held).isIn(failed ? List.of(OLD, NEW) : List.of(NEW));
            }
        });
    }

    @Test
    void shouldMakeAWholeFileForANewNodeWheneverTheMachineStops() throws IOException {
        for (int failAfter = 0; failAfter < 4; failAfter++) {
            SimulatedDisk crashing = new SimulatedDisk();
            crashing.failAfter(failAfter);
            catchThrowable(() -> IdentityFile.open(crashing, true, NODE));
            crashing.crash(new Random(failAfter));

            assertThat(IdentityFile.open(crashing, true, NODE).load()).isEqualTo(BEGUN);
        }
    }

    @Test
    void shouldKeepToTheOldOneWhenStoringFails() throws IOException {
        IdentityFile file = IdentityFile.open(disk, true, NODE);
        file.update(before -> OLD);
        disk.failAfter(0);

        assertThatThrownBy(() -> file.update(before -> NEW))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("disk/" + IdentityFile.NAME);

        assertThat(file.load()).isEqualTo(OLD);
        disk.heal();
        assertThat(reopened()).isEqualTo(OLD);
        file.update(before -> NEW);
        assertThat(reopened()).isEqualTo(NEW);
    }

    /** The one that could not be stored may be on the disk all the same. */
    @Test
    void shouldStoreTheOldOneAgainAfterStoringAnotherHasFailed() throws IOException {
        IdentityFile file = IdentityFile.open(disk, true, NODE);
        file.update(before -> OLD);
        disk.failAfter(1);
        assertThatThrownBy(() -> file.update(before -> NEW)).isInstanceOf(StorageException.class);
        disk.heal();
        assertThat(reopened()).as("it came so far").isEqualTo(NEW);

        file.update(before -> OLD);

        assertThat(reopened()).isEqualTo(OLD);
    }

    @Test
    @Timeout(60)
    void shouldKeepEveryChangeOfThoseThatComeAtTheSameTime() throws Exception {
        IdentityFile file = IdentityFile.open(disk, true, NODE);
        List<UnaryOperator<Identity>> changes = List.of(
                before -> before.committed(before.committed() + 1),
                before -> before.promised(
                        new Promise(before.promise().map(Promise::epoch).orElse(0L) + 1, ANOTHER)),
                before -> before.isComplete() ? before.incomplete() : before.complete());
        CyclicBarrier start = new CyclicBarrier(changes.size());
        List<CompletableFuture<Void>> running = changes.stream()
                .map(change -> CompletableFuture.runAsync(
                        () -> {
                            try {
                                start.await();
                            } catch (InterruptedException | BrokenBarrierException e) {
                                throw new AssertionError(e);
                            }
                            for (int i = 0; i < 501; i++) {
                                file.update(change);
                            }
                        },
                        runnable -> new Thread(runnable).start()))
                .toList();
        running.forEach(CompletableFuture::join);

        assertThat(file.load().committed()).isEqualTo(501);
        assertThat(file.load().promise()).contains(new Promise(501, ANOTHER));
        assertThat(file.load().isComplete()).isTrue();
        assertThat(reopened()).isEqualTo(file.load());
    }

    @Test
    @Timeout(60)
    void shouldShowWhatWasStoredLastWhileAChangeHangs() throws Exception {
        IdentityFile file = IdentityFile.open(disk, true, NODE);
        file.update(before -> OLD);
        disk.holdForces();
        CompletableFuture<Identity> change = CompletableFuture.supplyAsync(() -> file.update(before -> NEW));
        await().until(disk::isForceHeld);

        assertThat(CompletableFuture.supplyAsync(file::load))
                .succeedsWithin(30, SECONDS)
                .isEqualTo(OLD);
        assertThat(change).isNotDone();
        disk.releaseForces();
        assertThat(change).succeedsWithin(30, SECONDS).isEqualTo(NEW);
        assertThat(file.load()).isEqualTo(NEW);
    }

    @Test
    void shouldWriteNothingIfNothingChanges() throws IOException {
        IdentityFile file = IdentityFile.open(disk, true, NODE);
        file.update(before -> OLD);
        disk.failAfter(0);

        assertThat(file.update(before -> before.committed(2))).isEqualTo(OLD);
    }

    private Identity reopened() throws IOException {
        return IdentityFile.open(disk, false, ANOTHER).load();
    }

    private byte[] stored(Identity identity) throws IOException {
        IdentityFile.open(disk, true, NODE).update(before -> identity);
        return disk.content(IdentityFile.NAME);
    }

    private void assertDamaged(byte[] content) {
        SimulatedDisk damaged = new SimulatedDisk();
        damaged.put(IdentityFile.NAME, content);
        for (boolean isNew : new boolean[] {false, true}) {
            assertRefused(damaged, isNew, "is damaged");
            assertThat(damaged.content(IdentityFile.NAME)).isEqualTo(content);
        }
    }

    private static void assertRefused(SimulatedDisk damaged, boolean isNew, String what) {
        Throwable refused = catchThrowable(() -> IdentityFile.open(damaged, isNew, ANOTHER));
        assertThat(refused).isInstanceOf(StorageException.class);
        assertThat(((StorageException) refused).isDamage()).isTrue();
        assertThat(refused)
                .hasMessageContaining("disk/" + IdentityFile.NAME + " " + what)
                .hasMessageContaining("Move disk/ away");
    }

    private static Identity identity(long epoch, String primary, long committed, long matched, boolean isComplete) {
        return new Identity(
                NODE,
                Optional.of(new Promise(epoch, new UUID(9, 9))),
                Optional.of(new Reign(new UUID(1, 1), epoch)),
                Optional.of(URI.create(primary)),
                committed,
                matched,
                isComplete,
                Optional.of(members(epoch)));
    }

    private static Members members(long epoch) {
        Map<Member, Optional<UUID>> ids = new LinkedHashMap<>();
        ids.put(new Member(URI.create("http://two:8080")), Optional.of(NODE));
        ids.put(new Member(URI.create("http://one:8080")), Optional.empty());
        return new Members(epoch, ids);
    }
}
