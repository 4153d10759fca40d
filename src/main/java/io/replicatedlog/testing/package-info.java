/**
 * The testing API: {@code /api/test} empties logs and blocks replication on demand. Absent (404) and without effect unless
 * {@code replicatedlog.testing-api.enabled} is {@code true}; no other package depends on it.
 */
package io.replicatedlog.testing;
