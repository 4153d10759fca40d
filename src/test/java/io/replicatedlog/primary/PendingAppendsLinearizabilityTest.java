package io.replicatedlog.primary;

import static io.replicatedlog.primary.SampleNodes.pending;
import static io.replicatedlog.primary.SampleNodes.secondary;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Whatever threads do to {@link PendingAppends} at the same time, it is as if they had done it one after the other. */
@Param(name = "node", gen = IntGen.class, conf = "0:2")
@Param(name = "end", gen = IntGen.class, conf = "0:3")
@Param(name = "offset", gen = IntGen.class, conf = "0:2")
@Param(name = "w", gen = IntGen.class, conf = "1:3")
@Isolated("Lincheck instruments the classes of this process")
public class PendingAppendsLinearizabilityTest {

    private final PendingAppends pending = pending(3);

    @Test
    void shouldBeLinearizable() {
        new ModelCheckingOptions()
                .iterations(8)
                .threads(2)
                .actorsPerThread(3)
                .invocationsPerIteration(300)
                .check(getClass());
    }

    @Operation
    public void await(@Param(name = "offset") int offset, @Param(name = "w") int w, @Param(name = "end") int deadline) {
        pending.await(offset, new WriteConcern(w), deadline);
    }

    /** @return what the node had acknowledged before */
    @Operation
    public long acknowledge(@Param(name = "node") int node, @Param(name = "end") int end) {
        return node == 0 ? pending.forced(end) : pending.acknowledge(secondary(node), end, true);
    }

    @Operation
    public void expire(@Param(name = "end") int now) {
        pending.expire(now);
    }

    @Operation
    public int waiting() {
        return pending.size();
    }

    @Operation
    public long heldByMajority() {
        return pending.held().heldByMajority();
    }
}
