package io.replicatedlog.api;

import static io.replicatedlog.api.Requests.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class BodyReaderTest {

    private static final int MAX_BYTES = 100_000;
    private static final Function<byte[], byte[]> AS_IT_IS = body -> body;

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final BodyReader reader = new BodyReader(MAX_BYTES, 2 * MAX_BYTES, 1, now::get);

    @Test
    void shouldReadABodyUpToItsBound() throws IOException {
        for (int size : new int[] {0, 1, 8_191, 8_192, 8_193, MAX_BYTES - 1, MAX_BYTES}) {
            byte[] body = new byte[size];
            for (int i = 0; i < size; i++) {
                body[i] = (byte) (i * 31);
            }
            assertThat(reader.read(new ByteArrayInputStream(body), AS_IT_IS)).isEqualTo(body);
        }
    }

    @Test
    void shouldRefuseALargerBodyAndNotReadItAll() {
        Dripping endless = new Dripping(Integer.MAX_VALUE, 1, 0);

        refuses(ProblemType.TOO_LARGE, () -> reader.read(endless, AS_IT_IS));
        assertThat(endless.sent).isEqualTo(MAX_BYTES + 1);
    }

    @Test
    void shouldRefuseABodyThatComesByteByByte() {
        Dripping slow = new Dripping(MAX_BYTES, 1, 1_000);

        refuses(ProblemType.TOO_SLOW, () -> reader.read(slow, AS_IT_IS));
        assertThat(slow.sent).isEqualTo(BodyReader.GRACE_S + 1);
    }

    @Test
    void shouldRefuseABodyThatBeganWellAndThenDrips() {
        Dripping slow = new Dripping(MAX_BYTES, 1, 1_000);
        InputStream body = new InputStream() {
            private final InputStream good = new ByteArrayInputStream(new byte[MAX_BYTES - 1_000]);

            @Override
            public int read() {
                throw new AssertionError();
            }

            @Override
            public int read(byte[] into, int from, int most) throws IOException {
                int read = good.read(into, from, most);
                return read > 0 ? read : slow.read(into, from, most);
            }
        };

        refuses(ProblemType.TOO_SLOW, () -> reader.read(body, AS_IT_IS));
        assertThat(slow.sent).isEqualTo(BodyReader.MOST_S + 1);
    }

    @Test
    void shouldTakeASlowBodyThatKeepsThePace() throws IOException {
        int length = (BodyReader.MOST_S - 5) * BodyReader.BYTES_PER_S;
        Dripping slow = new Dripping(length, BodyReader.BYTES_PER_S, 1_000);

        assertThat(reader.read(slow, AS_IT_IS)).hasSize(length);
    }

    @Test
    void shouldTakeAPauseWithinTheGrace() throws IOException {
        Dripping paused = new Dripping(2, 1, BodyReader.GRACE_S * 1_000 / 2);

        assertThat(reader.read(paused, AS_IT_IS)).hasSize(2);
    }

    @Test
    void shouldSayTooSlowWhereThePlatformGaveUp() {
        InputStream silent = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new SocketTimeoutException();
            }
        };

        refuses(ProblemType.TOO_SLOW, () -> reader.read(silent, AS_IT_IS));
    }

    /** The heap that all share is held until a body is parsed, and free again whatever became of it. */
    @Test
    void shouldRefuseWhatAllBodiesTogetherHaveNoMemoryFor() throws IOException {
        byte[] largest = new byte[MAX_BYTES];
        reader.read(new ByteArrayInputStream(largest), first -> {
            refuses(ProblemType.OVERLOADED, () -> reader.read(new ByteArrayInputStream(largest), AS_IT_IS));
            return null;
        });

        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> reader.read(new ByteArrayInputStream(largest), body -> {
                        throw new IllegalStateException("parse");
                    }))
                    .hasMessage("parse");
            refuses(ProblemType.TOO_LARGE, () -> reader.read(new Dripping(MAX_BYTES + 1, 1, 0), AS_IT_IS));
            refuses(ProblemType.TOO_SLOW, () -> reader.read(new Dripping(MAX_BYTES, 1, 1_000), AS_IT_IS));
        }
        assertThat(reader.read(new ByteArrayInputStream(largest), AS_IT_IS)).hasSize(MAX_BYTES);
    }

    /** Some bytes, a few each time, with time that passes before each few. */
    private final class Dripping extends InputStream {
        private final int length;
        private final int atOnce;
        private final int everyMs;
        private int sent;

        private Dripping(int length, int atOnce, int everyMs) {
            this.length = length;
            this.atOnce = atOnce;
            this.everyMs = everyMs;
        }

        @Override
        public int read() {
            throw new AssertionError();
        }

        @Override
        public int read(byte[] into, int from, int most) {
            int cameAlready = sent % atOnce;
            if (cameAlready == 0) {
                now.addAndGet(TimeUnit.MILLISECONDS.toNanos(everyMs));
            }
            int some = Math.min(Math.min(atOnce - cameAlready, most), length - sent);
            sent += some;
            return some == 0 ? -1 : some;
        }
    }
}
