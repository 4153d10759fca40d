/**
 * Who may call a node, and how: tokens, the secret between nodes, limits for strangers, TLS.
 */
package io.replicatedlog.system.security;
