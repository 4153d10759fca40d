package io.replicatedlog.system.faults;

import io.replicatedlog.system.faults.FaultLab.Fault;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** A few of the faults of {@code ./lab torture}, one after the other. */
@Timeout(value = 6, unit = TimeUnit.MINUTES)
@Isolated("it keeps every processor busy, and recovery has a limit")
class FaultLabIT {

    @Test
    void shouldKeepEveryPromiseThroughFaultsOfNetworksProcessesDisksAndClocks() {
        try (FaultLab lab = FaultLab.start("fault-lab", new Random(1))) {
            // Where the machine allows less, the summary says so.
            for (Set<Fault> faults : List.of(
                    Set.of(Fault.ANSWERS_HELD),
                    Set.of(Fault.ANSWERS_LOST, Fault.FORCES_SLOW),
                    Set.of(Fault.CLIENT_ANSWERS_LOST, Fault.PACKETS_LOST, Fault.PACKETS_REPEATED),
                    Set.of(Fault.CONNECTIONS_RESET),
                    Set.of(Fault.BOTH_BLACK_HOLES),
                    Set.of(Fault.PRIMARY_FROZEN),
                    Set.of(Fault.PRIMARY_PARTITIONED),
                    Set.of(Fault.PRIMARY_FLAPS),
                    Set.of(Fault.FORCES_FAIL),
                    Set.of(Fault.DISK_FULL),
                    Set.of(Fault.NODE_PARTITIONED, Fault.CLOCK_AN_HOUR_AHEAD),
                    Set.of(Fault.PRIMARY_KILLED, Fault.CLOCK_AN_HOUR_BEHIND))) {
                Set<Fault> possible = new HashSet<>(faults);
                possible.retainAll(lab.possible());
                lab.inject(possible);
            }
            lab.judge();
            System.out.println(lab.summary());
        }
    }
}
