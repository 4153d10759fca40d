package io.replicatedlog.primary;

import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Reign;

/**
 * With what a candidate begins its reign.
 *
 * @param reign its epoch is higher than that of any reign over the same log before, and is promised to this node
 * @param members that count in it, this node among them
 * @param followersNeeded how many of the others must have matched the log up to where the reign begins before entries are taken
 * @param isTrusted whether a member counts as complete once it is refilled, although a majority of complete members cannot
 *     confirm it: no other reign is possible, or an operator has decided
 */
public record Mandate(Reign reign, Members members, int followersNeeded, boolean isTrusted) {}
