package io.replicatedlog.leadership;

import io.replicatedlog.protocol.Member;
import java.util.Optional;

/**
 * An event: this node takes another node for the primary than before, or none.
 *
 * @param primary this node itself, if it leads
 */
public record Led(Optional<Member> primary) {}
