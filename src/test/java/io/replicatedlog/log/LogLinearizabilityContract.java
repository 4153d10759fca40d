package io.replicatedlog.log;

import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Whatever threads do to a log at the same time, it is as if they had done it one after the other. */
@Param(name = "offset", gen = IntGen.class, conf = "0:3")
@Isolated("Lincheck instruments the classes of this process")
abstract class LogLinearizabilityContract {

    final Log log;

    LogLinearizabilityContract(Log log) {
        this.log = log;
    }

    @Test
    void shouldBeLinearizable() {
        strategy()
                .iterations(4)
                .threads(2)
                .actorsPerThread(3)
                .invocationsPerIteration(300)
                .check(getClass());
    }

    /** How interleavings are chosen. */
    Options<?, ?> strategy() {
        return new ModelCheckingOptions();
    }

    @Operation
    public long append() {
        return log.append(1, 0, new byte[0], List.of(new byte[1]));
    }

    /** @return the offset after the last entry that is read */
    @Operation
    public long read(@Param(name = "offset") int from) {
        return log.read(from, 10, 1_000).end();
    }

    @Operation
    public void truncate(@Param(name = "offset") int end) {
        log.truncate(end);
    }

    @Operation
    public long end() {
        return log.end();
    }
}
