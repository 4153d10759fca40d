package io.replicatedlog.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.Seeds;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Thousands of clusters, each with its own troubles: no promise is broken, and in the end all is well again. */
class SimulationTest {

    private static final int SEEDS = 200;

    @ParameterizedTest
    @EnumSource
    void shouldKeepEveryPromise(Simulation.Kind kind) {
        Fault.Counts faults = new Fault.Counts();
        AtomicLong steps = new AtomicLong();
        AtomicLong acknowledged = new AtomicLong();
        AtomicLong reads = new AtomicLong();
        AtomicLong runs = new AtomicLong();
        Seeds.each(SEEDS, random -> {
            Simulation.Report report = Simulation.run(kind, random);
            faults.add(report.faults());
            steps.addAndGet(report.steps());
            acknowledged.addAndGet(report.acknowledged());
            reads.addAndGet(report.reads());
            runs.incrementAndGet();
        });
        System.out.printf(
                "simulation: %s, %d seeds, %d steps, %d acknowledged appends and %d linearizable reads each; %s%n",
                kind,
                runs.get(),
                steps.get() / runs.get(),
                acknowledged.get() / runs.get(),
                reads.get() / runs.get(),
                faults);
        assertThat(acknowledged).hasPositiveValue();
        assertThat(reads).hasPositiveValue();
    }
}
