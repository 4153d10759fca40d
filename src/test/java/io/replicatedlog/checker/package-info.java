/** Judges what clients were told against what nodes show: the one place that knows what the log promises. */
package io.replicatedlog.checker;
