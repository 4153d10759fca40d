package io.replicatedlog.protocol;

/**
 * What a linearizable read has to show.
 *
 * @param reign of the primary that says so
 * @param offset everything below it was committed when the primary was asked
 */
public record ReadIndex(Reign reign, long offset) {}
