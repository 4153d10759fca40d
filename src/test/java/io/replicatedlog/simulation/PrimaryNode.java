package io.replicatedlog.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicatedlog.checker.History;
import io.replicatedlog.leadership.Recovery;
import io.replicatedlog.leadership.TakeOver;
import io.replicatedlog.log.CorruptRecordException;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.LogFullException;
import io.replicatedlog.log.SampleRecords;
import io.replicatedlog.log.StorageException;
import io.replicatedlog.membership.Health;
import io.replicatedlog.membership.MemberHealth;
import io.replicatedlog.primary.Append;
import io.replicatedlog.primary.AppendRefusedException;
import io.replicatedlog.primary.Backoff;
import io.replicatedlog.primary.IdempotencyWindow;
import io.replicatedlog.primary.Lane;
import io.replicatedlog.primary.PendingAppends;
import io.replicatedlog.primary.PrimaryLog;
import io.replicatedlog.primary.Sender;
import io.replicatedlog.primary.WriteConcern;
import io.replicatedlog.protocol.Batch;
import io.replicatedlog.protocol.MismatchException;
import io.replicatedlog.protocol.Position;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.protocol.ReplicationRefusedException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;

/** The primary: what its beans do, in virtual time, and what must hold with every step of it. */
final class PrimaryNode implements SimulatedNode {

    private static final URI URL = URI.create("http://primary:8080");
    private static final long HEARTBEAT_MS = 50;
    private static final long WATCH_MS = 40;
    /** Whatever the clock says, and longer than any of these logs. */
    private static final IdempotencyWindow.Limits KEYS = new IdempotencyWindow.Limits(100_000, Long.MAX_VALUE / 2);

    private static final Lane.Limits LIMITS = new Lane.Limits(8, 1_000, 200, 3 * Wire.CALL_TIMEOUT_MS);

    /** When a simulation begins, on the clock of the machine. */
    private static final long EPOCH_MS = 1_000_000_000_000L;

    final Machine machine;
    private final List<SecondaryNode> secondaries;
    private final VirtualTime time;
    private final Random random;
    private final List<URI> urls;
    private long clockIsAheadMs;
    private boolean calm;

    /** Those of the process. */
    private PendingAppends pending;

    private PrimaryLog log;
    private final List<Sender> senders = new ArrayList<>();
    private final List<MemberHealth> healths = new ArrayList<>();

    /** The recovery that is under way, or {@code null}. */
    private Recovery recovery;

    private boolean storageHasFailed;
    private boolean forcing;

    /** Its storage was lost, and it has no reign that is established since. */
    private boolean lost;

    /** A call that was not answered. */
    private static final class UnansweredException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    PrimaryNode(Machine machine, List<SecondaryNode> secondaries, VirtualTime time, Random random) {
        this.machine = machine;
        this.secondaries = secondaries;
        this.time = time;
        this.random = random;
        this.urls = secondaries.stream()
                .map(secondary -> URI.create("http://" + secondary.machine.name + ":8080"))
                .toList();
    }

    @Override
    public void startIfDown() {
        if (machine.isUp() || !machine.start()) {
            return;
        }
        pending = new PendingAppends(secondaries.size() + 1, Runnable::run);
        log = new PrimaryLog(machine.log(), pending, machine.identity(), Integer.MAX_VALUE, URL, KEYS);
        senders.clear();
        healths.clear();
        forcing = false;
        storageHasFailed = false;
        for (SecondaryNode secondary : secondaries) {
            senders.add(new Sender(secondary.number, new Lane(LIMITS, new Backoff(10, 200), random), log));
            healths.add(new MemberHealth());
            every(HEARTBEAT_MS, () -> heartbeat(secondary));
        }
        every(WATCH_MS, this::lookAfterStorage);
        recovery = fromWhatIsThere();
        decide();
    }

    /** From now on nothing goes wrong. */
    void calm() {
        calm = true;
    }

    void jumpClock(long byMs) {
        clockIsAheadMs += byMs;
    }

