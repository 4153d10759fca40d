package io.replicatedlog.replication;

/** As many readers wait for entries as are allowed to. */
public final class TooManyReadersException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TooManyReadersException(int most) {
        super(most + " readers wait for entries, as many as are allowed to; read again later, or from another node");
    }
}
