package io.replicatedlog.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.simulation.Simulation.Kind;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The simulation is worth something only if it finds faults. Each of these is planted in the real source of a class that
 * decides; the class is compiled, and the simulation must fail with it.
 */
@Execution(ExecutionMode.CONCURRENT)
class MutantTest {

    private static final Path SOURCES = Path.of("src/main/java/io/replicatedlog");
    private static final int SEEDS = 10_000;

    /** They show that what is compiled and run here finds nothing by itself; {@link SimulationTest} runs the classes at length. */
    private static final int SEEDS_WITHOUT_A_MUTANT = 10;

    /** Where the search begins for what is found seldom. Any other place does as well, and takes longer. */
    private static final Map<String, Integer> FIRST_SEEDS = Map.of(
            "a secondary acknowledges what was lost while the storage was opened again", 6_000,
            "forget a promise at once", 1_000,
            "go on with a reign that a higher epoch has ended", 900,
            "take for written what an earlier process may not have forced", 200);

    @TempDir
    private Path compiled;

    static Stream<Arguments> mutants() {
        return Stream.of(
                mutant(
                        "acknowledge before the force",
                        Kind.FILE,
                        "primary/PrimaryLog.java",
                        "        forced();\n        return pending.await",
                        "        pending.forced(log.end());\n        return pending.await"),
                mutant(
                        "a secondary acknowledges before the force",
                        Kind.FILE,
                        "secondary/Replica.java",
                        "        log.force();\n        return acknowledge(batch, opening);",
                        "        return acknowledge(batch, opening);",
                        "long end = Math.min(matched, durable);",
                        "long end = matched;"),
                mutant(
                        "a secondary acknowledges what was lost while the storage was opened again",
                        Kind.FILE,
                        "secondary/Replica.java",
                        "long end = Math.min(matched, durable);",
                        "long end = matched;",
                        "        requireOpening(opening); // after the line before: what was durable then stays\n",
                        ""),
                mutant(
                        "drop deduplication",
                        Kind.NETWORK,
                        "secondary/Replica.java",
                        "log.append(records.from(end));",
                        "log.append(copy(records, end));",
                        "    private static Records encoded(Entry entry) {",
                        """
                            private static Records copy(Records records, long end) {
                                java.util.List<Entry> all = new java.util.ArrayList<>();
                                for (Entry entry : records) {
                                    all.add(new Entry(end + all.size(), entry.epoch(), entry.timestamp(), entry.key(), entry.message()));
                                }
                                ByteBuffer bytes = ByteBuffer.allocate(1_000_000);
                                all.forEach(entry -> bytes.put(RecordFormat.encode(entry)));
                                try {
                                    return Records.parse(end, bytes.flip());
                                } catch (CorruptRecordException e) {
                                    throw new AssertionError(e);
                                }
                            }

                            private static Records encoded(Entry entry) {"""),
                mutant(
                        "count an entry that is held back",
                        Kind.NETWORK,
                        "secondary/Replica.java",
                        "            records.forEach(holdBack::hold);\n",
                        "            records.forEach(holdBack::hold);\n            matched = records.end();\n",
                        "long end = Math.min(matched, durable);",
                        "long end = matched;"),
                mutant(
                        "skip the check of the entry before",
                        Kind.FAIL_OVERS,
                        "secondary/Replica.java",
                        "if (first > 0 && (held.isEmpty() || held.getAsLong() != previousEpoch)) {",
                        "if (first > 0 && held.isEmpty()) {"),
                mutant(
                        "skip the comparison of entries that are held already",
                        Kind.FAIL_OVERS,
                        "secondary/Replica.java",
                        "            long same = held.sameUntil(records);",
                        "            long same = held.end();"),
                mutant(
                        "keep what an earlier reign left behind the beginning of this one",
                        Kind.FAIL_OVERS,
                        "secondary/Replica.java",
                        "boolean isStale = known >= batch.start()",
                        "boolean isStale = known < 0"),
                mutant(
                        "cut off whatever differs",
                        Kind.FILE,
                        "secondary/Replica.java",
                        "            differs.ifPresent(offset -> checkMayBeCut(offset, batch));\n",
                        "",
                        "secondary/Following.java",
                        "        if (caller.epoch() < identity.epoch()) {",
                        "        if (caller.epoch() < 0) {"),
                mutant(
                        "store that a reign was matched before it is",
                        Kind.FAIL_OVERS,
                        "secondary/Replica.java",
                        "end >= batch.start() && before.matched() <",
                        "before.matched() <"),
                mutant(
                        "commit a part of an append",
                        Kind.FAIL_OVERS,
                        "primary/Commitment.java",
                        "wholeUntil(held.heldByMajority());",
                        "held.heldByMajority();"),
                mutant(
                        "know a part of an append to be committed",
                        Kind.FILE,
                        "reading/CommittedOffset.java",
                        "return committed <= end ? committed : log.wholeUntil(end);",
                        "return Math.min(committed, end);"),
                mutant(
                        "begin a reign over a part of an append",
                        Kind.FAIL_OVERS,
                        "leadership/Candidacy.java",
                        "            services.replica().cutIncomplete(epoch);\n",
                        ""),
                mutant(
                        "show a part of an append",
                        Kind.FILE,
                        "reading/Shown.java",
                        "log.wholeUntil(durable)",
                        "durable"),
                mutant(
                        "complete one node too early",
                        Kind.NETWORK,
                        "primary/Acknowledgements.java",
                        "ends[ends.length - (w - 1)]",
                        "w == 2 ? Long.MAX_VALUE : ends[ends.length - (w - 2)]"),
                mutant(
                        "forget the primary's own disk",
                        Kind.FILE,
                        "primary/Acknowledgements.java",
                        "return Math.min(forced, ends[ends.length - (w - 1)]);",
                        "return ends[ends.length - (w - 1)];"),
                mutant(
                        "forget to fence an earlier epoch",
                        Kind.FILE,
                        "secondary/Following.java",
                        "        if (caller.epoch() < identity.epoch()) {",
                        "        if (caller.epoch() < 0) {"),
                mutant(
                        "forget a promise at once",
                        Kind.FILE,
                        "secondary/Following.java",
                        "            return identity.promised(wanted);\n",
                        "            return identity;\n"),
                mutant(
                        "promise one epoch to two candidates",
                        Kind.FAIL_OVERS,
                        "secondary/Following.java",
                        "wanted.epoch() == identity.epoch() && !identity.promise().equals(Optional.of(wanted));",
                        "false;",
                        "        if (by.isPresent() && identity.hasPromisedToAnother(caller.epoch(), by.get())) {",
                        "        if (by.isPresent() && caller.epoch() < 0) {"),
                mutant(
                        "go on with a reign that a higher epoch has ended",
                        Kind.FILE,
                        "primary/Sender.java",
                        "refused.reason() == ReplicationRefusedException.Reason.FENCED",
                        "refused.reason() == null"),
                mutant(
                        "keep a reign after a promise of a higher epoch",
                        Kind.FAIL_OVERS,
                        "leadership/Leadership.java",
                        "        stepDown(epoch, \"Another node was promised epoch \" + epoch);\n",
                        ""),
                mutant(
                        "acknowledge a batch of a reign that ended while it was forced",
                        Kind.FAIL_OVERS,
                        "secondary/Replica.java",
                        "        following.checkStill(batch, log.end());\n",
                        ""),
                mutant(
                        "stand with one promise too few",
                        Kind.FAIL_OVERS,
                        "leadership/Electorate.java",
                        "return isComplete ? majority() - 1 :",
                        "return isComplete ? Math.max(0, majority() - 2) :"),
                mutant(
                        "establish a reign with one follower too few",
                        Kind.FAIL_OVERS,
                        "leadership/Promises.java",
                        "int needed = Math.min(electorate.needed(isComplete), electorate.others().size());",
                        "int needed = Math.max(0, Math.min(electorate.needed(isComplete), electorate.others().size()) - 1);"),
                mutant(
                        "take over nothing",
                        Kind.FAIL_OVERS,
                        "leadership/Promises.java",
                        "        boolean isOwnFurthest = furthest.isEmpty()\n",
                        "        boolean isOwnFurthest = furthest.isEmpty() || furthest.isPresent()\n"),
                mutant(
                        "take over the longest log, not the latest",
                        Kind.FAIL_OVERS,
                        "protocol/Position.java",
                        "Comparator.comparingLong(Position::matched).thenComparingLong(Position::end);",
                        "Comparator.comparingLong(Position::end);"),
                mutant(
                        "count an answer to another reign",
                        Kind.FAIL_OVERS,
                        "primary/PrimaryLog.java",
                        "        if (!answered.equals(reign)) {",
                        "        if (reign == null) {",
                        "primary/Sender.java",
                        "if (!log.reign().equals(Optional.of(batch.reign()))) {",
                        "if (log.reign().isEmpty()) {"),
                mutant(
                        "count the promise of a member that is not complete",
                        Kind.FAIL_OVERS,
                        "leadership/Electorate.java",
                        "members.lists(answer.node()) : answer.isComplete() && answer.isOf(log);",
                        "true : answer.isOf(log);"),
                mutant(
                        "count the acknowledgement of a member that is not complete",
                        Kind.FAIL_OVERS,
                        "primary/Acknowledgements.java",
                        "return counts ? end : 0;",
                        "return end;",
                        "held -> held.counts() && held.end() >= end",
                        "held -> held.end() >= end"),
                mutant(
                        "believe an old copy of a disk",
                        Kind.LOST_DISKS,
                        "secondary/Replica.java",
                        "boolean isOld = batch.acknowledged() > log.durable() || isForgotten;",
                        "boolean isOld = false;"),
                mutant(
                        "forget the keys at a start",
                        Kind.FILE,
                        "primary/PrimaryLog.java",
                        "        window = learned;\n",
                        ""),
                mutant(
                        "keep an identity only in memory",
                        Kind.FILE,
                        "storage/IdentityFile.java",
                        "            disk.replace(NAME, encode(next));\n            inDoubt = false;",
                        "            if (next.reign().isEmpty()) {\n                disk.replace(NAME, encode(next));\n            }\n            inDoubt = false;"),
                mutant(
                        "store a condition that is not true",
                        Kind.NETWORK,
                        "primary/PrimaryLog.java",
                        "            if (expected != log.end()) {",
                        "            if (expected < 0) {"),
                mutant(
                        "answer a linearizable read without a round",
                        Kind.FAIL_OVERS,
                        "primary/PendingReads.java",
                        "long confirmed = rounds.confirmed();",
                        "long confirmed = Long.MAX_VALUE;"),
                mutant(
                        "count calls for a linearizable read that were begun before it came in",
                        Kind.FAIL_OVERS,
                        "primary/PendingReads.java",
                        "waiting.peek().after() < confirmed",
                        "waiting.peek().after() <= confirmed"),
                mutant(
                        "confirm a linearizable read with one member too few",
                        Kind.FAIL_OVERS,
                        "primary/Rounds.java",
                        "int needed = Quorum.majority(members) - 1;",
                        "int needed = Math.max(0, Quorum.majority(members) - 2);"),
                mutant(
                        "answer a linearizable read in a reign that is not established",
                        Kind.FAIL_OVERS,
                        "primary/PrimaryLog.java",
                        "if (closed || !isEstablished()) {",
                        "if (closed || reign == null) {"),
                mutant(
                        "answer a linearizable read before the node shows what is committed",
                        Kind.FAIL_OVERS,
                        "leadership/LinearizableReads.java",
                        "awaitShown(index, shown);",
                        "shown.complete(null);"),
                mutant(
                        "force only the last segment",
                        Kind.FILE,
                        "log/Unforced.java",
                        "            complete.force();\n            seal(complete);",
                        "            seal(complete);"),
                mutant(
                        "force all but the last segment",
                        Kind.FILE,
                        "log/Unforced.java",
                        "        segments.get(last).force();\n",
                        ""),
                mutant(
                        "take for written what an earlier process may not have forced",
                        Kind.FILE,
                        "log/SegmentedLog.java",
                        "opened.rewrite(noted.orElse(0));",
                        ""));
    }

