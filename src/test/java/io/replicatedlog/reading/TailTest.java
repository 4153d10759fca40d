package io.replicatedlog.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TailTest {

    private long local = 3;
    private long committed = 2;
    private final Deque<Runnable> looks = new ArrayDeque<>();
    private final Tail tail = new Tail(3, level -> level == Level.LOCAL ? local : committed, looks::add);

    @Test
    void shouldNotKeepAReaderThatHasSomethingToRead() {
        assertThat(tail.await(Level.LOCAL, 2)).isCompleted();
        assertThat(tail.await(Level.COMMITTED, 2)).isNotCompleted();
        assertThat(tail.size()).isEqualTo(1);
    }

    @Test
    void shouldWakeThoseForWhomThereIsSomething() {
        CompletableFuture<Void> next = tail.await(Level.LOCAL, 3);
        CompletableFuture<Void> later = tail.await(Level.LOCAL, 4);
        CompletableFuture<Void> held = tail.await(Level.COMMITTED, 3);

        local = 4;
        move();
        assertThat(next).isCompleted();
        assertThat(later).isNotCompleted();
        assertThat(held).isNotCompleted();

        committed = 4;
        move();
        assertThat(held).isCompleted();
        assertThat(tail.size()).isEqualTo(1);
    }

    @Test
    void shouldLookOnceForManyMoves() {
        tail.moved();
        assertThat(looks).as("nobody waits").isEmpty();

        tail.await(Level.LOCAL, 3);
        tail.moved();
        tail.moved();
        assertThat(looks).hasSize(1);
        looks.remove().run();
        tail.moved();
        assertThat(looks).hasSize(1);
    }

    @Test
    void shouldGiveThePlaceBackOfWhoHasGone() {
        tail.await(Level.LOCAL, 3);
        tail.await(Level.LOCAL, 3);
        CompletableFuture<Void> gone = tail.await(Level.LOCAL, 3);
        assertThatThrownBy(() -> tail.await(Level.LOCAL, 3))
                .isInstanceOf(TooManyReadersException.class)
                .hasMessageContaining("3 readers");

        gone.complete(null);

        assertThat(tail.await(Level.LOCAL, 3)).isNotCompleted();
    }

    private void move() {
        tail.moved();
        looks.remove().run();
    }
}
