/**
 * This node: its configuration, read and checked once; whether it calls itself alive, and whether it takes appends; and small
 * things that every room needs. Knows of no other node.
 *
 * <p>Start with {@link io.replicatedlog.node.NodeConfig}. Page: {@code docs/configuration.md}.
 */
package io.replicatedlog.node;
