package io.replicatedlog.system;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rooms of the system tests: the fixture below, faults above it, and the scenarios on top, none using another. */
@AnalyzeClasses(packages = "io.replicatedlog.system")
class RoomsTest {

    private static final String ROOT = "io.replicatedlog.system.";
    private static final String FIXTURE = ROOT + "fixture..";
    private static final String FAULTS = ROOT + "faults..";

    @ArchTest
    static final ArchRule THE_FIXTURE_USES_NO_OTHER_ROOM = noClasses()
            .that()
            .resideInAPackage(FIXTURE)
            .should()
            .dependOnClassesThat(resideInAPackage(ROOT + "*..").and(not(resideInAPackage(FIXTURE))));

    @ArchTest
    static final ArchRule FAULTS_USE_ONLY_THE_FIXTURE = noClasses()
            .that()
            .resideInAPackage(FAULTS)
            .should()
            .dependOnClassesThat(resideInAPackage(ROOT + "*..").and(not(resideInAnyPackage(FAULTS, FIXTURE))));

    @ArchTest
    static final ArchRule SCENARIOS_DO_NOT_USE_EACH_OTHER = slices().matching(ROOT + "(*)..")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(alwaysTrue(), resideInAnyPackage(FAULTS, FIXTURE));
}
