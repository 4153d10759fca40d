package io.replicatedlog.replication;

import java.net.URI;
import java.util.Optional;

/**
 * What a node remembers beside its log.
 *
 * @param reign the last one that it followed, or had itself; empty if there was none
 * @param primary where the primary of that reign is reached
 * @param committed everything below is committed, as far as was known when this was noted; it may know of more
 * @param reigned whether this node was itself the primary of that reign, and so holds everything that was acknowledged
 */
public record Identity(Optional<Reign> reign, Optional<URI> primary, long committed, boolean reigned) {

    /** Of a node that has never followed anybody. */
    public static final Identity NONE = new Identity(Optional.empty(), Optional.empty(), 0, false);

    /** The same, of a node that may not hold everything any more. */
    public Identity withoutReigning() {
        return new Identity(reign, primary, committed, false);
    }

    /** The epoch of the reign; 0 if there was none. */
    public long epoch() {
        return reign.map(Reign::epoch).orElse(0L);
    }
}
