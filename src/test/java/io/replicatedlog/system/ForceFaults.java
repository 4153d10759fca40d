package io.replicatedlog.system;

/** What becomes of the forces of a process: strace changes the system call behind them until it is stopped. */
final class ForceFaults {

    /** The call answers EIO, and nothing is forced. */
    static final String FAIL = "error=EIO";

    /** The call takes 200 ms longer; strace counts in microseconds. */
    static final String SLOW = "delay_enter=200000";

    private ForceFaults() {}

    static boolean arePossible() {
        return Command.succeeds("strace", "-o", "/dev/null", "-e", "inject=fdatasync:" + SLOW, "true");
    }

    static Process inject(LibertyNode node, String what) {
        return Command.start(
                "attached",
                "strace",
                "-f",
                "-o",
                "/dev/null",
                "-e",
                "trace=fdatasync",
                "-e",
                "inject=fdatasync:" + what,
                "-p",
                Long.toString(node.pid()));
    }
}
