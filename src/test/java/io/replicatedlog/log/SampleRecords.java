package io.replicatedlog.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Entries and records for tests. */
public final class SampleRecords {

    private SampleRecords() {}

    /** Entries of one epoch, one for each message, with timestamps that follow from their offsets. */
    public static List<Entry> entries(long first, long epoch, String... messages) {
        List<Entry> entries = new ArrayList<>();
        for (String message : messages) {
            long offset = first + entries.size();
            entries.add(new Entry(offset, epoch, 1_000 + offset, "", message));
        }
        return entries;
    }

    /** The same, as the entries of one append. */
    public static List<Entry> together(long first, long epoch, String... messages) {
        return entries(first, epoch, messages).stream()
                .map(entry -> new Entry(
                        entry.offset(),
                        epoch,
                        entry.timestamp(),
                        RecordFormat.group((int) (entry.offset() - first), messages.length),
                        "",
                        entry.message()))
                .toList();
    }

    /** {@link #entries} as records. */
    public static Records records(long first, long epoch, String... messages) {
        return records(entries(first, epoch, messages));
    }

    /** Consecutive entries, at least one, as records. */
    public static Records records(List<Entry> entries) {
        return parse(entries.get(0).offset(), encode(entries));
    }

    public static byte[] encode(List<Entry> entries) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        entries.forEach(entry -> bytes.writeBytes(RecordFormat.encode(entry)));
        return bytes.toByteArray();
    }

    public static byte[] encode(Entry... entries) {
        return encode(Arrays.asList(entries));
    }

    public static List<Entry> list(Records records) {
        List<Entry> entries = new ArrayList<>();
        records.forEach(entries::add);
        return entries;
    }

    /** Everything that a log holds. */
    public static List<Entry> list(Log log) {
        return list(log.read(0, Integer.MAX_VALUE, Integer.MAX_VALUE));
    }

    public static List<String> messages(Log log) {
        return list(log).stream().map(Entry::message).toList();
    }

    /** Appends as a primary of this epoch would. */
    public static long append(Log log, long epoch, String message) {
        return log.append(epoch, 1_000 + log.end(), new byte[0], List.of(message.getBytes(UTF_8)));
    }

    /** Text of 0 to 20 characters, some of them of two, three and four bytes. */
    public static String text(Random random) {
        String characters = "a\u0000\"\\\u00e4\u20ac\ud83d\ude00";
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(21); i > 0; i--) {
            int at = random.nextInt(characters.codePointCount(0, characters.length()));
            text.appendCodePoint(characters.codePointAt(characters.offsetByCodePoints(0, at)));
        }
        return text.toString();
    }

    private static Records parse(long first, byte[] bytes) {
        try {
            return Records.parse(first, ByteBuffer.wrap(bytes));
        } catch (CorruptRecordException e) {
            throw new AssertionError("The test's own records are not intact", e);
        }
    }
}
