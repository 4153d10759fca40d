package io.replicatedlog.protocol;

import static io.replicatedlog.protocol.CallSize.MIN_BYTES;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CallSizeTest {

    @Test
    void shouldHalveWithEachCallThatIsTooMuchAndDoubleWithEachThatIsNot() {
        CallSize size = new CallSize(10 * MIN_BYTES);
        assertThat(size.bytes()).isEqualTo(10 * MIN_BYTES);
        size.tooMuch();
        assertThat(size.bytes()).isEqualTo(5 * MIN_BYTES);
        size.tooMuch();
        assertThat(size.bytes()).isEqualTo(5 * MIN_BYTES / 2);
        size.succeeded();
        assertThat(size.bytes()).isEqualTo(5 * MIN_BYTES);
    }

    @Test
    void shouldStayBetweenTheLeastAndItsLimit() {
        for (int limit : new int[] {1, 100, MIN_BYTES, MIN_BYTES + 1, Integer.MAX_VALUE}) {
            CallSize size = new CallSize(limit);
            size.succeeded();
            assertThat(size.bytes()).isEqualTo(limit);
            for (int i = 0; i < 40; i++) {
                size.tooMuch();
            }
            assertThat(size.bytes()).isEqualTo(Math.min(limit, MIN_BYTES));
            for (int i = 0; i < 40; i++) {
                size.succeeded();
                assertThat(size.bytes()).isBetween(1, limit);
            }
            assertThat(size.bytes()).isEqualTo(limit);
        }
    }
}
