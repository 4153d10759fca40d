package io.replicatedlog.node;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The configuration of this node, checked and fixed while it runs. Made by {@link NodeConfigReader}.
 *
 * @param url where other nodes and clients reach this node
 * @param members all nodes, this one among them, in the order of the configuration; empty on a node that is told them by the one
 *     which begins the log
 * @param beginsTheLog whether this node begins the log where no node knows of one
 * @param failover who may lead
 * @param electionTimeoutMs how long a node hears nothing of a primary before it asks to lead, at least, in milliseconds
 * @param quorum how many nodes must be well for appends to be taken; empty for a majority
 * @param defaultWriteConcern for an append that names none, as it was configured
 * @param requestTimeoutMs how long one replicate or heartbeat call may take, in milliseconds
 * @param heartbeatPeriodMs between two heartbeats to one secondary, in milliseconds
 * @param storage where the log is kept
 * @param recoveryAnswers how many promises of other nodes suffice to lead, if an operator has decided so
 * @param access who may call, and how
 * @param testingApi whether {@code /api/test} exists
 * @param bounds the limits of what is kept, sent and accepted
 */
public record NodeConfig(
        URI url,
        List<URI> members,
        boolean beginsTheLog,
        Failover failover,
        int electionTimeoutMs,
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
     * @param maxForwarded appends that this node may have forwarded to the primary at one time
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
            int maxForwarded,
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

    /** Who may lead. */
    public enum Failover {
        /** Any node, once a majority would promise. */
        AUTOMATIC,
        /** The node that begins the log, by itself; any other when an operator says so. */
        MANUAL,
        /** The node that begins the log, for ever: with a log in memory nodes forget what they have promised. */
        NONE
    }

    /** Whether this node is the only one. */
    public boolean isAlone() {
        return members.size() == 1;
    }
}
