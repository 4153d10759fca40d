package io.replicatedlog.secondary;

import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** A log in the middle of whose calls a test lets something happen, as another thread could. */
final class HookedLog implements Log {

    private final Log log;
    private Runnable everywhere = () -> {};
    private Runnable beforeForce = () -> {};
    private Runnable afterForce = () -> {};

    HookedLog(Log log) {
        this.log = log;
    }

    /** Runs this before and after every call from now on. */
    void everywhere(Runnable hook) {
        everywhere = hook;
    }

    /** Runs this before the next force, once. */
    void beforeForce(Runnable hook) {
        beforeForce = () -> {
            beforeForce = () -> {};
            hook.run();
        };
    }

    /** Runs this after the next force, once. */
    void afterForce(Runnable hook) {
        afterForce = () -> {
            afterForce = () -> {};
            hook.run();
        };
    }

    private <T> T call(Supplier<T> call) {
        everywhere.run();
        T result = call.get();
        everywhere.run();
        return result;
    }

    private void run(Runnable call) {
        call(() -> {
            call.run();
            return null;
        });
    }

    @Override
    public long end() {
        return call(log::end);
    }

    @Override
    public long durable() {
        return call(log::durable);
    }

    @Override
    public long wholeUntil(long offset) {
        return call(() -> log.wholeUntil(offset));
    }

    @Override
    public long incarnation() {
        return call(log::incarnation);
    }

    @Override
    public long sizeInBytes() {
        return call(log::sizeInBytes);
    }

    @Override
    public OptionalLong epochAt(long offset) {
        return call(() -> log.epochAt(offset));
    }

    @Override
    public long append(long epoch, long timestamp, byte[] key, List<byte[]> messages) {
        return call(() -> log.append(epoch, timestamp, key, messages));
    }

    @Override
    public void append(Records records) {
        run(() -> log.append(records));
    }

    @Override
    public long force() {
        beforeForce.run();
        long durable = call(log::force);
        afterForce.run();
        return durable;
    }

    @Override
    public Records read(long from, int maxEntries, int maxBytes) {
        return call(() -> log.read(from, maxEntries, maxBytes));
    }

    @Override
    public void truncate(long end) {
        run(() -> log.truncate(end));
    }

    @Override
    public void clear() {
        run(log::clear);
    }
}
