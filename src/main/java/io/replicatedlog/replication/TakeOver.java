package io.replicatedlog.replication;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;

/** Makes the log of a primary that starts the same as that of a secondary which holds more. */
public final class TakeOver {

    private TakeOver() {}

    /** A log on another node. */
    @FunctionalInterface
    public interface Source {
        /**
         * Some of the records from an offset on, at least one if there is one.
         *
         * @param previousEpoch of the entry before; 0 where there is none
         * @throws MismatchException if the source has another entry before, or none
         * @throws RuntimeException if it does not answer
         */
        Records read(long from, long previousEpoch);
    }

    /**
     * Fetches what the source holds beyond the log, after cutting off what it does not hold. May be broken off anywhere,
     * and begun again.
     *
     * <p>Nothing is cut before there is something to put in its place: a source that has lost its log must not take this
     * one with it.
     *
     * @throws IllegalStateException if the source does not hold as much as it said
     */
    public static void run(Log log, Source source, Position position) {
        long from = log.end();
        while (from < position.end() || log.epochBefore(from) != position.lastEpoch()) {
            try {
                Records records = source.read(from, log.epochBefore(from));
                if (records.isEmpty()) {
                    throw new IllegalStateException(
                            "it held " + position.end() + " entries, and now has none from offset " + from + " on");
                }
                log.truncate(from);
                log.append(records);
                from = log.end();
            } catch (MismatchException differs) {
                if (from == 0) {
                    throw new IllegalStateException("it refuses to begin at the beginning", differs);
                }
                from = log.stepBack(Math.min(differs.end(), from - 1), differs.epoch());
            }
        }
        log.force();
    }
}
