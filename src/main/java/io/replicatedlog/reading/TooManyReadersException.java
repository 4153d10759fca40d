package io.replicatedlog.reading;

import io.replicatedlog.log.LogException;

/** As many readers wait, or follow the log, as are allowed to. */
public final class TooManyReadersException extends LogException {
    private static final long serialVersionUID = 1L;

    /**
     * @param what they do
     * @param property the one that allows so many
     */
    public TooManyReadersException(int most, String what, String property) {
        super(most + " readers " + what + ", as many as are allowed to (" + property
                + "); read again later, or from another node");
    }
}
