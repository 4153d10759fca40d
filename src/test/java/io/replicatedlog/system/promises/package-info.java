/**
 * What README promises of the log, one scenario each: order, write concerns, durability, recovery, quorum, reading,
 * retrying, and what an error says.
 */
package io.replicatedlog.system.promises;
