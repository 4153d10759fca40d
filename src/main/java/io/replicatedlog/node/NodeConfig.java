package io.replicatedlog.node;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The configuration of this node, checked and fixed while it runs. Made by {@link NodeConfigReader}.
 *
 * @param role what this node does
 * @param url where other nodes and clients reach this node
 * @param secondaries where the primary reaches the secondaries, in the order of the configuration; empty on a secondary
 * @param quorum how many nodes must be well for appends to be taken; empty for a majority
 * @param defaultWriteConcern for an append that names none, as it was configured
 * @param requestTimeoutMs how long one replicate or heartbeat call may take, in milliseconds
 * @param heartbeatPeriodMs between two heartbeats to one secondary, in milliseconds
 * @param storage where the log is kept
 * @param recoveryAnswers how many secondaries must say where they stand before a primary that starts goes on, if an operator has
 *     decided so
 * @param access who may call, and how
 * @param testingApi whether {@code /api/test} exists
 * @param bounds the limits of what is kept, sent and accepted
 */
public record NodeConfig(
        Role role,
        URI url,
        List<URI> secondaries,
        OptionalInt quorum,
        String defaultWriteConcern,
        int requestTimeoutMs,
        int heartbeatPeriodMs,
        StorageConfig storage,
        OptionalInt recoveryAnswers,
        Access access,
        boolean testingApi,
        Bounds bounds) {

    /**
     * Who may call, and how.
     *
     * @param tls whether this node listens with TLS
     * @param clientAuthentication whether clients have to say who they are
     * @param clusterSecret what calls from node to node carry; empty where they are open to everybody
     */
    public record Access(boolean tls, boolean clientAuthentication, Optional<ClusterSecret> clusterSecret) {}

    /**
     * The limits of what is kept, sent and accepted.
     *
     * @param maxMessageBytes of one message in UTF-8
     * @param maxRequestBytes of the body of any request
     * @param maxWaitingAppends appends that may wait at one time for each write concern above 1: those that wait for a node
     *     that is down leave the others their places
     * @param maxWaitMs how long an append waits for its write concern, in milliseconds
     * @param maxBatchEntries of one replicate call
     * @param maxBatchBytes of one replicate call; a single larger entry still travels, alone
     * @param maxHeldBackEntries that a secondary keeps out of order
     * @param maxHeldBackBytes that a secondary keeps out of order
     * @param backoffBaseMs the upper bound of the first delay after a failure, in milliseconds
     * @param backoffCapMs the upper bound of every delay after a failure, in milliseconds
     * @param idleProbeMs how long a lane stays silent before it asks its secondary where it stands, in milliseconds
     * @param idempotencyEntries an idempotency key counts while its entries are among so many last ones of the log
     * @param idempotencyMs and for so long after they were taken, in milliseconds
     * @param maxReaders how many readers may wait for entries at one time
     * @param maxReadWaitMs how long one request may wait for entries, in milliseconds
     * @param maxSubscribers how many streams of events may be open at one time
     * @param maxConnections how many connections the server takes at one time
     */
    public record Bounds(
            int maxMessageBytes,
            int maxRequestBytes,
            int maxWaitingAppends,
            int maxWaitMs,
            int maxBatchEntries,
            int maxBatchBytes,
            int maxHeldBackEntries,
            int maxHeldBackBytes,
            int backoffBaseMs,
            int backoffCapMs,
            int idleProbeMs,
            int idempotencyEntries,
            int idempotencyMs,
            int maxReaders,
            int maxReadWaitMs,
            int maxSubscribers,
            int maxConnections) {}

    public boolean isPrimary() {
        return role == Role.PRIMARY;
    }

    /** How many nodes are configured, this one included. A secondary knows of no other. */
    public int nodes() {
        return 1 + secondaries.size();
    }
}