    /** A change of one source, or of two. */
    record Mutant(String what, Kind kind, List<String> changes) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static Arguments mutant(String what, Kind kind, String... changes) {
        return Arguments.of(new Mutant(what, kind, List.of(changes)));
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void shouldBeCaught(Mutant mutant) throws Exception {
        compile(mutant.changes());

        long seed = firstFailure(mutant.kind(), FIRST_SEEDS.getOrDefault(mutant.what(), 0), SEEDS);

        assertThat(seed).as("the seed that catches it").isNotNegative();
        System.out.println("Mutant \"" + mutant.what() + "\" is caught by seed " + seed);
    }

    @ParameterizedTest
    @EnumSource
    void shouldFindNothingWithoutAMutant(Kind kind) throws Exception {
        compile(List.of("secondary/Replica.java", "private", "private"));

        assertThat(firstFailure(kind, 0, SEEDS_WITHOUT_A_MUTANT)).isEqualTo(-1);
    }

    private void compile(List<String> changes) throws IOException {
        List<String> files = new ArrayList<>();
        Path sources = Files.createDirectory(compiled.resolve("sources"));
        Path source = null;
        for (int i = 0; i < changes.size(); ) {
            if (changes.get(i).endsWith(".java")) {
                source = SOURCES.resolve(changes.get(i++));
                Path changed = sources.resolve(source.getFileName());
                Files.copy(source, changed);
                source = changed;
                files.add(changed.toString());
            }
            String before = Files.readString(source);
            assertThat(before).as("the place where the fault is planted").contains(changes.get(i));
            Files.writeString(source, before.replace(changes.get(i), changes.get(i + 1)));
            i += 2;
        }
        List<String> options = new ArrayList<>(List.of(
                "-nowarn", "-proc:none", "-d", compiled.toString(), "-cp", System.getProperty("java.class.path")));
        options.addAll(files);
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, options.toArray(String[]::new)))
                .as("the mutant compiles")
                .isZero();
    }

    /** @return the first seed that fails; -1 if none does */
    private long firstFailure(Kind kind, int firstSeed, int seeds) throws Exception {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-ea",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", // most need a few seeds, which are over before optimizing has paid
                "-cp",
                compiled + File.pathSeparator + System.getProperty("java.class.path"),
                FirstFailure.class.getName(),
                kind.name(),
                String.valueOf(firstSeed),
                String.valueOf(seeds));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String seed = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor()).as("the end of the process").isZero();
            return Long.parseLong(seed.strip());
        } finally {
            process.destroyForcibly();
        }
    }

    /** A process of its own: the classes of many mutants in one would make every tool slow that looks at all classes. */
    static final class FirstFailure {

        private FirstFailure() {}

        /** Writes the first seed that fails, or -1. */
        public static void main(String[] arguments) {
            int first = Integer.parseInt(arguments[1]);
            int seeds = Integer.parseInt(arguments[2]);
            System.out.println(firstFailure(Kind.valueOf(arguments[0]), first, seeds));
        }

        private static long firstFailure(Kind kind, int first, int seeds) {
            for (int seed = first; seed < first + seeds; seed++) {
                try {
                    Simulation.run(kind, new Random(seed));
                } catch (RuntimeException | AssertionError e) {
                    return seed;
                }
            }
            return -1;
        }
    }
}
