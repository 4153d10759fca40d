/**
 * The application tried from outside: real Liberty processes, on loopback or in networks of their own, started, killed,
 * frozen and restarted by the test, and called over HTTP as any client would. {@code fixture} is below all rooms here;
 * {@code faults} uses it; {@code promises}, {@code security}, {@code operation} and {@code benchmark} use both, and never
 * each other.
 */
package io.replicatedlog.system;
