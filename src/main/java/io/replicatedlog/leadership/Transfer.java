package io.replicatedlog.leadership;

import static java.util.logging.Level.FINE;

import io.replicatedlog.node.ReadOnlyMode.Cause;
import io.replicatedlog.protocol.Failure;
import io.replicatedlog.protocol.Member;
import io.replicatedlog.protocol.Reign;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.logging.Logger;

/**
 * A primary hands its reign over: it takes no appends for a moment, lets the other member catch up, and tells it to stand at
 * once. If that has not ended its reign in time, appends are taken again.
 *
 * <p>Guarded by its own monitor; steps follow each other.
 */
final class Transfer {

    private static final Logger LOG = Logger.getLogger(Transfer.class.getName());

    private static final long STEP_MS = 5;

    private final Member to;
    private final BooleanSupplier isOver;
    private final Leadership.Parts parts;
    private final Leadership.Environment environment;
    private final long timeoutMs;
    private final long begunMs;
    private final CompletableFuture<Boolean> done = new CompletableFuture<>();

    /** Whether the other member is being told, or was. */
    private boolean isTold;

    /**
     * @param isOver the condition that ends the transfer
     * @param timeoutMs how long it may take, in milliseconds
     */
    Transfer(
            Member to,
            BooleanSupplier isOver,
            Leadership.Parts parts,
            Leadership.Environment environment,
            long timeoutMs) {
        this.to = to;
        this.isOver = isOver;
        this.parts = parts;
        this.environment = environment;
        this.timeoutMs = timeoutMs;
        this.begunMs = environment.clock().nowMs();
    }

    /** @return whether it is over within its time */
    CompletionStage<Boolean> run() {
        LOG.info("Hands over to " + to);
        parts.readOnlyMode().enter(Cause.TRANSFER, "the primary hands over to " + to);
        return await();
    }

    /** Where there is nothing to hand over: only waits until it is over. */
    CompletionStage<Boolean> await() {
        step();
        return done;
    }

    private synchronized void step() {
        Optional<Reign> reign = parts.primaryLog().reign();
        boolean hasEnded = isOver.getAsBoolean();
        if (hasEnded || environment.clock().nowMs() - begunMs >= timeoutMs) {
            try {
                parts.readOnlyMode().leave(Cause.TRANSFER);
            } finally { // the caller is answered although the server has taken its beans away, as it does while the
                // process ends
                done.complete(hasEnded);
            }
            return;
        }
        if (reign.isPresent()
                && !isTold
                && parts.primaryLog().held(to) >= parts.primaryLog().end()) {
            isTold = true;
            environment.executor().execute(() -> tell(reign.get()));
        }
        environment.scheduler().after(STEP_MS, this::step);
    }

    private void tell(Reign over) {
        Failure.staged(() -> parts.peers().apply(to).stand(over)).whenComplete((nothing, failure) -> {
            if (failure != null) {
                LOG.log(FINE, Failure.unwrap(failure), () -> to + " does not stand; it is told again");
                synchronized (this) {
                    isTold = false;
                }
            }
        });
    }
}
