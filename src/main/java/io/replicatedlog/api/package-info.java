/**
 * The HTTP API: resources, event streams, the documents of requests and responses, and problem documents (RFC 9457) for
 * every error. Resources validate, delegate and map; replication is decided elsewhere. {@code META-INF/openapi.yaml} is the
 * description for clients.
 */
package io.replicatedlog.api;
