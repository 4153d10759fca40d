/**
 * The HTTP API: resources that validate, delegate and map, the records that they read and write, and the problem
 * documents of RFC 9457 that every error becomes. No rule of replication is decided here.
 */
package io.replicatedlog.api;
