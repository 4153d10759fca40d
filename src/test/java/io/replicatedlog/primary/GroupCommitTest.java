package io.replicatedlog.primary;

import static io.replicatedlog.primary.SamplePrimary.FIRST;
import static io.replicatedlog.primary.SamplePrimary.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.log.SegmentedLog;
import io.replicatedlog.log.SimulatedDisk;
import io.replicatedlog.primary.PendingAppends.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The forces of a primary, each when the test lets it run. */
class GroupCommitTest {

    private final SimulatedDisk disk = new SimulatedDisk();
    private final ManualExecutor executor = new ManualExecutor();
    private final List<String> told = new ArrayList<>();
    private Runnable onFailure = () -> {};
    private boolean worksAgain;
    private SegmentedLog log;
    private SamplePrimary node;
    private GroupCommit groupCommit;

    @BeforeEach
    void start() throws IOException {
        log = new SegmentedLog(disk, new SegmentedLog.Limits(100_000, 0));
        node = new SamplePrimary(log).leads(FIRST);
        groupCommit = new GroupCommit(log, node.primary, executor, node.time, 0, new GroupCommit.Listener() {
            @Override
            public void forced(long entries, long nanos) {
                told.add("forced " + entries);
            }

            @Override
            public boolean failed() {
                told.add("failed");
                onFailure.run();
                return worksAgain;
            }
        });
    }

    @Test
    void shouldAnswerAllThatWaitWithOneForce() {
        long before = disk.forces();
        List<CompletableFuture<Outcome>> waiters = List.of(append("a"), append("b"), append("c"));
        assertThat(executor.size()).as("one task").isEqualTo(1);
        assertThat(waiters).allSatisfy(waiter -> assertThat(waiter).isNotDone());

        executor.run();

        assertThat(waiters).allSatisfy(waiter -> assertThat(waiter).isDone());
        assertThat(disk.forces() - before).isEqualTo(1);
        assertThat(told).containsExactly("forced 3");
    }

    @Test
    void shouldForceOnlyWhatIsNotDurableYet() {
        groupCommit.wake();
        assertThat(executor.size()).isZero();
        append("a");
        executor.run();

        groupCommit.wake();

        assertThat(executor.size()).isZero();
        append("b");
        executor.run();
        assertThat(told).containsExactly("forced 1", "forced 1");
    }

    /** What is appended while a force is under way is covered by the next, on the same thread. */
    @Test
    void shouldGoOnWithWhatWasAppendedMeanwhile() {
        List<CompletableFuture<Outcome>> late = new ArrayList<>();
        append("a").whenComplete((outcome, failure) -> {
            if (late.isEmpty()) {
                late.add(append("b"));
            }
        });

        executor.run();

        assertThat(late).singleElement().satisfies(waiter -> assertThat(waiter).isDone());
        assertThat(told).containsExactly("forced 1", "forced 1");
    }

    @Test
    void shouldStopAfterAFailureUntilTheStorageWorks() {
        append("a");
        disk.failForces();

        executor.run();

        assertThat(told).containsExactly("failed");
        assertThat(executor.size()).as("nobody tries again by himself").isZero();
        assertThat(log.durable()).isZero();
        disk.heal();
        log.reopen();
        node.primary.end("The storage of the primary failed while this append waited");
        node.leads(SECOND);
        CompletableFuture<Outcome> again = append("b");
        executor.run();
        assertThat(again).isCompletedWithValue(new Outcome(0, 1, 1, true));
        assertThat(told).containsExactly("failed", "forced 1");
    }

    @Test
    void shouldGoOnAtOnceIfTheStorageWorksAgain() {
        append("a");
        disk.failForces();
        worksAgain = true;
        onFailure = () -> {
            disk.heal();
            log.reopen();
            node.leads(SECOND);
            node.append("b", 1); // nobody wakes the group commit for it
        };

        executor.run();

        assertThat(told).containsExactly("failed", "forced 1");
        assertThat(log.durable()).isEqualTo(1);
    }

    private CompletableFuture<Outcome> append(String message) {
        CompletableFuture<Outcome> outcome = node.append(message, 1);
        groupCommit.wake();
        return outcome;
    }
}
