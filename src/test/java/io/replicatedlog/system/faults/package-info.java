/**
 * Breaks real nodes and the links between them, one fault or several at a time, and judges what becomes of the appends:
 * links, networks, disks, clocks, forces; the fault lab, and the long runs ({@code ./lab torture}, {@code ./lab soak}).
 */
package io.replicatedlog.system.faults;
