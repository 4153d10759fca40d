package io.replicatedlog.membership;

import io.replicatedlog.node.ReadOnlyMode;
import io.replicatedlog.node.ReadOnlyMode.Cause;
import java.util.logging.Logger;

/**
 * Flips {@link ReadOnlyMode} as the quorum is lost and regained. A secondary counts while it is healthy <em>and</em> follows
 * this reign: one that answers heartbeats and refuses entries does not.
 *
 * <p>Thread-safe: guarded by its own monitor.
 */
public final class QuorumWatch {

    private static final Logger LOG = Logger.getLogger(QuorumWatch.class.getName());

    private final Quorum quorum;
    private final ReadOnlyMode readOnlyMode;

    public QuorumWatch(Quorum quorum, ReadOnlyMode readOnlyMode) {
        this.quorum = quorum;
        this.readOnlyMode = readOnlyMode;
    }

    /** @param secondaries how many are healthy and follow this reign */
    public synchronized void judge(int secondaries) {
        if (quorum.isMetWith(secondaries)) {
            if (readOnlyMode.leave(Cause.QUORUM)) {
                LOG.info(() -> "Quorum: " + count(secondaries) + "; "
                        + readOnlyMode
                                .reason()
                                .map(why -> "still read-only: " + why)
                                .orElse("appends are taken"));
            }
        } else if (readOnlyMode.enter(Cause.QUORUM, "no quorum: " + count(secondaries))) {
            LOG.warning(() -> "No quorum, appends are refused: " + count(secondaries));
        }
    }

    private String count(int secondaries) {
        return (1 + secondaries) + " of " + quorum.nodes() + " nodes are healthy and follow, " + quorum.required()
                + " needed";
    }

    public Quorum quorum() {
        return quorum;
    }
}
