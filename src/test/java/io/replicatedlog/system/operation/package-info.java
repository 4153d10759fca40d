/**
 * What operators see and use: the script {@code ./cluster}, configuration, containers, the console, metrics, traces, the
 * documents, and the bill of materials.
 */
package io.replicatedlog.system.operation;
