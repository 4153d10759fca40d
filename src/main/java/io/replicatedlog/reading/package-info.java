/**
 * What readers are shown: pages of the log, and the {@link io.replicatedlog.reading.Tail} where those wait who have read all
 * there is.
 *
 * <p>Page: {@code docs/reading.md}.
 */
package io.replicatedlog.reading;
