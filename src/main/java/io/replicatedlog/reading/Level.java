package io.replicatedlog.reading;

/** How sure an entry must be before it is shown to a reader. */
public enum Level {
    /** This node holds it, as durably as its storage makes it. It may still be lost with this node. */
    LOCAL,
    /** This node holds it and knows that a majority does; it stays. */
    COMMITTED
}
