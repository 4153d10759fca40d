package io.replicatedlog.node;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/** How many files this process may have open, connections included. */
public final class FileLimit {

    private FileLimit() {}

    /** What to tell an operator if the process cannot open as many connections; empty if it can, or the limit is unknown. */
    public static Optional<String> warning(int connections) {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? warning(connections, system.getMaxFileDescriptorCount())
                : Optional.empty();
    }

    static Optional<String> warning(int connections, long files) {
        return connections > files
                ? Optional.of("HTTP_MAX_CONNECTIONS is " + connections + ", and this process may open " + files
                        + " files: beyond that the system refuses connections and files. Raise the limit (ulimit -n), or"
                        + " lower HTTP_MAX_CONNECTIONS")
                : Optional.empty();
    }
}
