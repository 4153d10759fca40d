package io.replicatedlog.protocol;

import java.util.UUID;

/**
 * A node's forced word that it takes nothing from an epoch lower than this one, and in this one only from the candidate. The
 * ballot of Paxos; what Viewstamped Replication and Raft call a vote for a view or a term.
 *
 * @param epoch at least 1
 * @param candidate node id of the only node that may reign in it
 */
public record Promise(long epoch, UUID candidate) {}
