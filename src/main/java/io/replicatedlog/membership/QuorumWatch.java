package io.replicatedlog.membership;

import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.ReadOnlyMode.Cause;
import java.util.OptionalInt;
import java.util.logging.Logger;

/**
 * Flips {@link ReadOnlyMode} as the quorum is lost and regained. A secondary counts while it is healthy <em>and</em> follows
 * this reign: one that answers heartbeats and refuses entries does not.
 *
 * <p>Thread-safe: guarded by its own monitor.
 */
public final class QuorumWatch {

    private static final Logger LOG = Logger.getLogger(QuorumWatch.class.getName());

    private final OptionalInt configured;
    private final ReadOnlyMode readOnlyMode;

    /** @param configured how many nodes must be well; empty for a majority */
    public QuorumWatch(OptionalInt configured, ReadOnlyMode readOnlyMode) {
        this.configured = configured;
        this.readOnlyMode = readOnlyMode;
    }

    /**
     * @param nodes how many members there are
     * @param secondaries how many are healthy and follow this reign
     */
    public synchronized void judge(int nodes, int secondaries) {
        Quorum quorum = Quorum.of(nodes, configured);
        if (quorum.isMetWith(secondaries)) {
            if (readOnlyMode.leave(Cause.QUORUM)) {
                LOG.info(() -> "Quorum: " + count(quorum, secondaries) + "; "
                        + readOnlyMode
                                .reason()
                                .map(why -> "still read-only: " + why)
                                .orElse("appends are taken"));
            }
        } else if (readOnlyMode.enter(Cause.QUORUM, "no quorum: " + count(quorum, secondaries))) {
            LOG.warning(() -> "No quorum, appends are refused: " + count(quorum, secondaries));
        }
    }

    private static String count(Quorum quorum, int secondaries) {
        return (1 + secondaries) + " of " + quorum.nodes() + " nodes are healthy and follow, " + quorum.required()
                + " needed";
    }
}
