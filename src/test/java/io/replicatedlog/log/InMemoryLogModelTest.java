package io.replicatedlog.log;

class InMemoryLogModelTest extends LogModelContract {

    @Override
    Log create() {
        return new InMemoryLog(Long.MAX_VALUE);
    }

    @Override
    Log reopen(Log log) {
        return log;
    }
}
