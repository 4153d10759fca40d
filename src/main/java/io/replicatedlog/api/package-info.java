/**
 * The HTTP API: resources that validate, delegate and map, the streams of those who follow the log, the records that are
 * read and written, and the problem documents of RFC 9457 that every error becomes. No rule of replication is decided
 * here.
 */
package io.replicatedlog.api;
