package io.replicatedlog.leadership;

/** An event: another node leads than before, or none, as {@link LeadershipBean#primary} says now. */
public record Led() {}
