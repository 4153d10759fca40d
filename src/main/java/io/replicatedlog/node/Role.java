package io.replicatedlog.node;

/** What a node does; decided by its configuration and fixed while it runs. */
public enum Role {
    /** Takes appends, decides their order and sends them to the secondaries. */
    PRIMARY,
    /** Receives what the primary sends, and serves reads. */
    SECONDARY
}
