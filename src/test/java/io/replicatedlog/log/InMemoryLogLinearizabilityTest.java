package io.replicatedlog.log;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Param;

@Param(name = "offset", gen = IntGen.class, conf = "0:3")
public class InMemoryLogLinearizabilityTest extends LogLinearizabilityContract {

    public InMemoryLogLinearizabilityTest() {
        super(new InMemoryLog(1_000));
    }
}