    /**
     * A client appends, under a key of its own.
     *
     * @param call told what the client would be told
     * @param timeoutMs how long the client lets the node wait; {@code Long.MAX_VALUE} for as long as it takes
     */
    void append(Answer call, String key, String message, int w, long timeoutMs) {
        try {
            Reign reign = log.reign();
            long deadline = timeoutMs == Long.MAX_VALUE ? timeoutMs : time.nowMs() + timeoutMs;
            log.append(
                            wallClockMs(),
                            new Append(
                                    key, List.of(message.getBytes(UTF_8)), new WriteConcern(w), OptionalLong.empty()),
                            deadline)
                    .whenComplete((outcome, failure) -> {
                        if (failure != null) {
                            call.nobodyKnows();
                        } else if (outcome.satisfied()) {
                            assertHeld(outcome, reign);
                            call.acknowledged(outcome.offset());
                        } else {
                            call.stored(outcome.offset(), outcome.acks());
                        }
                    });
            if (timeoutMs != Long.MAX_VALUE) {
                in(timeoutMs, () -> pending.expire(time.nowMs()));
            }
        } catch (AppendRefusedException | LogFullException | StorageException e) {
            call.refused();
            return;
        }
        wakeGroupCommit();
        pumpAll();
    }

    /** What a client is told; the first answer counts. */
    static final class Answer {
        private final History.Call call;
        private final boolean isRetried;
        private boolean isSentAgain;
        private boolean given;

        /** @param isRetried whether the client sends it again while it does not know what became of it */
        Answer(History.Call call, boolean isRetried) {
            this.call = call;
            this.isRetried = isRetried;
        }

        boolean isRetried() {
            return isRetried;
        }

        /** From here on one refusal says nothing of the others. */
        void sentAgain() {
            isSentAgain = true;
            call.repeated();
        }

        void acknowledged(long offset) {
            first(() -> call.acknowledged(offset));
        }

        void stored(long offset, int acks) {
            first(() -> call.stored(offset, acks));
        }

        void refused() {
            if (!isSentAgain) {
                first(call::refused);
            }
        }

        /** The node says that the outcome is unknown. */
        void nobodyKnows() {
            if (!isRetried) {
                unknown();
            }
        }

        void unknown() {
            first(call::unknown);
        }

        boolean isGiven() {
            return given;
        }

        private void first(Runnable answer) {
            if (!given) {
                given = true;
                answer.run();
            }
        }
    }

    /** What does not hold is thrown with the next step: thrown here, it would stay in the future of the append. */
    private void assertHeld(PendingAppends.Outcome outcome, Reign reign) {
        long offset = outcome.offset();
        Reign now = log.reign();
        long durable = machine.log().durable();
        long held = secondaries.stream()
                .filter(secondary -> secondary.hasHeld(offset, now))
                .count();
        time.after(0, () -> {
            assertThat(now).extracting(Reign::logId).isEqualTo(reign.logId());
            assertThat(durable).as("what the primary acknowledges").isGreaterThan(offset);
            assertThat(held).as("secondaries that held offset %d", offset).isGreaterThanOrEqualTo(outcome.w() - 1);
        });
    }

    /** As {@code clean} of the testing API does it. */
    void reset() {
        log.reset(new UUID(0, random.nextLong()));
        for (SecondaryNode secondary : secondaries) {
            sender(secondary).lane().reset();
            secondary.replica().reset(Optional.of(log.reign()));
        }
    }

    private void wakeGroupCommit() {
        if (!forcing && machine.log().durable() < machine.log().end()) {
            forcing = true;
            boolean isSlow = !calm && random.nextInt(20) == 0;
            in(random.nextInt(isSlow ? 400 : 20), this::force);
        }
    }

    private void force() {
        forcing = false;
        try {
            log.force();
        } catch (StorageException e) {
            lookAfterStorage();
            return;
        }
        wakeGroupCommit();
    }

