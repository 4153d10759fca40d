/**
 * Who leads, and with whose log: what a primary asks of the others before its reign begins.
 *
 * <p>Start with {@link io.replicatedlog.leadership.Candidate}; {@link io.replicatedlog.leadership.Recovery} decides. Page: {@code docs/recovery.md}.
 */
package io.replicatedlog.leadership;
