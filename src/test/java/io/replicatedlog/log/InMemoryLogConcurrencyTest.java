package io.replicatedlog.log;

class InMemoryLogConcurrencyTest extends LogConcurrencyContract {

    @Override
    Log create() {
        return new InMemoryLog(Long.MAX_VALUE);
    }
}
