package io.replicatedlog.protocol;

import java.net.URI;
import java.util.Optional;
import java.util.UUID;

/**
 * Asks a node for a promise and for its position. Harmless to repeat: the same candidate gets the same promise again.
 *
 * @param promise what is asked for
 * @param url where the candidate is called
 * @param logId of the log that the candidate holds or follows; empty if it knows of none
 */
public record PromiseRequest(Promise promise, URI url, Optional<UUID> logId) {}
