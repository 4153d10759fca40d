package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.secondary;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.Seeds;
import io.replicatedlog.primary.PendingAppends.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Random steps on {@link PendingAppends} and on a model that counts nodes one by one, for 1 to 7 nodes. */
class PendingAppendsModelTest {

    private static final int STEPS = 150;

    /** The index of the primary among the nodes; the others are secondaries. */
    private static final int PRIMARY = 0;

    @Test
    void shouldAnswerEachWaiterAsAModelThatCountsNodesOneByOne() {
        Seeds.each(500, random -> {
            Model model = new Model(1 + random.nextInt(7));
            for (int step = 0; step < STEPS; step++) {
                model.step(random);
                model.check();
            }
        });
    }

    /** One waiter, what the model expects of it, and what it got. */
    private static final class Waiter {
        private final long offset;
        private final int w;
        private final long deadlineMs;
        private final List<Outcome> answers = new ArrayList<>();
        private Outcome expected;
        private boolean failed;

        private Waiter(long offset, int w, long deadlineMs) {
            this.offset = offset;
            this.w = w;
            this.deadlineMs = deadlineMs;
        }

        private boolean waits() {
            return expected == null && !failed;
        }
    }

    private static final class Model {
        private final long[] ends;

        /** Whether a secondary is sure to hold whatever it has acknowledged; the primary always is. */
        private final boolean[] counts;

        private final PendingAppends pending;
        private final List<Waiter> waiters = new ArrayList<>();
        private final List<CompletableFuture<Outcome>> futures = new ArrayList<>();
        private long nowMs;

        private Model(int nodes) {
            ends = new long[nodes];
            counts = new boolean[nodes];
            pending = SampleNodes.pending(nodes);
        }

        private void step(Random random) {
            switch (random.nextInt(9)) {
                case 0, 1, 2 -> await(random);
                case 3 -> acknowledge(PRIMARY, ends[PRIMARY] + random.nextInt(3), true);
                case 4, 5 -> {
                    int node = random.nextInt(ends.length);
                    acknowledge(node, Math.min(40, ends[node] + random.nextInt(6)), random.nextInt(4) > 0);
                }
                case 6 -> {
                    if (random.nextInt(3) == 0) {
                        acknowledge(random.nextInt(ends.length), random.nextInt(40), random.nextBoolean());
                    } else if (random.nextInt(20) == 0) {
                        fail();
                    }
                }
                case 7 -> refuse(random.nextInt(ends.length));
                default -> expire(random.nextInt(10));
            }
        }

        private void await(Random random) {
            Waiter waiter = new Waiter(random.nextInt(40), 1 + random.nextInt(ends.length), nowMs + random.nextInt(60));
            CompletableFuture<Outcome> future = pending.await(
                            waiter.offset, new WriteConcern(waiter.w), waiter.deadlineMs)
                    .toCompletableFuture();
            future.whenComplete((outcome, failure) -> waiter.answers.add(outcome));
            waiters.add(waiter);
            futures.add(future);
            judgeMet();
        }

        private void acknowledge(int node, long end, boolean isComplete) {
            long before = node == PRIMARY ? pending.forced(end) : pending.acknowledge(secondary(node), end, isComplete);

            assertThat(before).isEqualTo(ends[node]);
            ends[node] = end;
            counts[node] = node == PRIMARY || isComplete;
            judgeMet();
        }

        private void refuse(int node) {
            if (node != PRIMARY) {
                pending.refused(secondary(node));
                counts[node] = false;
            }
        }

        private void expire(long passedMs) {
            nowMs += passedMs;
            pending.expire(nowMs);
            for (Waiter waiter : waiters) {
                if (waiter.waits() && waiter.deadlineMs <= nowMs) {
                    waiter.expected = new Outcome(waiter.offset, waiter.w, holders(waiter.offset), false);
                }
            }
        }

        private void fail() {
            pending.fail(new OutcomeUnknownException("replaced")).run();
            waiters.stream().filter(Waiter::waits).forEach(waiter -> waiter.failed = true);
            Arrays.fill(ends, 0);
            Arrays.fill(counts, false);
        }

        private void judgeMet() {
            for (Waiter waiter : waiters) {
                if (waiter.waits() && isHeldBy(waiter.w, waiter.offset)) {
                    waiter.expected = new Outcome(waiter.offset, waiter.w, holders(waiter.offset), true);
                }
            }
        }

        private boolean isHeldBy(int w, long offset) {
            return holders(offset) >= w;
        }

        private int holders(long offset) {
            if (ends[PRIMARY] <= offset) {
                return 0;
            }
            int holders = 1;
            for (int node = PRIMARY + 1; node < ends.length; node++) {
                holders += counts[node] && ends[node] > offset ? 1 : 0;
            }
            return holders;
        }

        private void check() {
            for (int i = 0; i < waiters.size(); i++) {
                Waiter waiter = waiters.get(i);
                if (waiter.failed) {
                    assertThat(futures.get(i)).isCompletedExceptionally();
                    assertThat(waiter.answers).hasSize(1);
                } else if (waiter.waits()) {
                    assertThat(waiter.answers).isEmpty();
                } else {
                    assertThat(waiter.answers).containsExactly(waiter.expected);
                }
            }
            assertThat(pending.size())
                    .isEqualTo((int) waiters.stream().filter(Waiter::waits).count());
            assertThat(pending.nextDeadlineMs()).isEqualTo(earliestDeadline());
            assertThat(pending.held().heldByMajority()).isEqualTo(committed());
            for (int node = 0; node < ends.length; node++) {
                assertThat(acknowledged(node)).isEqualTo(ends[node]);
                assertThat(pending.held().count(ends[node])).isEqualTo(holders(ends[node]));
            }
        }

        private long acknowledged(int node) {
            return node == PRIMARY ? pending.held().ofPrimary() : pending.held().of(secondary(node));
        }

        private OptionalLong earliestDeadline() {
            return waiters.stream()
                    .filter(Waiter::waits)
                    .mapToLong(waiter -> waiter.deadlineMs)
                    .min();
        }

        /** Counts up from nothing as long as more than half of the nodes hold the next entry. */
        private long committed() {
            long committed = 0;
            while (2 * holders(committed) > ends.length) {
                committed++;
            }
            return committed;
        }
    }
}
