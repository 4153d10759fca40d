package io.replicatedlog.membership;

/** What heartbeats say of a secondary. */
public enum Health {
    /** It answered the last heartbeat. */
    HEALTHY,
    /** It has not answered yet, or missed the last heartbeat; it is still being sent entries. */
    SUSPECTED,
    /** It missed {@value MemberHealth#MISSES_UNTIL_UNHEALTHY} heartbeats in a row; nothing is sent until it answers. */
    UNHEALTHY
}
