package io.replicatedlog.log;

import static io.replicatedlog.log.SampleRecords.list;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicatedlog.Seeds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random steps on a {@link Log} and on a plain list side by side. An implementation runs it by extending this class. */
abstract class LogModelContract {

    private static final int SEQUENCES = 200;
    private static final int STEPS = 300;

    /** An empty log with room for everything here. */
    abstract Log create() throws IOException;

    /** The same log after its process ended and began again; where nothing outlives a process, the log itself. */
    abstract Log reopen(Log log) throws IOException;

    @Test
    void shouldBehaveAsAPlainList() {
        Seeds.each(SEQUENCES, random -> {
            Log log = create();
            List<Entry> model = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                if (random.nextInt(30) == 0) {
                    log = reopen(log);
                }
                step(random, log, model);
                assertThat(log.end()).isEqualTo(model.size());
            }
            assertThat(list(log)).isEqualTo(model);
        });
    }

    private static void step(Random random, Log log, List<Entry> model) {
        switch (random.nextInt(12)) {
            case 0, 1 -> appendEntries(random, log, model);
            case 2, 3 -> appendRecords(random, log, model);
            case 4, 5, 6 -> read(random, log, model);
            case 7 -> askEpoch(random, log, model);
            case 8 -> appendWhatIsRefused(random, log, model);
            case 9 -> force(log, model);
            case 10 -> askWhole(random, log, model);
            default -> cut(random, log, model);
        }
    }

    private static void appendEntries(Random random, Log log, List<Entry> model) {
        Entry entry = next(random, model);
        List<String> messages = new ArrayList<>(List.of(entry.message()));
        while (random.nextInt(3) == 0) {
            messages.add(SampleRecords.text(random));
        }

        long first = log.append(
                entry.epoch(),
                entry.timestamp(),
                entry.key().getBytes(UTF_8),
                messages.stream().map(message -> message.getBytes(UTF_8)).toList());

        assertThat(first).isEqualTo(model.size());
        for (int i = 0; i < messages.size(); i++) {
            int group = RecordFormat.group(i, messages.size());
            model.add(new Entry(model.size(), entry.epoch(), entry.timestamp(), group, entry.key(), messages.get(i)));
        }
    }

    private static void appendRecords(Random random, Log log, List<Entry> model) {
        int before = model.size();
        for (int i = random.nextInt(6); i > 0; i--) {
            model.add(next(random, model));
        }
        if (random.nextInt(4) == 0) {
            addPartOfAnAppend(random, model);
        }
        List<Entry> added = model.subList(before, model.size());
        log.append(added.isEmpty() ? Records.empty(before) : SampleRecords.records(added));
    }

    /** Its first entries: what comes behind is another append, as far as a log cares. */
    private static void addPartOfAnAppend(Random random, List<Entry> model) {
        int size = 2 + random.nextInt(3);
        Entry first = next(random, model);
        for (int i = 0; i < 1 + random.nextInt(size); i++) {
            int group = RecordFormat.group(i, size);
            model.add(new Entry(model.size(), first.epoch(), first.timestamp(), group, first.key(), "m" + i));
        }
    }

    private static void askWhole(Random random, Log log, List<Entry> model) {
        int offset = random.nextInt(model.size() + 3);
        int expected = Math.min(offset, model.size());
        if (expected > 0 && model.get(expected - 1).isContinued()) {
            do {
                expected--;
            } while (RecordFormat.index(model.get(expected).group()) > 0);
        }

        assertThat(log.wholeUntil(offset)).isEqualTo(expected);
        assertThat(log.wholeUntil(log.durable())).isLessThanOrEqualTo(log.durable());
    }

    private static void read(Random random, Log log, List<Entry> model) {
        int from = random.nextInt(model.size() + 2);
        int maxEntries = 1 + random.nextInt(8);
        int maxBytes = 1 + random.nextInt(400);
        List<Entry> expected = new ArrayList<>();
        int bytes = 0;
        for (int offset = from; offset < model.size() && expected.size() < maxEntries; offset++) {
            bytes += RecordFormat.encode(model.get(offset)).length;
            if (bytes > maxBytes && !expected.isEmpty()) {
                break;
            }
            expected.add(model.get(offset));
        }

        Records read = log.read(from, maxEntries, maxBytes);

        assertThat(list(read)).isEqualTo(expected);
        assertThat(read.first()).isEqualTo(from);
    }

    private static void askEpoch(Random random, Log log, List<Entry> model) {
        int offset = random.nextInt(model.size() + 3) - 1;
        boolean held = offset >= 0 && offset < model.size();

        assertThat(log.epochAt(offset))
                .isEqualTo(held ? OptionalLong.of(model.get(offset).epoch()) : OptionalLong.empty());
    }

    private static void appendWhatIsRefused(Random random, Log log, List<Entry> model) {
        long last = lastEpoch(model);
        Records elsewhere = SampleRecords.records(model.size() + 1 + random.nextInt(3), last, "x");

        assertThatThrownBy(() -> log.append(elsewhere)).isInstanceOf(IllegalArgumentException.class);
        if (last > 0) {
            assertThatThrownBy(() -> log.append(last - 1, 0, new byte[0], List.of(new byte[0])))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static void force(Log log, List<Entry> model) {
        assertThat(log.durable()).isLessThanOrEqualTo(model.size());
        assertThat(log.force()).isEqualTo(model.size());
        assertThat(log.durable()).isEqualTo(model.size());
    }

    private static void cut(Random random, Log log, List<Entry> model) {
        switch (random.nextInt(12)) {
            case 0 -> {
                log.clear();
                model.clear();
            }
            case 1, 2, 3 -> {
                int end = random.nextInt(model.size() + 2);
                log.truncate(end);
                model.subList(Math.min(end, model.size()), model.size()).clear();
            }
            default -> stepBack(random, log, model);
        }
    }

    private static void stepBack(Random random, Log log, List<Entry> model) {
        int limit = random.nextInt(model.size() + 3);
        long epoch = random.nextLong(lastEpoch(model) + 2);
        long expected = Math.min(limit, model.size());
        while (expected > 0 && model.get((int) expected - 1).epoch() > epoch) {
            expected--;
        }
        assertThat(log.stepBack(limit, epoch)).isEqualTo(expected);
    }

    private static Entry next(Random random, List<Entry> model) {
        long epoch = lastEpoch(model) + (random.nextInt(10) == 0 ? random.nextInt(3) : 0);
        return new Entry(
                model.size(), epoch, random.nextLong(), SampleRecords.text(random), SampleRecords.text(random));
    }

    private static long lastEpoch(List<Entry> model) {
        return model.isEmpty() ? 0 : model.get(model.size() - 1).epoch();
    }
}
