package io.replicatedlog.membership;

import io.replicatedlog.protocol.Member;

/**
 * A heartbeat was answered or missed, or another sign of life came. One for each, whether the health changed or not.
 *
 * @param before the member's health until now
 * @param after its health from now on
 */
public record Heartbeat(Member member, Health before, Health after) {}
