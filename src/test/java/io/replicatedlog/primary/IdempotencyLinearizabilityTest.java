package io.replicatedlog.primary;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicatedlog.log.InMemoryLog;
import io.replicatedlog.node.ManualTime;
import io.replicatedlog.protocol.Members;
import io.replicatedlog.protocol.Reign;
import io.replicatedlog.reading.CommittedOffset;
import io.replicatedlog.storage.IdentityStore;
import java.net.URI;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Whatever clients repeat at the same time, and whatever they expect of the end, it is as if they had done it one after
 * the other.
 */
@Param(name = "key", gen = IntGen.class, conf = "1:2")
@Param(name = "message", gen = IntGen.class, conf = "1:2")
@Param(name = "end", gen = IntGen.class, conf = "0:2")
@Isolated("Lincheck instruments the classes of this process")
public class IdempotencyLinearizabilityTest {

    private static final URI URL = URI.create("http://primary:8080");

    private final PrimaryLog primary = new PrimaryLog(
            new InMemoryLog(10_000),
            IdentityStore.inMemory(new UUID(8, 1)),
            new PendingAppends(new Acknowledgements(List.of()), Runnable::run),
            new PendingReads(0, Runnable::run),
            new CommittedOffset(0),
            new PrimaryLog.Settings(URL, 10, new IdempotencyWindow.Limits(2, 1_000)),
            new ManualTime());

    public IdempotencyLinearizabilityTest() {
        primary.begin(new Mandate(new Reign(new UUID(1, 1), 1), Members.of(List.of(URL)), 0, false));
        primary.establish();
    }

    @Test
    void shouldBeLinearizable() {
        new ModelCheckingOptions()
                .iterations(4)
                .threads(2)
                .actorsPerThread(3)
                .invocationsPerIteration(300)
                .check(getClass());
    }

    /** @return the offset, or why there is none */
    @Operation
    public String append(@Param(name = "key") int key, @Param(name = "message") int message) {
        return append("key" + key, "message" + message, OptionalLong.empty());
    }

    @Operation
    public String appendAt(@Param(name = "end") int end, @Param(name = "message") int message) {
        return append("", "message" + message, OptionalLong.of(end));
    }

    @Operation
    public long end() {
        return primary.end();
    }

    private String append(String key, String message, OptionalLong end) {
        Append append = new Append(key, List.of(message.getBytes(UTF_8)), new WriteConcern(1), end);
        try {
            return String.valueOf(primary.append(append, Long.MAX_VALUE)
                    .toCompletableFuture()
                    .join()
                    .offset());
        } catch (AppendRefusedException e) {
            return e.reason().name();
        } catch (EndMovedException e) {
            return "the end is " + e.end();
        }
    }
}