    private void lookAfterStorage() {
        if (!machine.hasFailed()) {
            return;
        }
        if (!storageHasFailed) {
            storageHasFailed = true;
            recovery = null;
            log.suspend();
        }
        if (machine.reopen()) {
            storageHasFailed = false;
            recovery = fromWhatIsThere();
            decide();
        }
    }

    private Recovery fromWhatIsThere() {
        return new Recovery(
                urls,
                OptionalInt.empty(),
                machine.identity().load(),
                Position.of(machine.identity().load(), machine.log()));
    }

    private void heartbeat(SecondaryNode secondary) {
        secondary.wire.call(
                () -> secondary.machine.hasFailed()
                        ? () -> healthIs(secondary, false)
                        : () -> healthIs(secondary, true),
                () -> healthIs(secondary, false));
    }

    private void healthIs(SecondaryNode secondary, boolean up) {
        MemberHealth health = healths.get(secondary.number - 1);
        Health now = (up ? health.answered() : health.missed()).after();
        sender(secondary).lane().health(now);
        if (recovery != null && now == Health.HEALTHY) {
            ask(secondary);
        } else if (recovery != null) {
            recovery.missed(secondary.number - 1, now == Health.UNHEALTHY);
            decide();
        }
        pump(secondary);
    }

    private void ask(SecondaryNode secondary) {
        Recovery asking = recovery;
        secondary.wire.call(
                () -> {
                    Position position = secondary.replica().position();
                    return () -> {
                        asking.answered(secondary.number - 1, position);
                        decide();
                    };
                },
                () -> asking.missed(secondary.number - 1, "no answer in time"));
    }

    private void decide() {
        if (recovery == null || storageHasFailed) {
            return;
        }
        if (log.reign() != null) {
            recovery = null; // A new log was begun meanwhile.
        } else if (recovery.decide(new UUID(0, random.nextLong()), wallClockMs()) instanceof Recovery.GoOn decision) {
            goOn(decision);
        }
    }

    private void goOn(Recovery.GoOn decision) {
        assertThat(decision.risk()).isEmpty();
        int followersNeeded = recovery.followersNeeded();
        try {
            decision.source()
                    .ifPresent(source ->
                            TakeOver.run(machine.log(), machine.identity(), source(secondaries.get(source)), decision));
            log.begin(decision.reign(), followersNeeded);
        } catch (UnansweredException | MismatchException | IllegalStateException e) {
            recovery = fromWhatIsThere();
            return;
        } catch (StorageException e) {
            recovery = machine.hasFailed() ? recovery : fromWhatIsThere();
            lookAfterStorage();
            return;
        } catch (LogFullException e) {
            return;
        }
        recovery = null;
        noteIfEstablished();
        senders.forEach(sender -> sender.lane().reset());
        pumpAll();
    }

    private TakeOver.Source source(SecondaryNode secondary) {
        return (from, previousEpoch) -> {
            if (!secondary.machine.isUp()
                    || secondary.machine.isPaused()
                    || secondary.wire.isCut()
                    || !calm && random.nextInt(10) == 0) {
                throw new UnansweredException();
            }
            return secondary.replica().read(from, previousEpoch, 1 + random.nextInt(1_000));
        };
    }

    private void pumpAll() {
        secondaries.forEach(this::pump);
    }

    private void pump(SecondaryNode secondary) {
        Sender sender = sender(secondary);
        sender.begin(time.nowMs())
                .ifPresent(call -> sender.read(call).ifPresent(batch -> send(secondary, call, batch)));
    }

    private void send(SecondaryNode secondary, Lane.Call call, Batch batch) {
        byte[] bytes = batch.encode();
        secondary.wire.call(
                () -> receive(secondary, call, batch, bytes), () -> failed(secondary, call, "timed out", true));
    }

