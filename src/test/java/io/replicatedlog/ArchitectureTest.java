package io.replicatedlog;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The house rules: which package may use which, what a class that decides may ask for, and what nothing is called. */
@AnalyzeClasses(packages = "io.replicatedlog", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "io.replicatedlog.";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.replicatedlog");

    /** Which room may use which others: the arrows of the house, all of them downward. */
    private static final Map<String, List<String>> ARROWS = new LinkedHashMap<>();

    static {
        ARROWS.put("log", List.of());
        ARROWS.put("tracing", List.of());
        ARROWS.put("node", List.of("log"));
        ARROWS.put("reading", List.of("node", "log"));
        ARROWS.put("protocol", List.of("node", "log", "tracing"));
        ARROWS.put("membership", List.of("protocol", "node", "tracing"));
        ARROWS.put("storage", List.of("protocol", "reading", "node", "log"));
        ARROWS.put("secondary", List.of("storage", "protocol", "reading", "node", "log"));
        ARROWS.put("primary", List.of("storage", "membership", "protocol", "reading", "node", "log", "tracing"));
        ARROWS.put(
                "leadership",
                List.of("primary", "secondary", "storage", "membership", "protocol", "reading", "node", "log"));
        ARROWS.put(
                "api",
                List.of(
                        "leadership",
                        "primary",
                        "secondary",
                        "storage",
                        "membership",
                        "protocol",
                        "reading",
                        "node",
                        "log",
                        "tracing"));
        ARROWS.put("health", List.of("leadership", "node"));
        ARROWS.put(
                "metrics",
                List.of("leadership", "primary", "storage", "membership", "protocol", "reading", "node", "log"));
        ARROWS.put("testing", List.of("api", "leadership", "primary", "secondary", "protocol", "node"));
    }

    /** No room holds more than about a fifth of the code. */
    private static final double LARGEST_ROOM = 0.23;

    /**
     * What touches the platform: beans that inject and forward, its clients, and what is made of its types. All other classes
     * are told the time and given their randomness, and so can be simulated.
     */
    private static final DescribedPredicate<JavaClass> DECIDE = resideInAnyPackage(Stream.of(
                            "log",
                            "node",
                            "reading",
                            "protocol",
                            "membership",
                            "storage",
                            "secondary",
                            "primary",
                            "leadership")
                    .map(room -> ROOT + room + "..")
                    .toArray(String[]::new))
            .and(not(DescribedPredicate.describe("touch the platform", ArchitectureTest::touchesThePlatform)))
            .as("classes that decide");

    private static boolean touchesThePlatform(JavaClass type) {
        String name = type.getName().replaceAll("[$].*", "");
        String simple = name.substring(name.lastIndexOf('.') + 1);
        return simple.endsWith("Bean")
                || simple.endsWith("Client")
                || simple.equals("package-info")
                || Set.of(
                                "Clock",
                                "ExitHook",
                                "Failure",
                                "Gathering",
                                "Liveness",
                                "NodeConfigProducer",
                                "NodeStartup",
                                "NodeThreads",
                                "PeerConnection",
                                "ReadOnlyMode",
                                "ReplicationMeters",
                                "ElectionMeters",
                                "RestClients",
                                "WireJson")
                        .contains(simple);
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void shouldUseOnlyRoomsBelow(String room) {
        mayUse(room, ARROWS.get(room)).check(CLASSES);
    }

    static Stream<String> rooms() {
        return ARROWS.keySet().stream();
    }

    @Test
    void shouldHaveNoArrowThatGoesUpOrRound() {
        Set<String> below = new HashSet<>();
        ARROWS.forEach((room, used) -> {
            assertThat(below).as("rooms below " + room).containsAll(used);
            below.add(room);
        });
    }

    @Test
    void shouldHaveNoRoomThatHoldsMoreThanAFifthOfTheCode() {
        Map<String, Long> lines =
                ARROWS.keySet().stream().collect(Collectors.toMap(room -> room, ArchitectureTest::linesOf));
        long all = lines.values().stream().mapToLong(Long::longValue).sum();

        assertThat(lines.values())
                .allSatisfy(some -> assertThat((double) some / all).isLessThan(LARGEST_ROOM));
    }

    private static long linesOf(String room) {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java/io/replicatedlog", room))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .mapToLong(ArchitectureTest::linesOf)
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long linesOf(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ArchTest
    static final ArchRule EVERY_CLASS_IS_IN_A_ROOM = classes()
            .should()
            .resideInAnyPackage(
                    ARROWS.keySet().stream().map(name -> ROOT + name + "..").toArray(String[]::new));

    @ArchTest
    static final ArchRule LOG_IS_PLAIN_JAVA = classes()
            .that()
            .resideInAPackage(ROOT + "log..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(ROOT + "log..", "java..");

    @ArchTest
    static final ArchRule WHAT_DECIDES_NEEDS_NO_PLATFORM = noClasses()
            .that(DECIDE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta..", "org.eclipse.microprofile..");

    @ArchTest
    static final ArchRule WHAT_DECIDES_IS_TOLD_THE_TIME = noClasses()
            .that(DECIDE)
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethodWhere(DescribedPredicate.describe(
                    "the time is asked for",
                    call -> call.getName().equals("now")
                            && Stream.of(Instant.class, LocalDateTime.class, OffsetDateTime.class, ZonedDateTime.class)
                                    .anyMatch(type -> call.getTargetOwner().isEquivalentTo(type))))
            .orShould()
            .callConstructor(Date.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class);

    @ArchTest
    static final ArchRule WHAT_DECIDES_IS_GIVEN_ITS_RANDOMNESS = noClasses()
            .that(DECIDE)
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(ThreadLocalRandom.class, java.util.Random.class, java.security.SecureRandom.class)
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .callMethod(java.util.UUID.class, "randomUUID")
            .orShould()
            .callMethod(java.util.random.RandomGenerator.class, "getDefault");

    @ArchTest
    static final ArchRule NOBODY_SLEEPS = noClasses()
            .should()
            .callMethodWhere(DescribedPredicate.describe(
                    "a thread sleeps",
                    call -> call.getName().equals("sleep")
                            && (call.getTargetOwner().isEquivalentTo(Thread.class)
                                    || call.getTargetOwner().isEquivalentTo(TimeUnit.class))));

    @ArchTest
    static final ArchRule NAMES_SAY_WHAT_A_CLASS_IS =
            noClasses().should().haveNameMatching(".*(Manager|Helper|Utils?|Impl)(\\$.*)?");

    @Test
    void shouldSayWhatEachPackageIsFor() throws IOException {
        Path sources = Path.of("src/main/java");
        try (Stream<Path> files = Files.walk(sources)) {
            List<Path> packages = files.filter(file -> file.toString().endsWith(".java"))
                    .map(Path::getParent)
                    .distinct()
                    .toList();

            assertThat(packages)
                    .isNotEmpty()
                    .allSatisfy(folder -> assertThat(folder.resolve("package-info.java"))
                            .content()
                            .startsWith("/**"));
        }
    }

    /** The package uses, of ours, only itself and these. */
    private static ArchRule mayUse(String name, List<String> others) {
        String[] allowed = Stream.concat(Stream.of(name), others.stream())
                .map(other -> ROOT + other + "..")
                .toArray(String[]::new);
        return noClasses()
                .that()
                .resideInAPackage(ROOT + name + "..")
                .should()
                .dependOnClassesThat(resideInAPackage("io.replicatedlog..").and(not(resideInAnyPackage(allowed))))
                .as(name + " uses, of ours, only itself and " + others);
    }
}
