package io.replicatedlog.log;

class InMemoryLogTest extends LogContract {

    @Override
    Log create() {
        return new InMemoryLog(Long.MAX_VALUE);
    }

    @Override
    Log createSmall() {
        return new InMemoryLog(100_000);
    }
}
