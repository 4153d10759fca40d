/** Tests that run inside a managed Liberty: what CDI puts together there. */
package io.replicatedlog.wiring;
