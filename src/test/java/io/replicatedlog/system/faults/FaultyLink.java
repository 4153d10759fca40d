package io.replicatedlog.system.faults;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * A relay for TCP connections that can hold, delay, slow down and cut them, each way by itself. What it holds it
 * does not read, so that the sender's buffers fill as on a network that drops everything. Thread-safe.
 */
public final class FaultyLink implements Closeable {

    private static final long LOOK_AGAIN_NANOS = 5_000_000;
    private static final int CHUNK_BYTES = 16 * 1024;

    private final ServerSocket listener;
    private final InetSocketAddress target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    /** From those who connect. */
    public final Direction there = new Direction();

    /** To those who connect. */
    public final Direction back = new Direction();

    /** What happens to bytes that go one way. */
    public static final class Direction {
        private volatile boolean held;
        private volatile boolean cut;
        private volatile long delayMs;
        private volatile long bytesPerSecond = Long.MAX_VALUE;

        void hold(boolean now) {
            held = now;
        }

        /** Resets a connection with the first bytes that would go this way: they are lost, and what caused them is not. */
        void cut(boolean now) {
            cut = now;
        }

        public void delay(long ms) {
            delayMs = ms;
        }

        void limit(long bytes) {
            bytesPerSecond = bytes;
        }

        void heal() {
            held = false;
            cut = false;
            delayMs = 0;
            bytesPerSecond = Long.MAX_VALUE;
        }
    }

    public FaultyLink(String url) {
        this(url, "127.0.0.1");
    }

    /** @param listen the address of this machine where it is connected to */
    public FaultyLink(String url, String listen) {
        URI uri = URI.create(url);
        target = new InetSocketAddress(uri.getHost(), uri.getPort());
        try {
            listener = new ServerSocket(0, 100, InetAddress.getByName(listen));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    public String url() {
        return "http://" + listener.getInetAddress().getHostAddress() + ":" + listener.getLocalPort();
    }

    /** Holds both ways, or lets them go on. */
    public void hold(boolean now) {
        there.hold(now);
        back.hold(now);
    }

    public void heal() {
        there.heal();
        back.heal();
    }

    /** Ends every connection as if the other side had forgotten it. */
    void reset() {
        sockets.forEach(FaultyLink::reset);
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reset();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket from = listener.accept();
                sockets.add(from);
                start(() -> relay(from));
            } catch (IOException e) {
                // Closed, or somebody who has gone again.
            }
        }
    }

    private void relay(Socket from) {
        Socket to = new Socket();
        sockets.add(to);
        try {
            to.connect(target, 2_000);
            start(() -> pump(to, from, back));
            pump(from, to, there);
        } catch (IOException e) {
            end(from, to);
        }
    }

    private void pump(Socket from, Socket to, Direction direction) {
        byte[] chunk = new byte[CHUNK_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            while (true) {
                waitWhileHeld(direction);
                int read = in.read(chunk);
                if (read < 0) {
                    break;
                }
                waitWhileHeld(direction);
                if (direction.cut) {
                    reset(from);
                    reset(to);
                    break;
                }
                long transferNanos = (long) (1e9 * read / direction.bytesPerSecond);
                LockSupport.parkNanos(direction.delayMs * 1_000_000 + transferNanos);
                out.write(chunk, 0, read);
            }
        } catch (IOException e) {
            // One side has gone; so goes the other.
        }
        end(from, to);
    }

    private void waitWhileHeld(Direction direction) {
        while (direction.held && !listener.isClosed()) {
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    private void end(Socket... ended) {
        for (Socket socket : ended) {
            sockets.remove(socket);
            try {
                socket.close();
            } catch (IOException e) {
                // It has ended.
            }
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // It has ended.
        }
    }

    private static void start(Runnable loop) {
        Thread thread = new Thread(loop, "faulty-link");
        thread.setDaemon(true);
        thread.start();
    }
}