    private Runnable receive(SecondaryNode secondary, Lane.Call call, Batch sent, byte[] bytes) {
        try {
            long held = secondary.receive(Batch.decode(bytes));
            assertSame(secondary, sent, held);
            return () -> answered(secondary, call, sent, held);
        } catch (MismatchException differs) {
            return () -> {
                sender(secondary).differs(time.nowMs(), call, differs);
                pump(secondary);
            };
        } catch (ReplicationRefusedException refused) {
            assertThat(isOfTheReign(sent)).as(refused.getMessage()).isFalse();
            return () -> failed(secondary, call, refused.getMessage(), false);
        } catch (StorageException | LogFullException e) {
            return () -> failed(secondary, call, e.getMessage(), false);
        } catch (CorruptRecordException e) {
            throw new AssertionError(e);
        }
    }

    /** What is acknowledged is durable, and is what the primary has there. */
    private void assertSame(SecondaryNode secondary, Batch sent, long held) {
        Log holds = secondary.machine.log();
        assertThat(held).isLessThanOrEqualTo(holds.durable());
        if (held > 0 && isOfTheReign(sent)) {
            assertThat(holds.read(0, (int) held, Integer.MAX_VALUE)
                            .sameUntil(machine.log().read(0, (int) held, Integer.MAX_VALUE)))
                    .as("%s acknowledges as the primary's", secondary.machine.name)
                    .isEqualTo(held);
        }
    }

    private boolean isOfTheReign(Batch sent) {
        return machine.isUp() && sent.reign().equals(log.reign());
    }

    private void answered(SecondaryNode secondary, Lane.Call call, Batch sent, long held) {
        Sender.Answer answer = sender(secondary).answered(time.nowMs(), call, sent, held);
        noteIfEstablished();
        if (answer.counted().filter(Lane.Answer.NOT_COUNTED::equals).isPresent()) {
            retry(secondary);
        } else {
            pump(secondary);
        }
    }

    private void failed(SecondaryNode secondary, Lane.Call call, String error, boolean tooMuch) {
        sender(secondary).failed(time.nowMs(), call, error, tooMuch);
        retry(secondary);
    }

    private void retry(SecondaryNode secondary) {
        in(Math.max(0, sender(secondary).lane().notBeforeMs() - time.nowMs()), () -> pump(secondary));
    }

    private void noteIfEstablished() {
        lost = lost && !log.isEstablished();
    }

    private Sender sender(SecondaryNode secondary) {
        return senders.get(secondary.number - 1);
    }

    /** In this process. */
    private void in(long delayMs, Runnable action) {
        int incarnation = machine.incarnation();
        time.after(delayMs, () -> machine.execute(incarnation, action));
    }

    private void every(long periodMs, Runnable action) {
        in(1 + random.nextLong(periodMs), () -> {
            action.run();
            every(periodMs, action);
        });
    }

    private long wallClockMs() {
        return EPOCH_MS + time.nowMs() + clockIsAheadMs;
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public void lost() {
        lost = true;
    }

    @Override
    public boolean isLost() {
        return lost;
    }

    /** Everybody holds all that it holds, and nobody waits. */
    void assertAllIsWell() {
        assertThat(log.isEstablished()).as("has a reign that is established").isTrue();
        long end = log.end();
        for (SecondaryNode secondary : secondaries) {
            assertThat(SampleRecords.list(secondary.machine.log()))
                    .as(secondary.machine.name)
                    .isEqualTo(SampleRecords.list(machine.log()));
            assertThat(sender(secondary).status())
                    .as("lane to " + secondary.machine.name)
                    .isEqualTo(new Lane.Status(Lane.State.CAUGHT_UP, 0, null));
            assertThat(secondary.replica().status().heldBack()).isZero();
            assertThat(secondary.replica().status().committed()).isLessThanOrEqualTo(end);
            assertThat(secondary.machine.isComplete()).isTrue();
        }
        assertThat(log.committed()).isEqualTo(end);
        assertThat(pending.size()).as("appends that still wait").isZero();
    }

    /** Whether this secondary has followed the log of the reign. */
    boolean isKnownTo(SecondaryNode secondary) {
        return machine.isUp()
                && log.reign() != null
                && secondary.machine.isUp()
                && secondary.replica().position().isOf(log.reign().logId());
    }
}
