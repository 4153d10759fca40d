package io.replicatedlog.node;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the log of this node is kept.
 *
 * @param directory of the files; empty for a log in memory
 * @param maxLogBytes of a log in memory
 * @param segmentBytes of one file, about
 * @param reserveBytes how much room is left on the disk
 * @param diskTimeoutMs how long a call to the disk may take before this node calls itself unwell, in milliseconds
 */
public record StorageConfig(
        Optional<Path> directory, long maxLogBytes, int segmentBytes, long reserveBytes, int diskTimeoutMs) {}
