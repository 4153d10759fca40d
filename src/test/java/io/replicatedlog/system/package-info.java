/**
 * The promises of the log, tried from outside: real Liberty processes, on loopback or in networks of their own, started, killed, frozen and restarted
 * by the test, and asked over HTTP as any client would. One scenario per promise.
 */
package io.replicatedlog.system;
