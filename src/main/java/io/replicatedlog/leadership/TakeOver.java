package io.replicatedlog.leadership;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.storage.Identity;
import io.replicatedlog.storage.Identity.Holding;
import io.replicatedlog.storage.IdentityStore;
import java.util.Optional;

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
     * Takes over as it was decided. While this is under way, a log that did not hold everything must not pass for one that
     * does. The next epoch is remembered already: that of the source may be lower than one that this node has used.
     *
     * @throws IllegalStateException if the source does not hold as much as it said
     */
    public static void run(Log log, IdentityStore identity, Source source, Recovery.GoOn decision) {
        if (!decision.holdsAll()) {
            Identity remembered = identity.load();
            identity.store(new Identity(
                    Optional.of(decision.reign()), remembered.primary(), remembered.committed(), Holding.PARTIAL));
        }
        run(log, source, decision.position());
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
