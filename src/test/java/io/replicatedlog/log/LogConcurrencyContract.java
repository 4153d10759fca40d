package io.replicatedlog.log;

import static io.replicatedlog.log.SampleRecords.list;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many threads on one {@link Log}. An implementation runs it by extending this class. */
abstract class LogConcurrencyContract {

    private static final int WRITERS = 4;
    private static final int READERS = 3;
    private static final int ENTRIES_EACH = 1_000;

    /** An empty log with room for everything here. */
    abstract Log create() throws IOException;

    @Test
    @Timeout(60)
    void shouldPutConcurrentAppendsInOneOrderAndShowOnlyWholeEntries() throws Exception {
        Log log = create();
        CyclicBarrier start = new CyclicBarrier(WRITERS + READERS);
        List<Callable<long[]>> writers = new ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
            String name = "writer" + writer;
            writers.add(() -> {
                start.await();
                return write(log, name);
            });
        }
        List<Callable<Void>> readers = new ArrayList<>();
        for (int reader = 0; reader < READERS; reader++) {
            long seed = reader;
            readers.add(() -> {
                start.await();
                return readUntilComplete(log, seed);
            });
        }

        ExecutorService threads = Executors.newFixedThreadPool(WRITERS + READERS);
        try {
            List<Future<long[]>> written = writers.stream().map(threads::submit).toList();
            List<Future<Void>> read = readers.stream().map(threads::submit).toList();
            Map<Long, String> expected = new HashMap<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                long[] offsets = written.get(writer).get(30, SECONDS);
                assertThat(offsets)
                        .as("a writer's own entries keep their order")
                        .isSorted();
                for (int i = 0; i < offsets.length; i++) {
                    expected.put(offsets[i], message("writer" + writer, i));
                }
            }
            for (Future<Void> reader : read) {
                reader.get(30, SECONDS);
            }
            Map<Long, String> held = new HashMap<>();
            list(log).forEach(entry -> held.put(entry.offset(), entry.message()));
            assertThat(held).isEqualTo(expected).hasSize(WRITERS * ENTRIES_EACH);
        } finally {
            threads.shutdownNow();
        }
    }

    private static long[] write(Log log, String name) {
        long[] offsets = new long[ENTRIES_EACH];
        for (int i = 0; i < ENTRIES_EACH; i++) {
            offsets[i] = log.append(
                    1, i, name.getBytes(UTF_8), List.of(message(name, i).getBytes(UTF_8)));
        }
        return offsets;
    }

    /** Reads here and there; whatever is there must be whole, in its place, and still be there at the next look. */
    private static Void readUntilComplete(Log log, long seed) throws CorruptRecordException {
        Random random = new Random(seed);
        long end = 0;
        while (end < WRITERS * ENTRIES_EACH) {
            long from = random.nextLong(end + 1);
            Records read = log.read(from, 1 + random.nextInt(200), 1 + random.nextInt(100_000));
            if (from < end) {
                assertThat(read.isEmpty())
                        .as("seed %d: nothing at %d of %d", seed, from, end)
                        .isFalse();
            }
            Records checked = Records.parse(from, read.bytes());
            for (Entry entry : checked) {
                assertThat(entry.message()).isEqualTo(message(entry.key(), entry.timestamp()));
            }
            long now = log.end();
            assertThat(now).as("the end never falls").isGreaterThanOrEqualTo(Math.max(end, read.end()));
            end = now;
        }
        return null;
    }

    private static String message(String writer, long number) {
        return writer + ":" + number + ":" + "x".repeat((int) (number % 50));
    }
}
