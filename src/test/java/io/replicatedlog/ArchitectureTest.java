package io.replicatedlog;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.replicatedlog.leadership.Recovery;
import io.replicatedlog.leadership.TakeOver;
import io.replicatedlog.membership.Quorum;
import io.replicatedlog.node.Progress;
import io.replicatedlog.primary.Backoff;
import io.replicatedlog.primary.IdempotencyWindow;
import io.replicatedlog.primary.Lane;
import io.replicatedlog.primary.PendingAppends;
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.WriteConcern;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.reading.SentEntries;
import io.replicatedlog.reading.Tail;
import io.replicatedlog.secondary.Replica;
import io.replicatedlog.tracing.TracedAppends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The house rules: which package may use which, what a class that decides may ask for, and what nothing is called. */
@AnalyzeClasses(packages = "io.replicatedlog", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "io.replicatedlog.";

    /** They are told the time and given their randomness, and so can be simulated. */
    private static final DescribedPredicate<JavaClass> DECIDE = resideInAPackage(ROOT + "log..")
            .or(belongToAnyOf(
                    Backoff.class,
                    Batch.class,
                    IdempotencyWindow.class,
                    Lane.class,
                    PendingAppends.class,
                    PrimaryLog.class,
                    Quorum.class,
                    Progress.class,
                    Recovery.class,
                    Replica.class,
                    SentEntries.class,
                    Tail.class,
                    TakeOver.class,
                    TracedAppends.class,
                    WriteConcern.class))
            .or(DescribedPredicate.describe(
                    "HoldBack or MemberHealth",
                    type -> List.of("HoldBack", "SecondaryHealth").contains(type.getSimpleName())))
            .as("classes that decide");

    @ArchTest
    static final ArchRule LOG_STANDS_ALONE = mayUse("log");

    @ArchTest
    static final ArchRule TRACING_STANDS_ALONE = mayUse("tracing");

    @ArchTest
    static final ArchRule CLUSTER_MAY_USE_LOG_AND_TRACING = mayUse("cluster", "log", "tracing");

    @ArchTest
    static final ArchRule REPLICATION_MAY_USE_WHAT_IS_BELOW = mayUse("replication", "cluster", "log", "tracing");

    @ArchTest
    static final ArchRule API_MAY_USE_WHAT_IS_BELOW = mayUse("api", "replication", "cluster", "log", "tracing");

    @ArchTest
    static final ArchRule METRICS_MAY_USE_WHAT_IT_SHOWS = mayUse("metrics", "replication", "cluster", "log");

    @ArchTest
    static final ArchRule HEALTH_MAY_USE_CLUSTER = mayUse("health", "cluster");

    @ArchTest
    static final ArchRule TESTING_MAY_USE_WHAT_IS_BELOW = mayUse("testing", "api", "replication", "cluster");

    @ArchTest
    static final ArchRule EVERY_CLASS_HAS_A_PACKAGE_WITH_RULES = classes()
            .should()
            .resideInAnyPackage(
                    Stream.of("log", "tracing", "cluster", "replication", "api", "health", "metrics", "testing")
                            .map(name -> ROOT + name + "..")
                            .toArray(String[]::new));

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
    private static ArchRule mayUse(String name, String... others) {
        String[] allowed = Stream.concat(Stream.of(name), Stream.of(others))
                .map(other -> ROOT + other + "..")
                .toArray(String[]::new);
        return noClasses()
                .that()
                .resideInAPackage(ROOT + name + "..")
                .should()
                .dependOnClassesThat(resideInAPackage("io.replicatedlog..").and(not(resideInAnyPackage(allowed))))
                .as(name + " uses, of ours, only itself and " + List.of(others));
    }
}
