package io.replicatedlog.storage;

import io.replicatedlog.protocol.Reign;
import java.net.URI;
import java.util.Optional;

/**
 * What a node remembers beside its log.
 *
 * @param reign the last one that it followed, or had itself; empty if there was none
 * @param primary where the primary of that reign is reached
 * @param committed everything below is committed, as far as was known when this was noted; it may know of more
 * @param holding what its log holds of that reign's
 */
public record Identity(Optional<Reign> reign, Optional<URI> primary, long committed, Holding holding) {

    /** What a node knows to be in its own log. */
    public enum Holding {
        /** It may lack entries that it had acknowledged: it is new, or has lost something, and was not refilled since. */
        PARTIAL,
        /** It holds everything that it has acknowledged. */
        ACKNOWLEDGED,
        /** It was itself the primary of the reign, and holds everything that was acknowledged to a client. */
        EVERYTHING
    }

    /** Of a node that has never followed anybody. */
    public static final Identity NONE = new Identity(Optional.empty(), Optional.empty(), 0, Holding.PARTIAL);

    /** The same, of a node that holds something else now. */
    public Identity with(Holding now) {
        return new Identity(reign, primary, committed, now);
    }

    /** The same, of a node that knows of more that is committed; if it has another reign, the same. */
    Identity knowing(Reign of, long more) {
        return reign.equals(Optional.of(of)) && more > committed ? new Identity(reign, primary, more, holding) : this;
    }

    /** Whether it was itself the primary of the reign, and holds everything that was acknowledged to a client. */
    public boolean reigned() {
        return holding == Holding.EVERYTHING;
    }

    /** The epoch of the reign; 0 if there was none. */
    public long epoch() {
        return reign.map(Reign::epoch).orElse(0L);
    }
}
