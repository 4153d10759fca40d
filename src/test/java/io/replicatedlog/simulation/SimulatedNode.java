package io.replicatedlog.simulation;

/** A node, whatever its role. */
interface SimulatedNode {

    Machine machine();

    /** Starts its process, if none runs and the storage can be used. */
    void startIfDown();

    /** Its storage was lost. */
    void lost();

    /** Whether its storage was lost, and it has not been given back since what it had acknowledged. */
    boolean isLost();
}
