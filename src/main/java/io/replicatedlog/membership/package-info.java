/**
 * Who belongs to the cluster and who is well: heartbeats, the health that follows from them, and the quorum.
 *
 * <p>Start with {@link io.replicatedlog.membership.Quorum}. Page: {@code docs/quorum.md}.
 */
package io.replicatedlog.membership;
