package io.replicatedlog.api;

import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.logging.Level.FINE;

import io.replicatedlog.log.Entry;
import io.replicatedlog.log.Log;
import io.replicatedlog.log.Records;
import io.replicatedlog.reading.Level;
import io.replicatedlog.reading.LogPages;
import io.replicatedlog.reading.SentEntries;
import io.replicatedlog.reading.TailBean;
import jakarta.json.Json;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.logging.Logger;

/**
 * Streams the log to one client as server-sent events. Holds a thread only while it sends. A comment after
 * {@value #HEARTBEAT_S} s of silence detects a client that has disconnected.
 *
 * <p>Not thread-safe: runs do not overlap.
 */
final class EventStream implements Runnable {

    private static final Logger LOG = Logger.getLogger(EventStream.class.getName());

    private static final int HEARTBEAT_S = 5;

    private final Log log;
    private final TailBean tail;
    private final Level level;
    private final Sse sse;
    private final SseEventSink sink;
    private final Executor executor;
    private final Runnable whenOver;

    /** The offset of the next entry to send. */
    private long next;

    private final SentEntries sent = new SentEntries();

    /**
     * @param next the offset of the first entry to send
     * @param whenOver runs once, when the stream ends
     */
    EventStream(
            Log log,
            TailBean tail,
            Level level,
            long next,
            Sse sse,
            SseEventSink sink,
            Executor executor,
            Runnable whenOver) {
        this.log = log;
        this.tail = tail;
        this.level = level;
        this.next = next;
        this.sse = sse;
        this.sink = sink;
        this.executor = executor;
        this.whenOver = whenOver;
    }

    /** Sends all available entries, then waits for more without a thread. */
    @Override
    public void run() {
        try {
            while (!tail.isClosed()) {
                Records page = LogPages.next(log, next, tail.end(level));
                long same = sent.stillIn(log, next); // after reading the page: its predecessors were in the log then
                if (same < next) {
                    sendCut(same);
                } else if (page.isEmpty()) {
                    tail.await(level, next)
                            .completeOnTimeout(null, HEARTBEAT_S, SECONDS)
                            .thenRunAsync(this::resume, executor);
                    return;
                } else {
                    page.forEach(this::send);
                }
            }
            over();
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    private void resume() {
        try {
            if (tail.end(level) <= next) {
                send(sse.newEventBuilder().comment("alive").build());
            }
        } catch (RuntimeException e) {
            failed(e);
            return;
        }
        run();
    }

    private void failed(RuntimeException failure) {
        LOG.log(FINE, "A stream ends", failure);
        over();
    }

    private void over() {
        try {
            sink.close();
        } catch (IOException e) {
            LOG.log(FINE, "The client had disconnected before", e);
        } finally {
            whenOver.run();
        }
    }

    private void send(Entry entry) {
        sent.add(entry.offset(), entry.epoch());
        next = entry.offset() + 1;
        send(sse.newEventBuilder()
                .id(Long.toString(entry.offset()))
                .name("entry")
                .data(EntryJson.of(entry))
                .build());
    }

    /** Entries that were sent are no longer in the log: a later primary did not have them, or the log was replaced. */
    private void sendCut(long end) {
        send(sse.newEventBuilder()
                .id(Long.toString(end - 1))
                .name("cut")
                .data(Json.createObjectBuilder().add("end", end).build().toString())
                .build());
        next = end;
        sent.cut(end);
    }

    private void send(OutboundSseEvent event) {
        try {
            sink.send(event).toCompletableFuture().join();
        } catch (CompletionException e) {
            throw new IllegalStateException("The client has disconnected", e.getCause());
        }
    }
}
