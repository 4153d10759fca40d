/**
 * The MicroProfile health checks of this node, from local state only: a probe never calls another node, and neither a
 * lost quorum nor read-only mode makes a check fail.
 */
package io.replicatedlog.health;
