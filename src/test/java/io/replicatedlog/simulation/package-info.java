/**
 * A whole cluster in one thread and in virtual time: the classes that decide, driven as the beans drive them, over a network,
 * disks, processes and clocks that fail by the seed.
 */
package io.replicatedlog.simulation;
