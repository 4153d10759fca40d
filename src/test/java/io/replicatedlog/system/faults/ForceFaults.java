package io.replicatedlog.system.faults;

import io.replicatedlog.system.fixture.Command;
import io.replicatedlog.system.fixture.LibertyNode;
import java.io.IOException;

/** What becomes of the forces of a process: strace changes the system call behind them until it is stopped. */
public final class ForceFaults {

    /** The call answers EIO, and nothing is forced. */
    public static final String FAIL = "error=EIO";

    /** The call takes 200 ms longer; strace counts in microseconds. */
    static final String SLOW = "delay_enter=200000";

    /** The call takes 12 s longer, which is more than any node waits for. */
    public static final String HANG = "delay_enter=12000000";

    private ForceFaults() {}

    /** Some systems let a process be traced only by those that started it. */
    public static boolean arePossible() {
        try {
            Process sleeps = new ProcessBuilder("sleep", "60").start();
            try {
                Command.stop(inject(sleeps.pid(), SLOW));
                return true;
            } catch (AssertionError e) {
                return false;
            } finally {
                sleeps.destroy();
            }
        } catch (IOException e) {
            return false;
        }
    }

    public static Process inject(LibertyNode node, String what) {
        return inject(node.pid(), what);
    }

    private static Process inject(long pid, String what) {
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
                Long.toString(pid));
    }
}
