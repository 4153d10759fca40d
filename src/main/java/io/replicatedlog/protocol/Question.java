package io.replicatedlog.protocol;

import java.net.URI;
import java.util.Optional;
import java.util.UUID;

/**
 * Asks a node whether it would promise an epoch to this candidate now: the pre-vote of Raft (Ongaro, 2014, section 9.6).
 * Nothing is stored, and no epoch is spent.
 *
 * @param candidate its node id
 * @param url where the candidate is called
 * @param logId of the log that the candidate holds or follows; empty if it knows of none
 * @param matched as {@link Position#matched}, of the candidate
 * @param end of the candidate's log
 */
public record Question(UUID candidate, URI url, Optional<UUID> logId, long matched, long end) {}
