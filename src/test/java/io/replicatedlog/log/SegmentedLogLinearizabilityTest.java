package io.replicatedlog.log;

import java.io.IOException;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;

/** With segments so small that each takes one entry: readers beside a writer that rolls, forces and cuts. */
@Param(name = "offset", gen = IntGen.class, conf = "0:3")
public class SegmentedLogLinearizabilityTest extends LogLinearizabilityContract {

    public SegmentedLogLinearizabilityTest() throws IOException {
        super(new SegmentedLog(new SimulatedDisk(), new SegmentedLog.Limits(1, 0)));
    }

    /** Real threads: the model checker does not come to an end with this many locks inside each other. */
    @Override
    Options<?, ?> strategy() {
        return new StressOptions();
    }

    @Operation
    public long force() {
        return log.force();
    }

    @Operation
    public long durable() {
        return log.durable();
    }
}
