package io.replicatedlog.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The wires between machines, and what goes wrong on them. */
final class Network {

    private final VirtualTime time;
    private final Random random;
    private final Fault.Counts faults;
    private final List<Link> links = new ArrayList<>();
    private boolean calm;

    private record Link(Machine caller, Machine called, Wire wire) {}

    Network(VirtualTime time, Random random, Fault.Counts faults) {
        this.time = time;
        this.random = random;
        this.faults = faults;
    }

    /** The wire on which one machine calls another. */
    Wire wire(Machine caller, Machine called) {
        for (Link link : links) {
            if (link.caller() == caller && link.called() == called) {
                return link.wire();
            }
        }
        Wire wire = new Wire(time, random, faults, caller, called);
        if (calm) {
            wire.calm();
        }
        links.add(new Link(caller, called, wire));
        return wire;
    }

    /** From now on nothing is lost. */
    void calm() {
        calm = true;
        links.forEach(link -> link.wire().calm());
    }
}
