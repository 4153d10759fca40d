package io.replicatedlog.system;

import io.replicatedlog.system.FaultLab.Fault;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A few of the faults of {@code ./cluster torture}, one after the other. */
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class FaultLabIT {

    @Test
    void shouldKeepEveryPromiseThroughFaultsOfTheNetworkAndOfProcesses() {
        try (FaultLab lab = FaultLab.start("fault-lab", new Random(1))) {
            List.of(
                            Fault.ANSWERS_HELD,
                            Fault.ANSWERS_LOST,
                            Fault.CLIENT_ANSWERS_LOST,
                            Fault.CONNECTIONS_RESET,
                            Fault.BOTH_CUT_OFF,
                            Fault.PRIMARY_FROZEN,
                            Fault.PRIMARY_KILLED)
                    .forEach(lab::inject);
            lab.judge();
        }
    }
}
