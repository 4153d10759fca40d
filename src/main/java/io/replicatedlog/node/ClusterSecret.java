package io.replicatedlog.node;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;

/**
 * What a call from node to node carries, as a bearer token (RFC 6750). While it is changed on one node after another
 * there are two: every node accepts both, and sends the first. Immutable; never shown.
 */
public final class ClusterSecret {

    /** What {@link #parse} takes; the characters are those of a token of RFC 6750. */
    static final String ALLOWED = "one secret, or two with a comma between them, each of 16 to 256 letters, digits"
            + " and any of - . _ ~ + / =";

    private static final String SCHEME = "Bearer ";
    private static final int MOST = 2;

    private final List<String> secrets;

    private ClusterSecret(List<String> secrets) {
        this.secrets = secrets;
    }

    /**
     * Reads the value of the configuration.
     *
     * @throws IllegalArgumentException if it is not as {@link #ALLOWED} says; the message does not show it
     */
    static ClusterSecret parse(String value) {
        List<String> secrets =
                Arrays.stream(value.split(",", -1)).map(String::strip).toList();
        boolean wellFormed = secrets.stream().allMatch(secret -> secret.matches("[A-Za-z0-9._~+/=-]{16,256}"));
        if (!wellFormed || secrets.size() > MOST) {
            throw new IllegalArgumentException("not a cluster secret");
        }
        return new ClusterSecret(secrets);
    }

    /** The value of the header {@code Authorization} of a call to another node. */
    public String authorization() {
        return SCHEME + secrets.get(0);
    }

    /**
     * Whether a call with this header {@code Authorization} is one of a node. How long it takes does not say how much of a
     * guess was right.
     *
     * @param authorization {@code null} where there is none
     */
    public boolean isIn(String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] token = authorization.substring(SCHEME.length()).strip().getBytes(US_ASCII);
        boolean isOne = false;
        for (String secret : secrets) {
            isOne |= MessageDigest.isEqual(token, secret.getBytes(US_ASCII));
        }
        return isOne;
    }

    @Override
    public String toString() {
        return "not shown";
    }
}
