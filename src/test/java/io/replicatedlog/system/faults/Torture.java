package io.replicatedlog.system.faults;

import io.replicatedlog.system.faults.FaultLab.Fault;
import java.time.LocalTime;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Faults at random for as long as one likes: {@code ./lab torture MINUTES [SEED]}. */
class Torture {

    @Test
    void shouldKeepEveryPromiseForAsLongAsItTakes() {
        long minutes = Long.getLong("torture.minutes", 5);
        long seed = Long.getLong("torture.seed", System.nanoTime() % 1_000_000);
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
        Random random = new Random(seed);
        System.out.printf("torture: %d minutes with seed %d%n", minutes, seed);
        try (FaultLab lab = FaultLab.start("torture", random)) {
            try {
                List<Fault> possible = List.copyOf(lab.possible());
                while (System.nanoTime() < until) {
                    Set<Fault> faults = EnumSet.noneOf(Fault.class);
                    for (int more = 1 + random.nextInt(3); more > 0; more--) {
                        faults.add(possible.get(random.nextInt(possible.size())));
                    }
                    System.out.printf("torture: %tT %s%n", LocalTime.now(), faults);
                    lab.inject(faults);
                }
                lab.judge();
                System.out.println("torture: every promise was kept");
            } finally {
                lab.summary().lines().forEach(line -> System.out.println("torture: " + line));
            }
        }
    }
}
