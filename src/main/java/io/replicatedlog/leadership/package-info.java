/**
 * Who leads, and with whose log. A node that hears of no primary asks the others whether they would promise
 * ({@link io.replicatedlog.leadership.Poll}), stands in an epoch of its own ({@link io.replicatedlog.leadership.Candidacy}), takes
 * over the log that goes furthest, and reigns.
 *
 * <p>Start with {@link io.replicatedlog.leadership.Leadership}; {@link io.replicatedlog.leadership.Promises} decides. Page:
 * {@code docs/leadership.md}.
 */
package io.replicatedlog.leadership;
