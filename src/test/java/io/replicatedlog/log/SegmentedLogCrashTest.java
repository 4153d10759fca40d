package io.replicatedlog.log;

import static io.replicatedlog.log.SampleRecords.list;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.Seeds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The machine stops at every point of a sequence; whatever was not forced is lost, torn or kept, sector by sector. Segments
 * are small enough that several of them wait for a force.
 */
class SegmentedLogCrashTest {

    private static final int SEEDS = 60;
    private static final int STEPS = 25;

    /** What is known of the log without looking at it. */
    private static final class Expected {
        /** Everything that was appended and not cut off, in order. */
        private final List<Entry> appended = new ArrayList<>();

        /** A force has returned that covers everything below. */
        private int acknowledged;
    }

    @Test
    void shouldHoldEverythingThatWasForcedWheneverTheMachineStops() {
        Seeds.each(SEEDS, seed -> {
            long steps = seed.nextLong();
            for (int failAfter = 0; crashes(steps, failAfter, seed); failAfter++) {
                assertThat(failAfter).isLessThan(10_000);
            }
        });
    }

    @Test
    void shouldHoldEverythingThatWasForcedThroughManyCrashes() {
        Seeds.each(5 * SEEDS, random -> {
            SimulatedDisk disk = new SimulatedDisk();
            Expected expected = new Expected();
            for (int crash = 0; crash < 10; crash++) {
                disk.failAfter(random.nextInt(random.nextBoolean() ? 20 : 120));
                use(disk, expected, random);
                disk.crash(random);
                check(disk, expected, random);
            }
        });
    }

    /** Forces fail, and the system forgets what it did not write; the files are opened again, or the process is new. */
    @Test
    void shouldHoldEverythingThatWasForcedThoughForcesFail() {
        Seeds.each(5 * SEEDS, random -> {
            SimulatedDisk disk = new SimulatedDisk();
            Expected expected = new Expected();
            for (int round = 0; round < 10; round++) {
                SegmentedLog log = new SegmentedLog(disk, limits(random));
                for (int failures = random.nextInt(3); failures >= 0; failures--) {
                    failToForce(disk, log, expected, random);
                    check(log, expected);
                }
                if (random.nextBoolean()) {
                    disk.crash(random);
                }
                check(disk, expected, random);
            }
        });
    }

    private static void failToForce(SimulatedDisk disk, SegmentedLog log, Expected expected, Random random) {
        try {
            for (int step = random.nextInt(STEPS); step > 0; step--) {
                step(log, expected, random);
            }
            disk.failForces();
            for (int step = 0; step < STEPS; step++) {
                step(log, expected, random);
            }
        } catch (StorageException e) {
            // Until it is opened again.
        }
        disk.heal();
        log.reopen();
    }

    /** @return whether the sequence was so long that the disk failed in it */
    private static boolean crashes(long steps, int failAfter, Random random) throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        Expected expected = new Expected();
        disk.failAfter(failAfter);
        boolean failed = use(disk, expected, new Random(steps));
        disk.crash(random);
        check(disk, expected, random);
        return failed;
    }

    private static boolean use(SimulatedDisk disk, Expected expected, Random random) {
        try (SegmentedLog log = new SegmentedLog(disk, limits(random))) {
            for (int step = 0; step < STEPS; step++) {
                step(log, expected, random);
            }
            return false;
        } catch (IOException | StorageException e) {
            return true;
        }
    }

    private static SegmentedLog.Limits limits(Random random) {
        return new SegmentedLog.Limits(new int[] {1, 100, 300, 1_500}[random.nextInt(4)], 0);
    }

    private static void step(SegmentedLog log, Expected expected, Random random) {
        switch (random.nextInt(random.nextBoolean() ? 6 : 8)) {
            case 0, 1, 2 -> {
                Entry entry = new Entry(log.end(), epoch(expected), random.nextInt(), "", text(random));
                // Before the attempt: one that failed may be there or not.
                expected.appended.add(entry);
                log.append(
                        entry.epoch(),
                        entry.timestamp(),
                        new byte[0],
                        List.of(entry.message().getBytes(UTF_8)));
            }
            case 3 -> {
                List<Entry> entries = new ArrayList<>();
                int count = 1 + random.nextInt(4);
                for (int i = 0; i < count; i++) {
                    int group = RecordFormat.group(i, count);
                    entries.add(new Entry(log.end() + i, epoch(expected), random.nextInt(), group, "k", text(random)));
                }
                expected.appended.addAll(entries);
                log.append(SampleRecords.records(entries));
            }
            case 4 -> {
                if (random.nextInt(4) == 0) {
                    int end = random.nextInt(expected.appended.size() + 1);
                    expected.acknowledged = Math.min(expected.acknowledged, end);
                    log.truncate(end);
                    expected.appended.subList(end, expected.appended.size()).clear();
                }
            }
            default -> expected.acknowledged = Math.max(expected.acknowledged, (int) log.force());
        }
    }

    private static void check(SimulatedDisk disk, Expected expected, Random random) throws IOException {
        SegmentedLog log = new SegmentedLog(disk, limits(random));
        check(log, expected);
    }

    private static void check(SegmentedLog log, Expected expected) {
        assertThat(log.failure()).isEmpty();
        assertThat(log.isLossy()).isFalse();
        List<Entry> held = list(log);
        assertThat(held).hasSizeGreaterThanOrEqualTo(expected.acknowledged);
        assertThat(held).isEqualTo(expected.appended.subList(0, held.size()));
        assertThat(log.durable()).isEqualTo(held.size());
        assertThat(log.wholeUntil(held.size())).isEqualTo(wholeUntil(held, held.size()));
        assertThat(log.wholeUntil(held.size() / 2)).isEqualTo(wholeUntil(held, held.size() / 2));
        assertThat(log.sizeInBytes()).isEqualTo(SampleRecords.encode(held.toArray(Entry[]::new)).length);
        log.verify();
        assertThat(log.failure()).isEmpty();
        expected.appended.subList(held.size(), expected.appended.size()).clear();
        expected.acknowledged = held.size();
    }

    private static int wholeUntil(List<Entry> entries, int offset) {
        Entry before = offset == 0 ? null : entries.get(offset - 1);
        return before != null && before.isContinued() ? offset - 1 - RecordFormat.index(before.group()) : offset;
    }

    private static long epoch(Expected expected) {
        return expected.appended.isEmpty()
                ? 1
                : expected.appended.get(expected.appended.size() - 1).epoch();
    }

    /** Many messages are of the same size, some longer than a sector, a few longer than a segment. */
    private static String text(Random random) {
        int length = random.nextInt(10) == 0 ? random.nextInt(3_000) : random.nextInt(3) * 40;
        return String.valueOf((char) ('a' + random.nextInt(26))).repeat(length);
    }
}
